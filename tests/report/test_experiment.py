"""Reading a run folder back."""

import json

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.record import Execution, Provenance, StageRecord, WeightsRecord
from radsurv.catalogue.stages import REPLACING
from radsurv.catalogue.tables import COHORT, COMPARATORS, PREDICTIONS, SELECTIONS
from radsurv.config import validate
from radsurv.errors import RadsurvError
from radsurv.report.experiment import Experiment
from radsurv.stages.compose import compose

RANDOM = StageRecord(weights=WeightsRecord(backbone="vgg19", weights="random"))


def test_everything_is_read_back(load, tables, qc, metrics, config, provenance, execution):
    experiment = load()
    assert experiment.config == config
    assert experiment.metrics == metrics
    assert experiment.provenance == provenance
    assert experiment.execution.model_copy(update={"results": None}) == execution
    pd.testing.assert_frame_equal(experiment.qc, qc)
    for entry, table in tables.items():
        pd.testing.assert_frame_equal(experiment.table(entry), table)


@pytest.mark.parametrize(
    "override",
    ["model=rsf", "search=optuna", "reduction=none", "validation=bootstrap", "transforms=none", "tracking=none"],
)
def test_any_alternative_is_read_back(load, configured, override):
    config = configured(override)
    assert load(config=config).config == config


def test_nothing_tells_of_the_machines_of_a_cluster(load, configured):
    there = configured("compute=dask", "compute.address=tcp://node7.hospital:8786")
    assert load(config=there).config == configured("compute=dask")
    jobs = configured("compute=slurm", "compute.account=lab7", "compute.jobs=3")
    assert load(config=jobs).config == configured("compute=slurm", "compute.jobs=3")


def test_tables_may_be_absent_or_have_no_rows(load, configured):
    nothing = dict.fromkeys(
        ("cohort", "qc", "predictions", "selections", "folds", "metrics", "provenance", "execution")
    )
    experiment = load(**nothing)
    assert experiment.qc is experiment.table(COHORT) is experiment.table(PREDICTIONS) is None
    assert (experiment.metrics, experiment.provenance, experiment.n_repeats) == ({}, Provenance(), 0)
    with pytest.raises(RadsurvError, match="no predictions"):
        experiment.first_repeat()
    empty = pd.DataFrame(columns=list(COMPARATORS.columns))
    assert load(comparators=empty).table(COMPARATORS) is None
    # That no feature survived is a result.
    selections = load(selections=pd.DataFrame(columns=list(SELECTIONS.columns))).table(SELECTIONS)
    assert selections is not None
    assert selections.empty


def test_how_a_run_went_is_not_told_of_other_results(make_run, execution):
    """DVC puts the results of an earlier run back, and leaves the record of the latest."""
    run_dir = make_run()
    assert Experiment.load(run_dir).execution.recorded
    made = (run_dir / "metrics.json").read_text()
    (run_dir / "metrics.json").write_text(made.replace("0.67", "0.66"))
    assert Experiment.load(run_dir).execution == Execution()
    (run_dir / "metrics.json").write_text(made)
    assert Experiment.load(run_dir).execution.date == execution.date
    (run_dir / "execution.json").unlink()
    assert not Experiment.load(run_dir).execution.recorded


def test_a_folder_without_configuration_is_no_run(tmp_path):
    with pytest.raises(RadsurvError, match=r"no config\.yaml"):
        Experiment.load(tmp_path)


def test_a_folder_that_a_run_was_stopped_in_replacing_is_not_taken_for_one_run(make_run):
    run_dir = make_run()
    (run_dir / REPLACING).write_text("{}")
    with pytest.raises(
        RadsurvError, match=r"holds files of two runs, as being_replaced\.json in it says: run it again"
    ):
        Experiment.load(run_dir)


def test_a_folder_of_another_version_is_refused_in_one_sentence(make_run):
    run_dir = make_run()
    faults = {
        "config.yaml": (lambda text: text.replace("attribution:", "inside:"), "attribution, inside"),
        "metrics.json": (lambda text: text.replace('"harrell_c"', '"old_c"'), "there is no metric 'old_c'"),
        "provenance.json": (lambda text: text.replace('"radiomics": {', '"rois": {'), "stages"),
    }
    for name, (spoil, said) in faults.items():
        path, text = run_dir / name, (run_dir / name).read_text()
        assert spoil(text) != text
        path.write_text(spoil(text))
        with pytest.raises(RadsurvError, match=rf"{name} is not what RadSurv .* writes.*{said}") as error:
            Experiment.load(run_dir)
        assert "\n" not in str(error.value)
        path.write_text(text)
    Experiment.load(run_dir)


@pytest.mark.parametrize("file", ["metrics.json", "qc.csv", "predictions.parquet"])
def test_a_damaged_file_is_named(make_run, file):
    run_dir = make_run()
    path = run_dir / file
    path.write_bytes(b'"' + path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RadsurvError, match=rf"{file} is damaged \(.*\): run the experiment again$"):
        Experiment.load(run_dir).table(PREDICTIONS)


@pytest.mark.parametrize("name", ["007", "NA", "1e3"])
def test_patients_keep_their_names(load, name):
    qc = pd.DataFrame([{"patient_id": name, "status": "included", "stage": "cohort", "reason": ""}])
    assert load(qc=qc).qc["patient_id"].tolist() == [name]


def test_numbers_that_are_not_finite_count_as_missing(make_run, metrics):
    run_dir = make_run()
    missing = {"harrell_c": float("nan"), "hazard_ratio": float("inf"), "log_rank_p": None}
    (run_dir / "metrics.json").write_text(json.dumps(metrics | missing))
    assert "NaN" in (run_dir / "metrics.json").read_text()
    loaded = Experiment.load(run_dir).metrics
    assert [loaded[name] for name in missing] == [None, None, None]
    assert json.dumps(loaded, allow_nan=False)


def test_simulated_by_cohort_or_by_metric(load, cohort, metrics):
    assert not load().simulated
    assert load(cohort=cohort.assign(simulated=True)).simulated
    assert not load(cohort=cohort.assign(simulated=False)).simulated
    assert load(metrics=metrics | {"simulated": 1}).simulated


def test_random_weights_by_configuration_or_by_provenance(load, configured):
    random = ("backbone=vgg19", "backbone.weights=random")
    assert not load().random_weights
    assert load(config=configured(*random)).random_weights
    assert load(provenance=Provenance(stages={"deep": RANDOM})).random_weights
    # A ready feature table never meets the configured network, nor does a run without one.
    assert not load(config=configured(*random, "cohort.features=features.csv")).random_weights
    assert not load(config=configured("backbone=none", "backbone.weights=random")).random_weights


def test_first_repeat_has_each_patient_once(load, predictions):
    again = pd.concat([predictions.assign(repeat=1, risk=-predictions["risk"]), predictions])
    experiment = load(predictions=again)
    assert experiment.n_repeats == 2
    pd.testing.assert_frame_equal(experiment.first_repeat().reset_index(drop=True), predictions)


@pytest.mark.parametrize(("coefficients", "there"), [([0.5, 0.0], True), ([np.nan, np.nan], False), ([], True)])
def test_what_an_applied_model_gave_says_whether_it_has_coefficients(coefficients, there):
    """Whatever `model` of this run is: it plays no part."""
    selected = pd.DataFrame({"coefficient": np.array(coefficients, dtype=float)})
    config = validate(compose(["validation=external", "validation.model=m.json", "model=gbs"]))
    assert Experiment(config, read=lambda entry: selected if entry is SELECTIONS else None).has_coefficients == there
