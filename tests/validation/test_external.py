"""A finished model in arrays: what its predictions depend on, and a permutation test that has nothing to fit again."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.statistics import logrank_test
from radsurv.validation.external import FinishedModel, apply_model, fixed_predictions

from radsurv.config import SignificanceConfig, ValidationConfig
from radsurv.errors import CohortError, ConfigError
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.outcome import check_outcome
from radsurv.validation.significance import significance
from radsurv.validation.splits import make_splits

STORED = {
    "features": ["a", "b", "c"],
    "strength": [0.7, 0.65, 0.6],
    "mean": [1.0, 2.0, 3.0],
    "sd": [2.0, 4.0, 1.0],
    "coefficients": [0.5, 0.0, -1.0],
    "penalty": 0.1,
    "threshold": 0.25,
    "event_times": [2.0, 5.0],
    "cumulative_hazard": [0.1, 0.3],
}
MODEL = FinishedModel(STORED, SurvivalCurve(np.array([2.0, 5.0]), np.array([0.9, 0.7])), 50, 40, 6)
TABLE = pd.DataFrame({"c": [3.0, 2.0, 4.0], "z": 7.0, "a": [1.0, 1.0, 5.0]})


def test_scores_by_hand():
    values = MODEL.columns(TABLE)
    found = apply_model(MODEL, values, ["p", "q", "r"], check_outcome([1, 2, 3], [1, 1, 0]))
    # (a − 1) / 2 · 0.5 − (c − 3); b has no weight, so it need not be there
    assert found.predictions["risk"].tolist() == [0.0, 1.0, 0.0]
    assert found.predictions["group"].tolist() == ["long", "short", "long"]
    assert found.selections["feature"].tolist() == ["a", "b", "c"]
    row = found.folds.iloc[0]
    assert row[["n_varying", "n_concordant", "n_kept", "n_nonzero"]].tolist() == [40, 6, 3, 2]
    assert found.references == [MODEL.reference]
    assert found.trials.empty
    assert found.metrics["n_features"] == 50
    assert found.metrics["n_folds"] == 1


def test_a_feature_with_a_weight_has_to_be_there():
    with pytest.raises(CohortError, match="lacks 1 of 2 features that the model uses, the first is c"):
        MODEL.columns(TABLE.drop(columns="c"))


@settings(max_examples=20, deadline=None)
@given(
    times=st.lists(st.integers(1, 50), min_size=3, max_size=3), events=st.lists(st.booleans(), min_size=3, max_size=3)
)
def test_outcomes_have_no_part_in_the_predictions(times, events):
    values = MODEL.columns(TABLE)
    before = apply_model(MODEL, values, ["p", "q", "r"], check_outcome([1, 2, 3], [1, 1, 0]))
    after = apply_model(MODEL, values, ["p", "q", "r"], check_outcome(times, events))
    kept = ["patient_id", "risk", "threshold", "group", "fold", "repeat"]
    pd.testing.assert_frame_equal(before.predictions[kept], after.predictions[kept], check_exact=True)


def test_p_is_the_share_of_all_orders():
    """Five patients: the sampled P has the share of the 120 orders in its interval, by lifelines' log-rank test."""
    time, event = np.array([3.0, 5.0, 6.0, 8.0, 11.0]), np.array([1, 1, 0, 1, 1])
    score = np.array([1.4, 0.9, -0.2, 1.1, -1.0])
    short = score > 0

    def signed(order):
        t, e = time[list(order)], event[list(order)]
        test = logrank_test(t[short], t[~short], e[short], e[~short])
        table = [(t[short] >= at).sum() / (t >= at).sum() for at in t[e == 1]]
        return np.sign(e[short].sum() - sum(table)) * test.test_statistic

    every = np.array([signed(order) for order in itertools.permutations(range(5))])
    exact = np.mean(every >= every[0] - 1e-9)
    predictions = pd.DataFrame(
        {"time": time, "event": event, "risk": score, "group": np.where(short, "short", "long"), "repeat": 0}
    )
    config = SignificanceConfig(name="permutation", permutations=499, stop_after=10**6)
    found = significance(
        fixed_predictions(score, short), predictions, config, seed=1, repeated_part="they were compared"
    )
    assert found.metrics["permutation_p_low"] <= exact <= found.metrics["permutation_p_high"]
    assert found.permutations["signed_log_rank"].iloc[0] == pytest.approx(every[0], rel=1e-9)
    assert "they were compared 499 times" in found.notes[0]


def test_there_is_nothing_to_split():
    with pytest.raises(ConfigError, match="trains no model"):
        make_splits(check_outcome([1, 2], [1, 1]), ValidationConfig(scheme="external", model="model.json"), 0)
