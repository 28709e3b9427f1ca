"""Imputation and ComBat from the command line to the model file, and on to another hospital."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv.cli import main
from radsurv.config import validate
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.stages import pipeline
from radsurv.stages.compose import compose

QUICK = (
    *("tracking=none", "reduction.cindex=0.55", "reduction.max_missing=0.3", "significance=naive", "comparison=none"),
    *("validation=repeated_kfold", "validation.n_splits=3", "validation.repeats=1", "until=evaluate"),
    *("transforms=imputation_combat", "transforms.imputation.indicator=[f1]", "cohort.covariates=[age]"),
)


def make_cohort(folder: Path, sites: list[str], seed: int) -> None:
    """Forty patients; the second site's scanner shifts and stretches all features; some values are missing."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(40, 6))
    site = np.array([sites[number % len(sites)] for number in range(40)])
    time = np.exp(5 - values[:, 0] + 0.5 * generator.normal(size=40)).round() + 1
    values[site == "B"] = 3 + 2 * values[site == "B"]
    values[[3, 17], 0] = np.nan
    values[[5, 6, 30], 1] = np.nan
    ids = [f"{folder.name}{number:02d}" for number in range(40)]
    folder.mkdir()
    age = pd.Series(generator.integers(30, 80, 40), dtype=float)
    age[8] = np.nan
    event = (generator.random(40) < 0.8).astype(int)
    table = pd.DataFrame({"patient_id": ids, "time": time, "event": event, "site": site, "age": age})
    table.to_csv(folder / "clinical.csv", index=False)
    features = pd.DataFrame(values, columns=[f"f{number}" for number in range(6)])
    features.insert(0, "patient_id", ids)
    features.to_csv(folder / "features.csv", index=False)


def options(cohort: str, *overrides: str) -> list[str]:
    return [f"cohort.table={cohort}/clinical.csv", f"cohort.features={cohort}/features.csv", *QUICK, *overrides]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("transforms")
    make_cohort(root / "one", ["A", "B"], 1)
    make_cohort(root / "two", ["A", "B", "C"], 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        pipeline.run(validate(compose(options("one", "run_dir=first"))))
        shutil.copy("first/model.json", "model.json")
    return root


@pytest.fixture
def here(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(shutil.copytree(trained, tmp_path / "copy"))


def read(path: str):
    return json.loads(Path(path).read_text("utf-8"))


def test_nobody_is_lost_and_the_effect_is_reported(here):
    metrics = read("first/metrics.json")
    assert (metrics["n_patients"], metrics["n_excluded"], metrics["n_features"], metrics["n_passed"]) == (40, 0, 8, 0)
    assert metrics["batch_predictability_before"] > 0.9  # a shift by three standard deviations
    assert metrics["batch_predictability_after"] < 0.6
    notes = read("first/provenance/evaluate.json")["notes"]
    assert any(
        "missing values: median of the training set, indicators for f1, ComBat by site" in note for note in notes
    )
    assert any("a classifier tells the site" in note for note in notes)


def test_every_worker_count_gives_the_same_bytes(here):
    pipeline.run(validate(compose(options("one", "run_dir=again", "compute.n_jobs=1"))))
    for name in ("predictions", "selections", "folds"):
        assert Path(f"again/{name}.parquet").read_bytes() == Path(f"first/{name}.parquet").read_bytes()


def test_without_imputation_combat_says_what_to_switch_on(here):
    """Without it a patient with a missing value is left out, by name, before any training set is made."""
    pipeline.run(validate(compose(options("one", "run_dir=combat", "transforms.steps=[combat]"))))
    assert read("combat/metrics.json")["n_excluded"] == 6
    with pytest.raises(ConfigError, match="the transform imputation has no options: choose transforms=imputation"):
        validate(compose(["transforms=none", "transforms.steps=[imputation]"]))


def external(*overrides: str) -> list[str]:
    kept = [one for one in options("two", *overrides) if not one.startswith("validation")]
    return [*kept, "validation=external", "validation.model=model.json", "run_dir=second"]


def by_hand() -> pd.Series:
    """Risk of cohort two from nothing but the tables and model.json: median, batch effect, z-score, weight."""
    stored = read("model.json")
    imputation, combat = stored["transforms"]
    clinical, features = pd.read_csv("two/clinical.csv"), pd.read_csv("two/features.csv")
    features["clinical_age"] = clinical["age"]
    measured = features[stored["inputs"]]
    assert imputation["names"] == stored["inputs"]
    filled = measured.fillna(dict(zip(imputation["names"], imputation["medians"], strict=True)))
    for name in imputation["indicators"]:
        filled[f"{name}_missing"] = measured[name].isna() * 1.0
    harmonised = filled[combat["names"]].copy()
    for position, name in enumerate(combat["names"]):
        mean, sd = combat["mean"][position], combat["sd"][position]
        for which, batch in enumerate(combat["batches"]):
            own = (clinical["site"] == batch).to_numpy()
            z = (filled.loc[own, name] - mean) / sd
            shift, scale = combat["shift"][which][position], combat["scale"][which][position]
            harmonised.loc[own, name] = (z - shift) / scale * sd + mean
    model = stored["model"]
    parts = zip(model["features"], model["mean"], model["sd"], model["coefficients"], strict=True)
    return sum((harmonised[name] - mean) / sd * weight for name, mean, sd, weight in parts)


def test_the_policy_is_the_models(here):
    """An unknown site is an error, whatever the run on the other cohort would like."""
    with pytest.raises(TrainingSetError, match="site=C"):
        pipeline.run(validate(compose(external("transforms.combat.unseen=pass"))))


def test_a_new_site_passes_where_the_model_lets_it(here):
    pipeline.run(validate(compose(options("one", "run_dir=first", "transforms.combat.unseen=pass"))))
    shutil.copy("first/model.json", "model.json")
    pipeline.run(validate(compose(external("transforms.combat.unseen=pass"))))
    found = pd.read_parquet("second/predictions.parquet")
    np.testing.assert_allclose(found["risk"], by_hand(), rtol=1e-10, atol=1e-12)
    clinical = pd.read_csv("two/clinical.csv")
    passed = int((clinical["site"] == "C").sum())
    assert read("second/metrics.json")["n_passed"] == passed == 13


def test_a_misspelt_column_is_one_line(here, capsys):
    assert main(["run", *options("one", "run_dir=other", "transforms.combat.batch=scanner")]) == 1
    assert "the cohort table has no column 'scanner'" in capsys.readouterr().err
