"""bench/added_value.py."""

import added_value


def test_shares_are_printed(printed):
    text = printed(added_value.main, "--tiny")
    assert text.count("2 cohorts") == 3
    assert text.count("P ≤ 0.05") == 3
    assert text.count("mean difference of C") == 3
