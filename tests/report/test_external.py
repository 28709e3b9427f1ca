"""The page of a finished model on other patients promises neither less nor more than it may."""

from dataclasses import replace

import pytest

from radsurv.catalogue.record import AppliedModel, StageRecord
from radsurv.report.characteristics import characteristics
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import separation
from radsurv.report.header import steps
from radsurv.report.html import render

CROSS_VALIDATED = ("left out", "no error guarantee", "no guarantee", "whole pipeline", "naive", "too narrow", "folds")


@pytest.fixture
def external(load, configured, metrics, provenance, predictions, selections):
    """The page, and what it was made from."""
    config = configured(
        "validation=external", "validation.model=runs/A/model.json", "reduction.cindex=0.9", "model=rsf"
    )
    bootstrap = {"harrell_c_low": 0.6, "harrell_c_high": 0.7, "permutation_p": 0.02, "permutation_p_c": 0.03}

    def make(known: int = 0, simulated: bool = False, transforms: str = "") -> tuple[str, Experiment]:
        applied = AppliedModel(
            model="runs/A/model.json", sha256="ab" * 32, cohort="hospital A", n_patients=87, n_events=60, simulated=simulated,
            transforms=transforms, reduction="MAD > 0, C ≥ 0.66, |r| ≤ 0.85", trained="elastic-net Cox, α 0.1, λ min",
        )  # fmt: skip
        experiment = load(
            config=config,
            provenance=provenance.model_copy(
                update={"stages": {**provenance.stages, "evaluate": StageRecord(applied=applied)}}
            ),
            metrics=metrics | bootstrap | {"n_folds": 1, "external_known": known, "simulated": int(simulated)},
            predictions=predictions.assign(fold=0, threshold=0.1),
            selections=selections[selections["fold"] == 2].assign(fold=0),
        )
        return " ".join(render(experiment).split()), experiment

    return make


def test_nothing_is_said_that_holds_for_a_cross_validation_only(external):
    page, _ = external()
    sections = page.split("</style>")[1].split('<section id="stage_notes">')[0]
    assert "<main>" in sections
    for key in ("n_folds", "n_null_folds"):  # the keys of two metrics, whose meaning here is another
        assert f"<code>{key}</code>" in sections
        sections = sections.replace(key, "")
    for words in CROSS_VALIDATED:
        assert words not in sections, words
    assert "The model was finished before these patients were looked at." in page
    assert "no prediction hangs on these outcomes" in page
    assert "NOT AN EXTERNAL VALIDATION" not in page
    assert "Features of the model" in page
    assert "SIMULATED" not in page


def test_the_header_is_the_models(external):
    """Options of this run under reduction and model play no part."""
    said = {step.name: step.said for step in steps(external()[1])}
    assert said["Reduction"] == "MAD > 0, C ≥ 0.66, |r| ≤ 0.85"
    assert said["Model"] == "elastic-net Cox, α 0.1, λ min"
    assert said["Validation"] == "external: a finished model of hospital A, 87 patients"
    assert "Transforms" not in said
    harmonised = {step.name: step.said for step in steps(external(transforms="ComBat by site")[1])}
    assert harmonised["Transforms"] == "ComBat by site"


def test_patients_whom_the_model_knows(external):
    page, experiment = external(known=12)
    assert "The model was trained on 12 of the patients whom it predicts here" in page
    assert "No P and no interval on this page holds." in page
    assert "NOT EXTERNAL: the model was trained on 12 of these patients, so this is too good" in page
    assert "no guarantee: see below" in page
    assert separation(experiment.metrics)[1].endswith("(naive)")


def test_made_up_patients_of_the_model_alone(external):
    page, experiment = external(simulated=True)
    assert "The model was trained on patients who are made up." in page
    assert "These patients are made up." not in page
    assert not separation(experiment.metrics)[1].endswith("(naive)")


def test_a_cross_validation_says_nothing_of_it(load):
    page = render(load())
    assert "external" not in page.lower().split("</style>")[1]
    assert "Log-rank P (naive)" in page


def test_the_training_patients_stand_beside_these_in_table_1(external):
    """As the model tells them, column for column; a dash where only one of both knows of it."""
    _, experiment = external()
    evaluated = experiment.provenance.stages["evaluate"]
    told = {"age, mean ± SD (range)": "61 ± 9 (33 to 80)", "grade: G4": "50 (57 %)"}
    applied = evaluated.applied.model_copy(update={"characteristics": told})
    stages = {**experiment.provenance.stages, "evaluate": evaluated.model_copy(update={"applied": applied})}
    baseline = characteristics(
        replace(experiment, provenance=experiment.provenance.model_copy(update={"stages": stages}))
    )
    assert list(baseline.counts) == ["Training", "All", "Short", "Long"]
    assert baseline.counts["Training"] == 87
    rows = {row.name: row.cells for row in baseline.rows}
    alone = {row.name: row.cells for row in characteristics(experiment).rows}
    assert rows["age, mean ± SD (range)"] == ("61 ± 9 (33 to 80)", *alone["age, mean ± SD (range)"])
    assert rows["age, median (quartiles)"] == ("–", *alone["age, median (quartiles)"])
    assert rows["grade: G4"] == ("50 (57 %)", "–", "–", "–")
