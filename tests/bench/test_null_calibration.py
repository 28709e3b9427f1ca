"""bench/null_calibration.py."""

import null_calibration


def test_shares_are_printed_and_drawn(printed, tmp_path):
    figure = tmp_path / "calibration.png"
    text = printed(null_calibration.main, "--tiny", "--figure", str(figure))
    assert "no effect, 2 of 2 cohorts" in text
    assert "true effect, 1 of 1 cohorts" in text
    assert text.count("permutation P < 0.05:") == 2
    assert figure.stat().st_size > 0
