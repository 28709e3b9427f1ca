import contextlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st

import conf
from radsurv.catalogue.tables import FOLDS, INNER_DRAWS, PREDICTIONS, SELECTIONS, TRIALS
from radsurv.compute.progress import Effort, Parts, telling
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.stages.result_store import ResultStore
from radsurv.validation.cross_validate import CrossValidation, cross_validate, left_out
from radsurv.validation.protocol import Resources
from radsurv.validation.training import Training


def table(found: CrossValidation, which) -> pd.DataFrame:
    return found.finding.tables[which]


def assert_same(one: CrossValidation, other: CrossValidation):
    for which in (PREDICTIONS, SELECTIONS, FOLDS):
        pd.testing.assert_frame_equal(table(one, which), table(other, which), check_exact=True)
    assert one.finding.notes == other.finding.notes


@pytest.fixture(scope="module", params=["min", "1se"])
def by_rule(reference, request) -> tuple[str, CrossValidation]:
    model = reference.protocol.model.model_copy(update={"lambda_rule": request.param})
    return request.param, reference.run(n_jobs=2, model=model)


def test_every_fold_of_r(reference, by_rule):
    rule, found = by_rule
    golden, column = reference.golden, ("min", "1se").index(rule)
    predictions, folds, selections = found.predictions, table(found, FOLDS), table(found, SELECTIONS)
    assert predictions["risk"].to_numpy() == pytest.approx(golden["loo_lp"][:, column], abs=1e-9)
    assert predictions["threshold"].to_numpy() == pytest.approx(golden["loo_threshold"][:, column], abs=1e-9)
    assert np.array_equal(predictions["group"] == "short", golden[f"loo_group_{rule}"])

    chosen = golden["loo_lambda"][np.arange(len(predictions)), golden["loo_index"][:, column]]
    assert folds["penalty"].to_numpy() == pytest.approx(chosen, rel=1e-12)
    assert folds["n_varying"].tolist() == golden["loo_step1"].sum(axis=1).tolist()
    assert folds["n_concordant"].tolist() == np.diff(golden["loo_step2_indptr"]).tolist()
    assert folds["n_kept"].tolist() == np.diff(golden["loo_step3_indptr"]).tolist()

    names = np.array(reference.patients.names)
    assert selections["feature"].tolist() == names[golden["loo_step3"]].tolist()
    assert selections["coefficient"].to_numpy() == pytest.approx(golden[f"loo_beta_{rule}"], abs=1e-11)

    expected = reference.summary[rule]
    theirs = {
        "n_short": "n_short",
        "n_long": "n_long",
        "harrell_c": "cindex",
        "log_rank_chi2": "logrank_chi2",
        "log_rank_p": "logrank_p",
        "hazard_ratio": "hr_efron",
        "hazard_ratio_low": "hr_efron_lo",
        "hazard_ratio_high": "hr_efron_hi",
    }
    assert {name: found.metrics[name] for name in theirs} == pytest.approx(
        {name: expected[name_in_r] for name, name_in_r in theirs.items()}, rel=1e-8
    )


def test_null_models_are_counted(by_rule):
    rule, found = by_rule
    null = found.predictions[table(found, FOLDS)["n_nonzero"] == 0]
    assert len(null) == (15 if rule == "1se" and len(found.predictions) == 198 else 0)
    assert found.metrics["n_null_folds"] == len(null)
    assert (null["group"] == "long").all()
    assert (null["risk"] == 0).all()
    assert [f"in {len(null)} of" in note for note in found.finding.notes] == [True] * bool(len(null))


def test_tables_have_the_agreed_columns(small):
    found = small.run()
    for which in (PREDICTIONS, SELECTIONS, FOLDS, INNER_DRAWS):
        assert tuple(table(found, which)) == which.columns
    assert list(found.predictions) == ["patient_id", "time", "event", "fold", "risk", "threshold", "group", "repeat"]
    selections = table(found, SELECTIONS)
    assert list(selections) == ["fold", "repeat", "feature", "strength", "coefficient"]
    assert found.finding.tables.keys() == {PREDICTIONS, SELECTIONS, FOLDS, TRIALS, INNER_DRAWS}
    assert table(found, TRIALS).empty
    assert table(found, INNER_DRAWS).empty
    assert found.predictions["patient_id"].tolist() == list(small.patients.ids)
    assert len(found.judges.learned) == found.metrics["n_folds"] == found.metrics["n_patients"] == 20
    assert found.metrics["n_features"] == 12
    assert found.metrics["n_short"] + found.metrics["n_long"] == 20
    assert selections.groupby("fold").size().median() == found.metrics["median_selected"]


@pytest.mark.parametrize("path", ["complete", "until_minimum"])
def test_any_number_of_workers_gives_the_same(small, path):
    model = conf.model("coxnet", alpha=0.1, path=path)
    one = small.run(model=model)
    assert_same(one, small.run(model=model, n_jobs=2))
    assert_same(one, small.run(model=model, n_jobs=3))


def test_the_seed_draws_the_inner_folds_and_nothing_else(small):
    one, other = (table(small.run(seed=seed), FOLDS) for seed in (0, 1))
    assert one["penalty"].tolist() != other["penalty"].tolist()
    assert one["n_kept"].tolist() == other["n_kept"].tolist()


def test_progress_is_reported_once_per_training_set(small):
    seen = []

    @contextlib.contextmanager
    def bar(label, total, *_):
        seen.append((label, total))
        yield lambda *_: seen.append("one more")
        seen.append("closed")

    cross_validate(small.patients, small.protocol, Resources(n_jobs=2, bar=bar), label="here")
    assert seen == [("here", 20), *["one more"] * 20, "closed"]


SEARCHED = toys.protocols()["searched"]


@pytest.mark.parametrize(
    ("protocol", "parts"),
    [
        (toys.protocols()["plain"], "20 models"), (toys.protocols()["nested"], "4 models"), (SEARCHED, "4 models × 3 trials"),
        (replace(SEARCHED, search=conf.search("optuna", sampler="grid", cindex=[0.5, 0.6], pearson=[0.9], alpha=None, lambda_rule=None)),
         "4 models × 2 trials"),
        (replace(SEARCHED, search=conf.search("flat", **toys.FEW_TRIALS)), "4 models"),
    ],
)  # fmt: skip
def test_a_repetition_of_the_whole_tells_of_its_parts(protocol, parts):
    heard = []
    with telling(Parts(lambda share, parts: heard.append((share, parts)))):
        left_out(Training(toys.cohort(), protocol))
    assert {told for _, told in heard} == {parts}
    assert sum(share for share, _ in heard) == pytest.approx(1)


def test_it_says_what_would_make_it_shorter_and_whether_it_may_be_ended(small, tmp_path):
    said = []

    @contextlib.contextmanager
    def bar(label, total, done, effort):
        said.append(effort)
        yield lambda *_: None

    cross_validate(small.patients, small.protocol, Resources(n_jobs=-1, bar=bar))
    cross_validate(toys.cohort(), SEARCHED, Resources(n_jobs=-1, store=ResultStore(tmp_path), bar=bar))
    fewer = "fewer training sets (validation=repeated_kfold)"
    assert said == [
        Effort("20 models", fewer),
        Effort("4 models", f"fewer trials of the search (search.trials), search=none, {fewer}", kept=True),
    ]


# Leakage: the patient left out must not be able to influence the model that judges them.


def learned_in(found: CrossValidation, fold: int) -> str:
    """All that was learned in one fold, as text because NaN does not equal itself."""
    selected = table(found, SELECTIONS)
    return repr(
        [
            found.judges.learned[fold].model.to_dict([f"feature {column}" for column in range(12)]),
            table(found, FOLDS).iloc[fold].tolist(),
            selected[selected["fold"] == fold].to_numpy().tolist(),
        ]
    )


@pytest.fixture(scope="module")
def learned(small) -> list[str]:
    found = small.run()
    return [learned_in(found, fold) for fold in range(20)]


@settings(max_examples=20, deadline=None)
@given(
    patient=st.integers(0, 19),
    time=st.integers(1, 500),
    flip=st.booleans(),
    values=st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=12),
)
def test_nothing_about_the_left_out_patient_reaches_their_model(small, learned, patient, time, flip, values):
    table, outcome = small.patients.measured.values.copy(), small.patients.outcome
    times, events = outcome.time.copy(), outcome.event.copy()
    table[patient], times[patient], events[patient] = values, time, events[patient] ^ flip
    after = small.run(toys.changed(small.patients, values=table, time=times, event=events))
    assert learned_in(after, patient) == learned[patient]


# What cannot be computed as usual.


def test_no_feature_survives_anywhere(small):
    found = small.run(reduction=conf.reduction(cindex=1.0, pearson=0.85))
    assert found.metrics["n_null_folds"] == 20
    assert found.metrics["n_long"] == 20
    assert found.metrics["harrell_c"] == 0.5
    assert np.isnan(found.metrics["hazard_ratio"])
    assert len(table(found, SELECTIONS)) == 0
    assert "in 20 of 20 folds no feature survived the reduction" in found.finding.notes[0]
    assert any("log-rank test cannot be computed" in note for note in found.finding.notes)


def test_the_smallest_cohort(small):
    four = toys.patients(small.patients.measured.values[:4], [4, 3, 2, 1], [1, 1, 0, 0])
    found = small.run(four, scheme=conf.scheme("loocv", inner_splits=10))
    assert np.isfinite(found.predictions["risk"]).all()
    assert len(found.predictions) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": np.zeros(20)}, "0 events among 20 patients"),
        ({"event": np.arange(20) == 3}, "at least two events are needed"),
        ({"time": np.zeros(20)}, "time of row 0 is 0.0"),
        ({"values": np.full((20, 12), np.nan)}, "240 values are missing"),
    ],
)
def test_what_cannot_be_validated_is_refused(small, change, message):
    with pytest.raises(TrainingSetError, match=message):
        small.run(toys.changed(small.patients, **change))


def test_inner_folds_of_others_are_refused(small):
    with pytest.raises(ConfigError, match="rows or columns are missing"):
        small.run(inner_folds=pd.DataFrame({"patient_id": ["x"]}))


def test_each_training_set_has_its_own_features_on_which_readings_agree(small):
    """Asked with the members of every set; a feature that may not take part in a fold is not selected there."""
    patients, values = small.patients, small.patients.measured.values
    # Readings agree but for feature 1 of patient 3, and for all features of patient 4 unless that one is left out.
    readings = np.stack([values[:, :10], values[:, :10]])
    readings[1, 3, 1] += 500
    readings[1, 4] += 500
    patients = toys.changed(patients, readings=readings)
    alone = replace(patients, readings=None)
    asked = {"reduction": conf.reduction(**toys.REDUCTION, icc=0.9)}
    chosen, usual = (
        {fold: set(rows["feature"]) for fold, rows in table(found, SELECTIONS).groupby("fold")}
        for found in (small.run(patients, **asked), small.run(alone, **asked))
    )
    read, unread = {f"feature {one}" for one in range(10)}, {"feature 10", "feature 11"}
    assert usual == {
        fold: set(rows["feature"]) for fold, rows in table(small.run(), SELECTIONS).groupby("fold")
    }  # without further readings nothing hangs on the outline
    assert "feature 1" in usual[4]
    for fold in set(range(20)) - {4}:
        assert chosen.get(fold, set()) <= unread
    assert chosen[4] & read
    assert "feature 1" not in chosen[4]
