"""Reading a run folder back."""

import json

import pandas as pd
import pytest

from radsurv.errors import RadsurvError
from radsurv.report.experiment import Experiment


def test_everything_is_read_back(make_run, tables, metrics, config, provenance):
    experiment = Experiment.load(make_run())
    assert experiment.config == config
    assert experiment.metrics == metrics
    assert experiment.provenance == provenance
    pd.testing.assert_frame_equal(experiment.cohort, tables["cohort.parquet"])
    pd.testing.assert_frame_equal(experiment.qc, tables["qc.csv"])
    pd.testing.assert_frame_equal(experiment.predictions, tables["predictions.parquet"])
    pd.testing.assert_frame_equal(experiment.selections, tables["selections.parquet"])


def test_tables_may_be_absent(make_run):
    run_dir = make_run(cohort=None, qc=None, predictions=None, selections=None, metrics=None, provenance=None)
    experiment = Experiment.load(run_dir)
    assert experiment.cohort is experiment.qc is experiment.predictions is experiment.selections is None
    assert (experiment.metrics, experiment.stages, experiment.n_repeats) == ({}, {}, 0)
    with pytest.raises(RadsurvError, match="no predictions"):
        experiment.first_repeat()


def test_a_folder_without_configuration_is_no_run(tmp_path):
    with pytest.raises(RadsurvError, match=r"no config\.yaml"):
        Experiment.load(tmp_path)


@pytest.mark.parametrize("name", ["007", "NA", "1e3"])
def test_patients_keep_their_names(make_run, name):
    qc = pd.DataFrame([{"patient_id": name, "status": "included", "stage": "cohort", "reason": ""}])
    assert Experiment.load(make_run(qc=qc)).qc["patient_id"].tolist() == [name]


def test_numbers_that_are_not_finite_count_as_missing(make_run, metrics):
    run_dir = make_run(metrics=metrics | {"harrell_c": float("nan"), "hazard_ratio": float("inf"), "log_rank_p": None})
    assert "NaN" in (run_dir / "metrics.json").read_text()
    loaded = Experiment.load(run_dir).metrics
    assert [loaded[name] for name in ("harrell_c", "hazard_ratio", "log_rank_p")] == [None, None, None]
    assert json.dumps(loaded, allow_nan=False)


def test_simulated_by_cohort_or_by_metric(make_run, tables, metrics):
    cohort = tables["cohort.parquet"]
    assert not Experiment.load(make_run("real")).simulated
    assert Experiment.load(make_run("a", cohort=cohort.assign(simulated=True))).simulated
    assert not Experiment.load(make_run("b", cohort=cohort.assign(simulated=False))).simulated
    assert Experiment.load(make_run("c", metrics=metrics | {"simulated": 1})).simulated


def test_random_weights_by_configuration_or_by_provenance(make_run, config, provenance):
    random = {"name": "vgg19", "weights": "random"}
    said = provenance | {"stages": {"deep": {"seconds": 1, "weights": {"backbone": "vgg19", "weights": "random"}}}}
    table = config["cohort"] | {"features": "features.csv"}
    assert not Experiment.load(make_run("trained")).random_weights
    assert Experiment.load(make_run("a", config=config | {"backbone": random})).random_weights
    assert Experiment.load(make_run("b", provenance=said)).random_weights
    # A ready feature table never meets the configured network, nor does a run without one.
    assert not Experiment.load(make_run("c", config=config | {"backbone": random, "cohort": table})).random_weights
    none = {"name": "none", "weights": "random"}
    assert not Experiment.load(make_run("d", config=config | {"backbone": none})).random_weights


def test_first_repeat_has_each_patient_once(make_run, predictions):
    again = pd.concat([predictions.assign(repeat=1, risk=-predictions["risk"]), predictions])
    experiment = Experiment.load(make_run(predictions=again))
    assert experiment.n_repeats == 2
    pd.testing.assert_frame_equal(experiment.first_repeat().reset_index(drop=True), predictions)
