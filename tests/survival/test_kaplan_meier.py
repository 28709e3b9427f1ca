import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from radsurv.errors import TrainingSetError
from radsurv.survival.kaplan_meier import Median, kaplan_meier, median_follow_up, median_survival, survival_curve
from radsurv.survival.outcome import Outcome


def test_curves_and_intervals_of_r(reference):
    short = reference.golden["loo_group_min"].astype(bool)
    for group, members in (("short", short), ("long", ~short)):
        mine = kaplan_meier(reference.outcome.take(np.flatnonzero(members)))
        theirs = reference.curves[reference.curves.group == group]
        for column in ("time", "n_risk", "n_event", "n_censor"):
            assert mine[column].tolist() == theirs[column].tolist()
        assert mine["survival"].to_numpy() == pytest.approx(theirs["surv"].to_numpy(), rel=1e-12)
        assert mine["lower"].to_numpy() == pytest.approx(theirs["lower_log"].to_numpy(), rel=1e-10, nan_ok=True)
        assert mine["upper"].to_numpy() == pytest.approx(theirs["upper_log"].to_numpy(), rel=1e-10, nan_ok=True)


def test_agrees_with_lifelines():
    generator = np.random.default_rng(0)
    outcome = Outcome(np.ceil(generator.exponential(9, 60)), generator.random(60) < 0.6)
    theirs = KaplanMeierFitter().fit(outcome.time, outcome.event).predict(kaplan_meier(outcome)["time"])
    assert kaplan_meier(outcome)["survival"].to_numpy() == pytest.approx(theirs.to_numpy(), rel=1e-12)


def test_the_curve_between_before_and_beyond_its_times():
    generator = np.random.default_rng(1)
    outcome = Outcome(np.ceil(generator.exponential(9, 40)), generator.random(40) < 0.6)
    times = np.arange(0, 60, 0.5)
    theirs = KaplanMeierFitter().fit(outcome.time, outcome.event).predict(times)
    assert survival_curve(outcome).at(times) == pytest.approx(theirs.to_numpy(), rel=1e-12)
    censored = Outcome(np.array([3.0, 5.0]), np.array([False, False]))
    assert survival_curve(censored).at(times).tolist() == [1.0] * len(times)


def test_a_patient_who_is_drawn_twice_counts_twice():
    generator = np.random.default_rng(2)
    outcome = Outcome(np.ceil(generator.exponential(9, 30)), generator.random(30) < 0.6)
    weights = generator.multinomial(30, np.full(30, 1 / 30))
    drawn = survival_curve(outcome.take(np.repeat(np.arange(30), weights)))
    fitter = KaplanMeierFitter().fit(outcome.time, outcome.event, weights=weights)
    times = np.arange(0, 40, 0.5)
    assert drawn.at(times) == pytest.approx(fitter.predict(times).to_numpy(), rel=1e-12)


def test_when_nobody_survives_the_interval_is_undefined():
    curve = kaplan_meier(Outcome(np.array([1.0, 2.0]), np.array([True, True])))
    assert curve["survival"].tolist() == [0.5, 0.0]
    assert curve[["lower", "upper"]].iloc[-1].isna().all()


AML = {
    "maintained": ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]),
    "not maintained": ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]),
}


@pytest.mark.parametrize(
    ("arm", "median"), [("maintained", Median(31, 18, None)), ("not maintained", Median(23, 8, None))]
)
def test_medians_of_survfit(arm, median):
    """``survfit(Surv(time, status) ~ x, data = aml)`` of R's survival package prints 31 (18, NA) and 23 (8, NA)."""
    time, event = AML[arm]
    assert median_survival(Outcome(np.array(time, float), np.array(event, bool))) == median


def test_follow_up_is_the_curve_of_those_who_were_lost(reference):
    outcome = reference.outcome
    theirs = KaplanMeierFitter().fit(outcome.time, ~outcome.event).median_survival_time_
    assert (median_follow_up(outcome).time or np.inf) == theirs
    early = Outcome(np.r_[np.ones(80), np.full(20, 100.0)], np.r_[np.ones(80, bool), np.zeros(20, bool)])
    assert median_follow_up(early).time == 100


def test_an_empty_group_has_no_curve():
    with pytest.raises(TrainingSetError, match="empty group"):
        kaplan_meier(Outcome(np.empty(0), np.empty(0, dtype=bool)))
