"""The volume that an experiment is held against: that of the whole outline, or a column of a ready table."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radsurv.config import validate
from radsurv.features.feature_table import complete
from radsurv.stages import compare, pipeline
from radsurv.stages.analysis import Analysis
from radsurv.stages.compose import compose
from radsurv.validation.comparator_choice import OUTLINE_VOLUME
from radsurv.validation.patients import patients_of

QUICK = ("tracking=none", "backbone=none", "compute.n_jobs=1", "reduction.cindex=0.6", "until=compare")


@pytest.fixture
def run(twelve, tmp_path):
    """Run on the twelve patients up to `compare`; returns the folder."""

    def run(name: str, *overrides: str) -> Path:
        where = (
            f"cohort.table={twelve / 'clinical.csv'}",
            f"run_dir={tmp_path / name}",
            f"compute.cache_dir={tmp_path / 'cache'}",
        )
        only = ("comparison.models=[volume,radiomics]", "comparison.kfold=false")
        pipeline.run(validate(compose([*where, *QUICK, *only, *overrides])))
        return tmp_path / name

    return run


def comparator(folder: Path, name: str) -> pd.Series:
    return pd.read_parquet(folder / "comparators.parquet").set_index("comparator").loc[name]


def trace_more(mask: Path) -> None:
    """One more voxel in a section that holds outline, but not the most."""
    image = sitk.ReadImage(str(mask))
    array = sitk.GetArrayFromImage(image)
    counts = np.count_nonzero(array, axis=(1, 2))
    smaller = int(np.flatnonzero((counts > 0) & (counts < counts.max() - 1))[0])
    free = np.argwhere(array[smaller] == 0)[0]
    array[smaller, free[0], free[1]] = 1
    changed = sitk.GetImageFromArray(array)
    changed.CopyInformation(image)
    sitk.WriteImage(changed, str(mask))


@pytest.mark.slow
def test_of_images_it_is_the_volume_of_the_whole_outline_and_no_feature_of_the_experiment(run, twelve):
    """The numbers are those of a ready table that holds this volume."""
    of_images = run("images")
    row = comparator(of_images, "volume")
    assert row["features"] == "Cox regression on the volume of the whole outline"
    assert comparator(of_images, "radiomics")["reason"] == "the features of the experiment itself"
    assert OUTLINE_VOLUME not in set(pd.read_parquet(of_images / "selections.parquet")["feature"])
    assert "whole outline" not in json.dumps(json.loads((of_images / "model.json").read_text("utf-8")))

    ready = pd.read_parquet(of_images / "outlines.parquet").rename(columns={"volume_mm3": "original_shape_VoxelVolume"})
    ready.assign(original_shape_Sphericity=np.arange(12) % 5).to_csv(twelve / "features.csv", index=False)
    of_table = run("table", f"cohort.features={twelve / 'features.csv'}", "reduction=none", "model=cox")
    same = comparator(of_table, "volume")
    assert same["features"] == "Cox regression on original_shape_VoxelVolume"
    numbers = ["harrell_c", "harrell_c_low", "harrell_c_high", "hazard_ratio", "n_features"]
    assert row[numbers].tolist() == same[numbers].tolist()


@pytest.mark.slow
def test_what_is_traced_in_other_sections_moves_it_and_nothing_else(run, twelve):
    before = run("before")
    masks = sorted((twelve / "masks").iterdir())
    for mask in masks[:4]:
        trace_more(mask)
    after = run("after")
    changed = pd.read_parquet(after / "outlines.parquet") != pd.read_parquet(before / "outlines.parquet")
    assert changed["volume_mm3"].tolist() == [True] * 4 + [False] * 8
    for table in ("radiomics", "predictions", "selections", "folds"):
        assert (after / f"{table}.parquet").read_bytes() == (before / f"{table}.parquet").read_bytes(), table


def test_it_needs_no_hand_crafted_features(run):
    folder = run("covariates", "radiomics=none", "cohort.covariates=[age]", "reduction=none", "model=cox")
    assert comparator(folder, "volume")["features"] == "Cox regression on the volume of the whole outline"
    assert comparator(folder, "radiomics")["reason"] == "there are no radiomics features"


def test_covariates_are_encoded_as_the_experiment_encodes_them():
    """By the most frequent label of the whole cohort, of whom two lack features here: among the others it is another one."""
    cohort = pd.DataFrame({"patient_id": list("abcde"), "sex": list("FFFMM"), "time": 1.0, "event": True})
    features = complete(pd.DataFrame({"patient_id": list("cde"), "f": [1.0, 2.0, 3.0]}), 0.1)
    analysis = Analysis(patients_of(features.table, cohort), cohort, features)
    clinical, reason, without = compare._clinical(validate(compose(["cohort.covariates=[sex]"])), analysis)
    assert (reason, without) == ("", "")
    assert clinical.to_dict("list") == {"patient_id": list("cde"), "clinical_sex_M": [0.0, 1.0, 1.0]}


def test_an_age_that_some_lack_is_left_out_of_simpler_models_and_named():
    cohort = pd.DataFrame(
        {"patient_id": list("abc"), "sex": list("FFM"), "age": [50.0, np.nan, 60.0], "time": 1.0, "event": True}
    )
    features = complete(pd.DataFrame({"patient_id": list("abc"), "f": [1.0, 2.0, 3.0]}), 0.1)
    analysis = Analysis(patients_of(features.table, cohort), cohort, features)
    clinical, reason, without = compare._clinical(validate(compose(["cohort.covariates=[sex]"])), analysis)
    assert (list(clinical), reason) == (["patient_id", "clinical_sex_M"], "")
    assert without == "clinical_age: missing clinical_age for 1 of 3 patients"
