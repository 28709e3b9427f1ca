"""A run with covariates, from the tables to the page."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.stages import METRICS, MODEL
from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.compose import compose

OPTIONS = (
    "cohort.table=clinical.csv", "cohort.features=features.csv", "tracking=none", "reduction.cindex=0.6",
    "validation=repeated_kfold", "validation.n_splits=3", "validation.repeats=2",
    "comparison=none", "model.n_lambda=20", "compute.n_jobs=1",
)  # fmt: skip
SHUFFLES = ("significance.permutations=19",)
COVARIATES = "cohort.covariates=[age,grade]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root, generator, n = tmp_path_factory.mktemp("added"), np.random.default_rng(3), 48
    age, image = generator.normal(60, 9, n).round(), generator.normal(size=(n, 6))
    grade = generator.choice(["2", "3", "4"], n)
    hazard = 0.1 * (age - 60) + 2 * image[:, 0]
    time = np.ceil(20 * generator.exponential(np.exp(-hazard))) + 1
    ids = [f"P{number:02d}" for number in range(n)]
    clinical = {"patient_id": ids, "time": time, "event": (generator.random(n) < 0.8).astype(int), "age": age}
    pd.DataFrame({**clinical, "grade": [f"g{one}" for one in grade]}).to_csv(root / "clinical.csv", index=False)
    features = pd.DataFrame(image, columns=[f"f{number}" for number in range(6)])
    features.insert(0, "patient_id", ids)
    features.to_csv(root / "features.csv", index=False)
    return root


def run(folder, monkeypatch, *options, shuffles=SHUFFLES):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("radsurv.report.html.render", lambda experiment: "page")
    pipeline.run(validate(compose([*OPTIONS, *shuffles, *options])))
    return json.loads(Path("results", METRICS).read_text("utf-8"))


def test_the_numbers_of_the_contract(folder, monkeypatch):
    metrics = run(folder, monkeypatch, COVARIATES, "significance.refits=20")
    assert metrics["added_value_delta_c_low"] < metrics["added_value_delta_c"] < metrics["added_value_delta_c_high"]
    assert metrics["added_value_delta_c"] > 0
    assert metrics["added_value_delta_c_refit_low"] < metrics["added_value_delta_c_low"]
    assert metrics["added_value_delta_c_refit_high"] > metrics["added_value_delta_c_high"]
    assert metrics["harrell_c_refit_low"] < metrics["harrell_c_low"] < metrics["harrell_c"]
    assert metrics["hazard_ratio_refit_low"] < metrics["hazard_ratio"] < metrics["hazard_ratio_refit_high"]
    assert metrics["refit_count"] == 20
    assert 0.05 <= metrics["added_value_p"] < 1
    assert metrics["added_value_delta_brier"] < 0
    assert {"added_value_delta_uno_c", "added_value_delta_mean_auc"} <= metrics.keys()
    model = json.loads(Path("results", MODEL).read_text("utf-8"))
    assert model["config"]["model"]["clinical"] == "unpenalised"
    block = [name for name in model["model"]["features"] if name.startswith("clinical_")]
    assert model["model"]["features"][:3] == block
    assert all(model["model"]["coefficients"][:3])
    chosen = pd.read_parquet("results/selections.parquet")
    assert (chosen[chosen["feature"] == "clinical_age"]["coefficient"] > 0).sum() == 6


@pytest.mark.parametrize(
    "options", [(), (COVARIATES, "model.clinical=none"), (COVARIATES, "significance.added_value=false")]
)
def test_where_it_is_not_tested(folder, monkeypatch, options):
    assert not [name for name in run(folder, monkeypatch, *options) if "added_value" in name]


def test_limits_from_refits_need_no_permutation_test(folder, monkeypatch):
    metrics = run(folder, monkeypatch, shuffles=("significance=naive", "significance.refits=20"))
    assert metrics["harrell_c_refit_low"] < metrics["harrell_c"] < metrics["harrell_c_refit_high"]
    assert "permutation_p" not in metrics


@pytest.mark.slow
def test_simpler_models_are_asked_the_same_on_request(folder, monkeypatch):
    """From the options to table and metrics; the resamples are those of the experiment's own limits."""
    asked = ("comparison.models=[clinical,radiomics_clinical]", "comparison.permutations=19", "comparison.refits=20")
    metrics = run(
        folder, monkeypatch, "significance.within=none", "comparison.within=none", "significance.refits=20", *asked
    )
    table = pd.read_parquet("results/comparators.parquet").set_index("comparator")
    assert (table["reason"] == "").all()
    for end in ("low", "high"):
        assert table.loc["experiment", f"harrell_c_refit_{end}"] == metrics[f"harrell_c_refit_{end}"]
    assert table.loc["radiomics_clinical", "gain_p"] == metrics["comparator_radiomics_clinical_gain_p"] == 0.05
    assert table.loc["clinical", "p"] == metrics["comparator_clinical_p"]
    assert "comparator_clinical_gain_p" not in metrics
    assert table.loc["radiomics_clinical", ["gain_c_refit_low", "delta_c_refit_high"]].notna().all()
