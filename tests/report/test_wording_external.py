"""The page of a finished model on other patients promises neither less nor more than it may."""

import pytest

from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import separation
from radsurv.report.html import protocol, render

CROSS_VALIDATED = ("left out", "no error guarantee", "no guarantee", "whole pipeline", "naive", "too narrow", "folds")


@pytest.fixture
def external(make_run, config, metrics, provenance, predictions, selections, tables):
    """The page, and what it was made from."""
    config["validation"] = {"scheme": "external", "model": "runs/A/model.json", "inner_splits": 10}
    config["reduction"]["cindex"] = 0.9  # of this run: plays no part
    provenance["stages"]["evaluate"]["external"] = {
        "model": "runs/A/model.json", "cohort": "hospital A", "n_patients": 87, "simulated": False,
        "options": {"reduction": {"mad": 0.0, "cindex": 0.66, "pearson": 0.85}, "model": config["model"]},
    }  # fmt: skip
    bootstrap = {"harrell_c_low": 0.6, "harrell_c_high": 0.7, "permutation_p": 0.02, "permutation_p_c": 0.03}

    def make(known: int = 0, simulated: bool = False) -> tuple[str, Experiment]:
        provenance["stages"]["evaluate"]["external"]["simulated"] = simulated
        experiment = Experiment.load(
            make_run(
                f"run{known}{simulated}",
                config=config,
                provenance=provenance,
                metrics=metrics | bootstrap | {"n_folds": 1, "external_known": known, "simulated": int(simulated)},
                predictions=predictions.assign(fold=0, threshold=0.1),
                selections=selections[selections["fold"] == 2].assign(fold=0),
            )
        )
        return " ".join(render(experiment).split()), experiment

    return make


def test_nothing_is_said_that_holds_for_a_cross_validation_only(external):
    page, _ = external()
    for words in CROSS_VALIDATED:
        assert words not in page.split("Notes of the stages")[0].split("</style>")[1], words
    assert "The model was finished before these patients were looked at." in page
    assert "no prediction hangs on these outcomes" in page
    assert "NOT AN EXTERNAL VALIDATION" not in page
    assert "Features of the model" in page
    assert "SIMULATED" not in page


def test_the_protocol_is_the_models(external):
    steps = dict(protocol(external()[1]))
    assert steps["Reduction"] == "MAD > 0, C ≥ 0.66, |r| ≤ 0.85"
    assert steps["Validation"] == "external: the finished model of hospital A, 87 patients"


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


def test_a_cross_validation_says_nothing_of_it(make_run):
    page = render(Experiment.load(make_run()))
    assert "external" not in page.lower().split("</style>")[1]
    assert "Log-rank P (naive)" in page
