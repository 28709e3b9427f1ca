"""bench/interval_coverage.py."""

import interval_coverage


def test_widths_and_shares_are_printed_for_both_kinds_of_cohort(printed):
    text = printed(interval_coverage.main, "--tiny")
    assert text.count("2 cohorts: C ") == text.count(" wide, should be ") == text.count("calibration slope ") == 2
