"""A finished model in arrays: what its predictions depend on, and a permutation test that has nothing to fit again."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.statistics import logrank_test

import conf
from radsurv.catalogue.tables import FOLDS, INNER_DRAWS, PERMUTATIONS, PREDICTIONS, SELECTIONS
from radsurv.errors import CohortError
from radsurv.options.run import Permutations
from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.measurements import Measurements
from radsurv.survival.model import SurvivalModel
from radsurv.survival.outcome import check_outcome
from radsurv.survival.transform import restrict_all
from radsurv.validation.finished_model import NULL_MODEL, FinishedModel, apply_model
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Resources
from radsurv.validation.shuffled_outcomes import of_fixed_predictions, significance

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
    "strata": {},
}
NAMES = ("a", "b", "c")
MODEL = FinishedModel(
    model=SurvivalModel.from_dict(STORED, list(NAMES)),
    outputs=NAMES,
    options=conf.transforms(),
    transforms=(),
    inputs=NAMES,
    reference=SurvivalCurve(np.array([2.0, 5.0]), np.array([0.9, 0.7])),
    n_features=50,
    n_varying=40,
    n_concordant=6,
)
TABLE = pd.DataFrame({"c": [3.0, 2.0, 4.0], "z": 7.0, "a": [1.0, 1.0, 5.0]})


def patients(finished, table=TABLE, time=(1, 2, 3), event=(1, 1, 0)):
    measured = Measurements(finished.columns(table), finished.inputs, pd.DataFrame(index=range(len(table))))
    return Patients(tuple("pqr"), measured, check_outcome(time, event))


def test_scores_by_hand():
    found = apply_model(MODEL, patients(MODEL))
    tables = found.finding.tables
    # (a − 1) / 2 · 0.5 − (c − 3); b has no weight, so it need not be there
    assert found.predictions["risk"].tolist() == [0.0, 1.0, 0.0]
    assert found.predictions["group"].tolist() == ["long", "short", "long"]
    assert tables[SELECTIONS]["feature"].tolist() == ["a", "b", "c"]
    row = tables[FOLDS].iloc[0]
    assert row[["n_varying", "n_concordant", "n_kept", "n_nonzero"]].tolist() == [40, 6, 3, 2]
    assert found.metrics["n_features"] == 50
    assert found.metrics["n_folds"] == 1
    assert tables.keys() == {PREDICTIONS, SELECTIONS, FOLDS, INNER_DRAWS}
    for table in (PREDICTIONS, SELECTIONS, INNER_DRAWS):
        assert tuple(tables[table]) == table.columns
    assert sorted(tables[FOLDS]) == sorted(FOLDS.columns)


def test_a_feature_with_a_weight_has_to_be_there():
    with pytest.raises(CohortError, match="lacks 1 of 2 features that the model uses, the first is c"):
        MODEL.columns(TABLE.drop(columns="c"))


def test_which_features_matter():
    assert MODEL.used == MODEL.needed == MODEL.recognised_by == ["a", "c"]
    assert MODEL.columns(TABLE)[:, 1].tolist() == [2.0, 2.0, 2.0]  # b at its mean


def test_a_null_model_says_so():
    nothing = replace(MODEL, model=replace(MODEL.model, coefficients=np.zeros(3)))
    found = apply_model(nothing, patients(nothing, TABLE[["z"]]))
    assert found.finding.notes[0] == NULL_MODEL
    assert found.predictions["risk"].tolist() == [0, 0, 0]
    assert found.metrics["n_null_folds"] == 1


@settings(max_examples=20, deadline=None)
@given(
    times=st.lists(st.integers(1, 50), min_size=3, max_size=3), events=st.lists(st.booleans(), min_size=3, max_size=3)
)
def test_outcomes_have_no_part_in_the_predictions(times, events):
    before, after = (apply_model(MODEL, one) for one in (patients(MODEL), patients(MODEL, time=times, event=events)))
    kept = ["patient_id", "risk", "threshold", "group", "fold", "repeat"]
    pd.testing.assert_frame_equal(before.predictions[kept], after.predictions[kept], check_exact=True)


@settings(max_examples=20, deadline=None)
@given(values=st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4))
def test_other_patients_have_no_part_in_a_prediction(values):
    """Nothing is learned here: neither a mean nor a median of those who are predicted."""
    other = TABLE.copy()
    other.loc[1:, ["a", "c"]] = np.reshape(values, (2, 2))
    before, after = (apply_model(MODEL, patients(MODEL, table)).predictions.iloc[0] for table in (TABLE, other))
    assert before.tolist() == after.tolist()


# Transforms


WHOLE = toys.Centred({"all": np.array([9.0, 1.0, 7.0, 3.0])}, None, ("z", "a", "y", "c"))


def transformed(features=("a", "c")):
    restricted, inputs = restrict_all([WHOLE], features)
    place = [NAMES.index(name) for name in features]
    parts = {name: getattr(MODEL.model, name)[place] for name in ("strength", "sd", "coefficients")}
    model = replace(MODEL.model, features=np.arange(len(features)), mean=np.zeros(len(features)), **parts)
    options = toys.transforms(toys.Centre(column=WHOLE.column))
    return replace(MODEL, model=model, outputs=features, options=options, transforms=restricted, inputs=inputs)


def test_measured_features_pass_through_the_transforms_of_the_training_set():
    finished = transformed()
    assert finished.inputs == ("a", "c")
    found = apply_model(finished, patients(finished))
    assert found.predictions["risk"].tolist() == [0.0, 1.0, 0.0]  # centred by the transform, not by the model
    rows = patients(finished).measured
    survival = found.judges.learned[0].survival(rows, np.arange(3), np.array([3.0]))
    assert survival.ravel() == pytest.approx(np.exp(-0.1 * np.exp([0.0, 1.0, 0.0])))


def test_a_transform_needs_all_of_its_inputs():
    """A feature without a weight may still serve a transform; a patient is recognised by what is behind a weight."""
    finished = transformed()
    lame = replace(finished, model=replace(finished.model, coefficients=np.array([0.5, 0.0])))
    assert (lame.used, lame.needed, lame.recognised_by) == (["a"], ["a", "c"], ["a"])
    with pytest.raises(CohortError, match="lacks 1 of 2 features that the model uses, the first is c"):
        lame.columns(TABLE.drop(columns="c"))


def test_who_was_let_pass_is_counted_and_told():
    finished = transformed()
    by_site = toys.Centre(column="site")
    fitted = toys.Centred({"old": np.array([1.0, 3.0])}, "site", ("a", "c"))
    finished = replace(finished, options=toys.transforms(by_site), transforms=[fitted])
    one = patients(finished)
    one = replace(one, measured=replace(one.measured, cohort=pd.DataFrame({"site": ["old", "new", "old"]})))
    found = apply_model(finished, one)
    assert found.metrics["n_passed"] == 1
    assert "1 of 3 not centred" in found.finding.notes
    # (a − 1) / 2 · 0.5 − (c − 3), and a / 2 · 0.5 − c of the one at the new site
    assert found.predictions["risk"].tolist() == [0.0, 0.25 - 2.0, 0.0]
    assert "n_passed" not in apply_model(MODEL, patients(MODEL)).metrics


# Significance


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
    config = Permutations(
        name="permutation", permutations=499, stop_after=10**6, within="auto", added_value=False, refits=0
    )
    found = significance(
        of_fixed_predictions(predictions), predictions, config, seed=1, resources=Resources(),
        repeated_part="they were compared",
    )  # fmt: skip
    assert found.metrics["permutation_p_low"] <= exact <= found.metrics["permutation_p_high"]
    assert found.tables[PERMUTATIONS]["signed_log_rank"].iloc[0] == pytest.approx(every[0], rel=1e-9)
    assert "they were compared 499 times" in found.notes[0]
