"""The look at a cohort: what stops one part of it stops no other, and what a run would say later is said now."""

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import COHORT
from radsurv.config import validate
from radsurv.stages.compose import compose
from radsurv.stages.inspection import inspect
from radsurv.stages.naming import Naming

N = 12


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Look at twelve patients with ready features, some cells changed; gives the experiment."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame(
        {
            "patient_id": [f"P{number:02d}" for number in range(N)],
            "time": [str(100 + 7 * number) for number in range(N)],
            "event": ["1", "0", "1"] * (N // 3),
            "age": [str(40 + number) for number in range(N)],
            "site": ["North", "South"] * (N // 2),
        }
    )
    features = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 3)), columns=["a", "b", "c"])

    def look(*overrides, cells=(), features=features):
        changed = table.copy()
        for row, column, value in cells:
            changed.loc[row, column] = value
        changed.to_csv("clinical.csv", index=False)
        features.set_axis(table["patient_id"]).to_csv("features.csv", index_label="patient_id")
        where = ["cohort=table", "cohort.table=clinical.csv", "cohort.features=features.csv", "run_dir=out"]
        config = validate(compose([*where, *overrides]))
        return inspect(config, tmp_path, Naming(config))

    return look


def told(experiment, severity="error"):
    return [check.what for check in experiment.inspection.checks if check.severity == severity]


def test_a_sound_cohort(look):
    experiment = look()
    assert experiment.inspection.can_start
    assert told(experiment) == []
    assert len(experiment.table(COHORT)) == N
    assert experiment.qc["status"].tolist() == ["included"] * N


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["validation=leave_site_out", "cohort.select={site: [North]}", "cohort.min_patients=4"], "at least two sites"),
        (["validation=repeated_kfold", "validation.n_splits=13"], "there are 12 patients"),
        (["transforms=combat", "transforms.combat.batch=scanner"], "the column 'scanner'"),
        (["cohort.covariates=[grade]"], "cohort.covariates: no column 'grade'"),
        (["significance.within=site", "cohort.values={site: {North: South}}"], "needs at least two"),
        (["cohort.min_patients=13"], "12 patients can take part; expected at least 13"),
        (["cohort.table=absent.csv"], "absent.csv does not exist"),
        (["cohort.features=absent.csv"], "absent.csv does not exist"),
        (["validation.inner_folds=clinical.csv"], "validation.inner_folds"),
        (["cohort.allow=[nothing]"], "cohort.allow: no column"),
        (["validation=external", "validation.model=absent.json"], "absent.json"),
        (["validation=external", "validation.model=out/model.json"], "choose another run_dir"),
    ],
)
def test_what_a_run_would_say_later_is_said_now(look, overrides, said):
    experiment = look(*overrides)
    assert not experiment.inspection.can_start
    assert any(said in what for what in told(experiment)), told(experiment)


def test_errors_that_have_nothing_to_do_with_each_other_are_all_told(look):
    experiment = look(
        "validation.inner_folds=absent.csv", "cohort.covariates=[grade]", cells=[(2, "time", "x"), (3, "event", "y")]
    )
    assert len(told(experiment)) == 4


def test_the_outcome_among_the_features_is_found(look):
    copies = pd.DataFrame({"a": np.arange(N), "days": 100.0 + 7 * np.arange(N)})
    assert any("'days'" in what for what in told(look(features=copies)))


def test_too_few_patients_is_no_error_while_the_table_has_faults(look):
    """How many there will be is not known before."""
    assert len(told(look("cohort.min_patients=12", cells=[(0, "time", "x")]))) == 1


def test_a_row_without_an_id_is_not_lost(look):
    """It is known by its place in the file; of an id that stands there twice, both rows are one patient."""
    experiment = look(cells=[(3, "patient_id", ""), (5, "patient_id", "P06"), (7, "time", "x")])
    out = experiment.qc.loc[experiment.qc["status"] == "excluded", ["patient_id", "reason"]]
    assert sorted(out["patient_id"]) == ["P03", "P05", "P06", "P07", "line 5"]
    assert (
        out.set_index("patient_id").loc["line 5", "reason"].startswith("patient_id: line 5 has empty; expected an id")
    )
    # As far as the table tells, P03 and P05 are in the feature table only.
    assert told(experiment, "excluded") == ["in the feature table, but not among the patients of the cohort table"] * 2
    assert len(told(experiment)) == 4


def test_who_lacks_a_covariate_is_left_out_as_a_run_does(look):
    experiment = look("cohort.covariates=[age]", cells=[(4, "age", "")])
    assert told(experiment, "excluded") == ["1 of 4 features could not be computed, for instance clinical_age"]
    assert len(experiment.table(COHORT)) == N - 1
    verdicts = experiment.qc[experiment.qc["status"] != "warning"]
    assert verdicts["status"].value_counts().to_dict() == {"included": N - 1, "excluded": 1}


def test_with_an_imputation_nobody_is(look):
    experiment = look("cohort.covariates=[age]", "transforms=imputation", cells=[(4, "age", "")])
    assert told(experiment, "excluded") == []
    assert len(experiment.table(COHORT)) == N


def test_a_column_that_is_missing_is_told_with_all_else(look):
    experiment = look("cohort.covariates=[grade,site]", cells=[(1, "site", "")])
    assert len(told(experiment)) == 1
    assert any("empty for 1 of 12" in what for what in told(experiment, "warning"))


def test_notes_of_the_stage_are_notes(look):
    experiment = look("cohort.select={event: [0, 1]}")
    (note,) = told(experiment, "note")
    assert "picks patients by event" in note
    assert experiment.provenance.stages["cohort"].notes == [note]
