import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from radsurv.stages.follow_up import doubts, follow_up, unlike_model
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.outcome import check_outcome


def cohort(time, event, **columns):
    ids = [f"P{number}" for number in range(len(time))]
    outcome = {"time": np.asarray(time, float), "event": np.asarray(event, int)}
    return pd.DataFrame({"patient_id": ids, **outcome, **columns})


@pytest.fixture
def drawn():
    rng = np.random.default_rng(11)
    return cohort(rng.exponential(700, 80).round() + 1, rng.random(80) < 0.6)


@pytest.mark.parametrize("n", [80, 79, 40, 11])
def test_both_medians_are_those_of_lifelines(drawn, n):
    table = drawn.head(n)
    found = follow_up(table, "days")
    survival = KaplanMeierFitter().fit(table["time"], table["event"]).median_survival_time_
    reverse = KaplanMeierFitter().fit(table["time"], 1 - table["event"]).median_survival_time_
    assert (found.median_survival or np.inf, found.median_follow_up or np.inf) == (survival, reverse)
    assert (found.shortest, found.longest) == (table["time"].min(), table["time"].max())


def test_each_number_by_its_name():
    assert follow_up(cohort([100, 365, 731, 900], [1, 1, 0, 0]), "days").describe() == (
        "time in days (cohort.time_unit): median survival 365 (1.0 years) by Kaplan-Meier, median follow-up 731 (2.0 years)"
        " by reverse Kaplan-Meier, range 100 to 900"
    )
    assert "median survival 6 (0.5 years) by" in follow_up(cohort([5, 6, 7], [1, 1, 1]), "months").describe()
    assert "median survival 13 (0.036 years) by" in follow_up(cohort([5, 13, 17], [1, 1, 1]), "days").describe()
    assert "median survival 2 by Kaplan-Meier, median follow-up not reached by" in (
        follow_up(cohort([1, 2, 3], [1, 1, 1]), "years").describe()
    )


def test_a_plausible_cohort_raises_no_doubt(drawn):
    assert doubts(drawn.assign(age=60.0), "days") == []
    assert doubts(drawn.assign(time=drawn["time"] / 30.4375, age=np.nan), "months") == []


@pytest.mark.parametrize(
    ("factor", "unit", "message"),
    [
        (1, "months", "longer than people live: is cohort.time_unit=months right"),
        (1, "years", "longer than people live: is cohort.time_unit=years right"),
        (
            1 / 30.4375,
            "days",
            "times are no whole numbers; such times look like months or years: is cohort.time_unit=days",
        ),
        (1 / 365.25, "days", "such times look like months or years"),
        (1 / 365.25 / 30, "years", "such times look like a larger unit: is cohort.time_unit=years right"),
    ],
)
def test_units(drawn, factor, unit, message):
    (doubt,) = doubts(drawn.assign(time=drawn["time"] * factor), unit)
    assert message in doubt


def test_one_time_for_everybody():
    assert doubts(cohort([100] * 10, [1, 0] * 5), "days") == ["every time is 100: is it the right column?"]


def test_a_cohort_beside_that_of_a_model(drawn):
    curve = survival_curve(check_outcome(drawn["time"], drawn["event"]))
    assert unlike_model(drawn, "days", curve, "A") == []
    assert unlike_model(drawn.assign(time=drawn["time"] * 10), "days", curve, "A") == []
    (note,) = unlike_model(drawn.assign(time=drawn["time"] / 30.4375), "days", curve, "A")
    assert "a factor of 30 (days and months differ by 30)" in note
    (note,) = unlike_model(drawn.assign(time=drawn["time"] * 365.25), "days", curve, "A")
    assert "a factor of 365 (days and years differ by 365)" in note


def test_curves_that_do_not_come_down_to_one_half_are_compared_where_both_do(drawn):
    few = drawn.assign(event=(np.arange(80) % 10 == 0).astype(int))
    curve = survival_curve(check_outcome(few["time"], few["event"]))
    assert float(curve.survival.min()) > 0.5
    assert unlike_model(few, "days", curve, "A") == []
    assert "a factor of 365" in unlike_model(few.assign(time=few["time"] / 365.25), "days", curve, "A")[0]
