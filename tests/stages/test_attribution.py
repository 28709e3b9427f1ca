"""Which features and patients are looked at, what covering does to them, and every way of having nothing to show."""

import shutil

import numpy as np
import pandas as pd
import pytest

import conf
from radsurv.catalogue.tables import ATTRIBUTION
from radsurv.config import validate
from radsurv.deep.extract import extract
from radsurv.errors import WeightsError
from radsurv.stages import attribution, occlusion_maps, pipeline
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

QUICK = (
    *("tracking=none", "significance=naive", "radiomics=none", "compute.n_jobs=1", "compute.accelerator=cpu"),
    *("backbone=torchvision", "backbone.name=squeezenet1_1", "backbone.weights=random", "backbone.batch_size=8"),
    *("patch.size=64", "reduction.cindex=0.55", "reduction.pearson=0.95", "comparison=none", "until=attribution"),
    *("attribution.cells=4", "attribution.features=3", "validation.inner_splits=3", "model.n_lambda=20"),
)


@pytest.fixture(scope="module")
def finished(_twelve, tmp_path_factory):
    """A run up to `attribution`, which no test may change."""
    folder = tmp_path_factory.mktemp("attribution") / "run"
    pipeline.run(configured(_twelve, folder))
    return folder


def configured(cohort, folder, *overrides):
    where = (
        f"cohort.table={cohort / 'clinical.csv'}",
        f"run_dir={folder}",
        f"compute.cache_dir={folder.parent / 'cache'}",
    )
    return validate(compose([*where, *QUICK, *overrides]))


@pytest.fixture
def again(_twelve, finished, tmp_path):
    """The stage once more in a copy of the run, with its cache; returns its result and its table."""

    def again(*overrides, **sections):
        shutil.copytree(finished.parent, tmp_path / "copy")
        folder = RunFolder(tmp_path / "copy" / "run")
        config = configured(_twelve, folder.root, *overrides).model_copy(update=sections)
        result = attribution.run(config, folder)
        return result, pd.read_parquet(folder.path(ATTRIBUTION))

    return again


@pytest.mark.slow
def test_the_steadiest_features_and_the_patients_at_both_ends(finished):
    table, deep = pd.read_parquet(finished / "attribution.parquet"), pd.read_parquet(finished / "deep.parquet")
    selections = pd.read_parquet(finished / "selections.parquet")
    folds = selections.groupby("feature")["fold"].nunique()
    features = table["feature"].unique()
    assert len(features) == 3
    assert folds[features].min() >= folds.drop(features).max()
    values = deep.set_index("patient_id")
    for feature, rows in table.groupby("feature"):
        ordered = values[feature].sort_values()
        assert rows["end"].tolist() == ["highest", "highest", "lowest", "lowest"]
        assert rows["value"].tolist() == [ordered.iloc[-1], ordered.iloc[-2], ordered.iloc[0], ordered.iloc[1]]
        assert values.loc[rows["patient_id"], feature].tolist() == rows["value"].tolist()
        assert rows["spread"].tolist() == pytest.approx([values[feature].std()] * 4)


def test_the_effect_is_how_far_the_value_falls(finished):
    """Recomputed from the picture that is shown, which is rounded to 8 bits."""
    row = pd.read_parquet(finished / "attribution.parquet").iloc[0]
    patch = row["patch"].reshape(64, 64).astype(np.float32)
    pictures = {"whole": patch}
    for y in range(3):
        for x in range(3):
            pictures[f"{y}{x}"] = patch.copy()
            pictures[f"{y}{x}"][16 * y : 16 * y + 32, 16 * x : 16 * x + 32] = patch.mean()
    backbone = conf.backbone("squeezenet1_1", weights="random", batch_size=8)
    found = extract(pictures, backbone, conf.section("compute", accelerator="cpu"), seed=0)
    column = int(row["feature"].rpartition("_")[2])
    values = dict(zip(found.patient_ids, found.values[:, column], strict=True))
    assert values["whole"] == pytest.approx(row["value"], rel=0.02)
    effect = row["effect"].reshape(4, 4)
    largest = np.abs(effect).max()
    assert largest > 0
    assert effect[0, 0] == pytest.approx(values["whole"] - values["00"], abs=0.05 * largest)
    assert effect[3, 0] == pytest.approx(values["whole"] - values["20"], abs=0.05 * largest)
    middle = np.mean([values[f"{y}{x}"] for y in (1, 2) for x in (0, 1)])
    assert effect[2, 1] == pytest.approx(values["whole"] - middle, abs=0.05 * largest)
    outline = row["outline"].reshape(64, 64)
    assert outline.any(axis=0).all()  # the patch is the rectangle that encloses it
    assert outline.any(axis=1).all()


def test_from_the_cache_the_same_bytes(finished, again):
    result, table = again()
    assert result.summary.endswith(f"{table['patient_id'].nunique()} from the cache")
    pd.testing.assert_frame_equal(table, pd.read_parquet(finished / "attribution.parquet"))
    # What is said of the results does not hang on the cache.
    assert ["RANDOM weights" in note for note in result.record.notes] == [True]
    assert result.run_notes == []


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ({"attribution": conf.section("attribution", "none")}, "attribution=none"),
        ({"backbone": conf.section("backbone", "none")}, "no backbone"),
        ({"cohort": conf.section("cohort", features="x.csv")}, "brings its features"),
    ],
    ids=["off", "no backbone", "ready features"],
)
def test_nothing_to_look_into(again, section, reason):
    result, table = again(**section)
    assert result.summary.startswith("skipped: ")
    assert reason in result.summary
    assert table.columns.tolist() == list(ATTRIBUTION.columns)
    assert table.empty


def test_no_deep_feature_survived(again, monkeypatch):
    monkeypatch.setattr(attribution, "steadiest", lambda *_: [])
    result, table = again()
    assert result.record.notes == ["no deep feature survived reduction in any fold: there are no maps of them"]
    assert table.empty


def test_without_weights_a_finished_evaluation_goes_on(again, monkeypatch):
    def missing(*_, **__):
        raise WeightsError("the weights are not on this machine")

    monkeypatch.setattr(occlusion_maps, "extract", missing)
    result, table = again("attribution.cells=5")
    assert result.record.notes == ["maps of deep features left out: the weights are not on this machine"]
    assert table.empty


def test_more_patients_than_there_are(again):
    result, table = again("attribution.features=1", "attribution.patients=50")
    assert len(table) == 12
    assert table["patient_id"].nunique() == 12
    assert "1 deep feature in 12 patients" in result.summary


def test_of_features_that_survive_equally_often_the_weightier_is_shown():
    """As in a finished model, where every feature survived once."""
    rows = pd.DataFrame({"feature": ["a", "b", "c", "d"], "coefficient": [0.1, -0.4, 0.2, 0.2]})
    assert attribution.steadiest(rows, 3) == ["b", "c", "d"]
    trees = rows.assign(coefficient=float("nan"))
    assert attribution.steadiest(trees, 2) == ["a", "b"]
