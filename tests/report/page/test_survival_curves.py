"""What stands beside the hazard ratio."""

import pytest

from radsurv.formats import NO_BREAK
from radsurv.report.page.survival_curves import beside_the_ratio

MEANS = {"rmst_until": 1201.0, "rmst_difference": 310.25, "rmst_difference_low": -12.0, "rmst_difference_high": 632.5}


def test_mean_survival_has_its_unit_and_limits():
    (said,) = beside_the_ratio(MEANS, "days")
    assert "Counted up to 1,201 days, predicted long survivors live 310 days longer" in said
    assert "difference 310, 95 % CI −12 to 632" in said


def test_a_difference_the_wrong_way_round_is_said_in_words():
    (said,) = beside_the_ratio(MEANS | {"rmst_difference": -3.0}, "months")
    assert "live 3 months less long" in said
    assert "difference −3," in said


@pytest.mark.parametrize(("p", "expected"), [(0.049, "changes with time"), (0.05, "shows no change")])
def test_whether_one_ratio_does_for_all_of_follow_up(p, expected):
    (said,) = beside_the_ratio({"proportional_hazards_p": p, "rmst_difference": None}, "days")
    assert expected in said
    assert f"P ={NO_BREAK}.0{'49' if p < 0.05 else '50'}" in said


def test_what_was_not_computed_is_not_said():
    assert beside_the_ratio({}, "days") == ()
