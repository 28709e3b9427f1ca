"""A model adjusted to new patients: against lifelines and the formulas, each patient left out."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from sksurv.metrics import brier_score
from sksurv.util import Surv

import conf
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.measurements import Measurements
from radsurv.survival.model import SurvivalModel
from radsurv.survival.outcome import check_outcome
from radsurv.validation.finished_model import FinishedModel, apply_model
from radsurv.validation.patients import Patients
from radsurv.validation.recalibration import METRICS, recalibrated

TIMES = np.array([3.0, 6.0, 9.0, 12.0])
HORIZONS = [4.0, 7.0, 10.0]
HAZARD = np.array([0.2, 0.5, 0.9, 1.4])
MODEL = FinishedModel(
    model=SurvivalModel(np.arange(1), np.ones(1), np.zeros(1), np.ones(1), np.array([1.5]), 0.1, 0.0, TIMES, HAZARD),
    outputs=("a",), options=conf.transforms(), transforms=(), inputs=("a",),
    reference=SurvivalCurve(TIMES, np.array([0.8, 0.6, 0.4, 0.2])), n_features=1, n_varying=1, n_concordant=1,
)  # fmt: skip


def site(n=40, seed=0, *, events=True):
    """Patients whose hazard is a third of the model's, and whose risks are half as far apart."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n)
    time = generator.exponential(25 * np.exp(-0.75 * x)) + 0.5
    followed = generator.uniform(8, 20, size=n)
    event = (time <= followed) & events
    measured = Measurements(x[:, None], ("a",), pd.DataFrame(index=range(n)))
    return Patients(tuple(map(str, range(n))), measured, check_outcome(np.minimum(time, followed), event))


def adjusted(how, patients, model=MODEL):
    applied = apply_model(model, patients)
    risk = applied.predictions["risk"].to_numpy()
    return recalibrated(how, patients, applied.judges, risk, horizons=HORIZONS, reference=model.reference)


def by_hand(patients, how, members):
    """Factor and slope of some patients."""
    risk, time, event = 1.5 * patients.measured.values[:, 0], patients.outcome.time, patients.outcome.event
    slope = 1.0
    if how == "slope":
        table = pd.DataFrame({"risk": risk, "time": time, "event": event})[members]
        slope = CoxPHFitter().fit(table, "time", "event", fit_options={"precision": 1e-12}).params_["risk"]
    baseline = np.concatenate([[0], HAZARD])[np.searchsorted(TIMES, time, side="right")]
    expected = baseline * np.exp(slope * risk)
    return event[members].sum() / expected[members].sum(), slope


@pytest.mark.parametrize("how", ["intercept", "slope"])
def test_each_patient_is_left_out(how):
    patients = site()
    found = adjusted(how, patients)
    risk, n = 1.5 * patients.measured.values[:, 0], len(patients)
    factor, slope = by_hand(patients, how, np.ones(n, dtype=bool))
    centre = np.exp((slope - 1) * risk.mean())  # the factor belongs to risks around their mean
    assert found.metrics["recalibration_factor"] == pytest.approx(factor * centre, rel=1e-5)
    assert factor < 0.6  # the model is far too gloomy here
    baseline = np.concatenate([[0], HAZARD])[np.searchsorted(TIMES, HORIZONS, side="right")]
    survival = []
    for patient in range(n):
        own, own_slope = by_hand(patients, how, np.arange(n) != patient)
        survival.append(np.exp(-own * baseline * np.exp(own_slope * risk[patient])))
    truth = Surv.from_arrays(patients.outcome.event, patients.outcome.time)
    brier = brier_score(truth, truth, np.array(survival), HORIZONS)[1]
    curve = KaplanMeierFitter().fit(patients.outcome.time, patients.outcome.event).predict(HORIZONS).to_numpy()
    km = brier_score(truth, truth, np.tile(curve, (n, 1)), HORIZONS)[1]
    weights = np.array([1.5, 3.0, 1.5]) / 6  # of the trapezoidal rule
    np.testing.assert_allclose(found.metrics["recalibrated_integrated_brier"], brier @ weights, rtol=1e-5)
    np.testing.assert_allclose(found.metrics["recalibrated_integrated_brier_km"], km @ weights, rtol=1e-9)
    expected = 1 - (brier @ weights) / (km @ weights)
    np.testing.assert_allclose(found.metrics["recalibrated_scaled_brier"], expected, rtol=1e-4)
    assert f"validation.recalibrate={how}: beside the model as it is" in found.notes[0]


def test_a_model_that_is_too_gloomy_is_nearer_afterwards():
    patients = site(120)
    survival = np.exp(-np.exp(1.5 * patients.measured.values) * np.array([0.2, 0.5, 0.9]))
    truth = Surv.from_arrays(patients.outcome.event, patients.outcome.time)
    as_it_is = brier_score(truth, truth, survival, HORIZONS)[1] @ [0.25, 0.5, 0.25]
    level, spread = (adjusted(how, patients).metrics["recalibrated_integrated_brier"] for how in ("intercept", "slope"))
    assert spread < level < as_it_is


def test_nothing_is_done_unless_asked_for():
    found = adjusted("none", site())
    assert (found.metrics, found.notes, found.tables) == ({}, [], {})


@pytest.mark.parametrize(
    ("patients", "said"),
    [
        (site(events=False), "fewer than 3 patients had the event"),
        (site(40, 1).given(check_outcome(np.full(40, 2.0), np.arange(40) < 10)), "fewer than two horizons"),
    ],
)
def test_why_it_cannot_be_done(patients, said):
    found = adjusted("intercept", patients)
    assert set(found.metrics) == set(METRICS)
    assert np.isnan(list(found.metrics.values())).all()
    assert said in found.reasons["recalibration_factor"]
    assert said in found.notes[0]
