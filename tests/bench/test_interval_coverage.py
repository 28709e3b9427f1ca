"""bench/interval_coverage.py."""

import interval_coverage
import pytest


def test_widths_and_shares_are_printed_for_both_kinds_of_cohort(printed):
    text = printed(interval_coverage.main, "--tiny")
    assert text.count("2 cohorts: C ") == text.count(" wide, should be ") == text.count("calibration slope ") == 2


@pytest.mark.parametrize("method", ["fixed", "refits", "halves", "within"])
def test_every_method_says_how_often_its_limits_hold_what_the_procedure_reaches(printed, method):
    text = printed(interval_coverage.main, "--tiny", "--method", method, "--scheme", "kfold", "--added")
    assert text.count("harrell_c ") == text.count("added_value_delta_c ") == 2
    assert text.count(" wide, held by ") >= 4
    assert text.count(" without limits") == (4 if method == "within" else 6)
