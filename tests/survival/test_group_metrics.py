import numpy as np
import pytest
from sksurv.metrics import concordance_index_censored

from radsurv.survival.group_metrics import evaluate, harrell_c
from radsurv.survival.outcome import Outcome


@pytest.mark.parametrize(("column", "rule"), [(0, "min"), (1, "1se")])
def test_evaluation_of_r(reference, column, rule):
    score, expected = reference.golden["loo_lp"][:, column], reference.summary[rule]
    short = score > reference.golden["loo_threshold"][:, column]
    evaluation = evaluate(reference.outcome, score, short)
    assert evaluation.reasons == []
    names = {
        "n_short": "n_short",
        "n_long": "n_long",
        "harrell_c": "cindex",
        "log_rank_chi2": "logrank_chi2",
        "log_rank_p": "logrank_p",
        "hazard_ratio": "hr_efron",
        "hazard_ratio_low": "hr_efron_lo",
        "hazard_ratio_high": "hr_efron_hi",
    }
    assert {name: evaluation.values[name] for name in names} == pytest.approx(
        {name: expected[theirs] for name, theirs in names.items()}, rel=1e-8
    )


def test_harrells_c_of_scikit_survival():
    generator = np.random.default_rng(0)
    outcome = Outcome(np.ceil(generator.exponential(9, 70)), generator.random(70) < 0.6)
    score = generator.integers(0, 8, 70).astype(float)
    assert harrell_c(outcome, score) == pytest.approx(
        concordance_index_censored(outcome.event, outcome.time, score)[0], abs=1e-14
    )


def test_one_empty_group_is_nan_with_reasons():
    outcome = Outcome(np.array([1.0, 2.0, 3.0]), np.array([True, True, False]))
    evaluation = evaluate(outcome, np.zeros(3), np.zeros(3, dtype=bool))
    assert evaluation.values["n_long"] == 3
    assert evaluation.values["harrell_c"] == 0.5
    assert np.isnan([evaluation.values[name] for name in ("log_rank_chi2", "log_rank_p", "hazard_ratio")]).all()
    assert len(evaluation.reasons) == 2
    assert "all 3 patients are in one group" in evaluation.reasons[0]


def test_no_comparable_patients():
    outcome = Outcome(np.array([3.0, 3.0]), np.array([True, True]))
    evaluation = evaluate(outcome, np.array([0.0, 1.0]), np.array([False, True]))
    assert np.isnan(evaluation.values["harrell_c"])
    assert any("no two patients are comparable" in reason for reason in evaluation.reasons)
