import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from radsurv.errors import TrainingSetError
from radsurv.survival.kaplan_meier import kaplan_meier
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


def test_when_nobody_survives_the_interval_is_undefined():
    curve = kaplan_meier(Outcome(np.array([1.0, 2.0]), np.array([True, True])))
    assert curve["survival"].tolist() == [0.5, 0.0]
    assert curve[["lower", "upper"]].iloc[-1].isna().all()


def test_an_empty_group_has_no_curve():
    with pytest.raises(TrainingSetError, match="empty group"):
        kaplan_meier(Outcome(np.empty(0), np.empty(0, dtype=bool)))
