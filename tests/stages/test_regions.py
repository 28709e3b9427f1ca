"""Several regions per patient: each gives what it would give alone, side by side, and nobody is lost without a word."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.attribution import CHOSEN
from radsurv.stages.compose import compose
from radsurv.stages.occlusion_maps import occlusion_maps
from radsurv.stages.run_folder import RunFolder

pytestmark = pytest.mark.slow  # images to features, again and again

REGIONS = "cohort.regions={core: [1, 4], whole: [1, 2]}"
QUICK = ("tracking=none", "backbone=none", "compute.n_jobs=1", "roi.min_pixels=4", "cohort.min_patients=4")


@pytest.fixture
def eight(twelve):
    """Eight patients, with a core (label 1) in the left half of each outline and the rest of it (label 2); the last has no core."""
    table = pd.read_csv(twelve / "clinical.csv", dtype=str).head(8)
    table.to_csv(twelve / "clinical.csv", index=False)
    for number, name in enumerate(table["mask"]):
        mask = sitk.ReadImage(str(twelve / name))
        labels = sitk.GetArrayFromImage(mask).astype(np.uint8) * 2
        if number < 7:
            middle = int(np.median(np.nonzero(labels)[2]))
            labels[:, :, :middle][labels[:, :, :middle] > 0] = 1
        found = sitk.GetImageFromArray(labels)
        found.CopyInformation(mask)
        sitk.WriteImage(found, str(twelve / name))
    return twelve


@pytest.fixture
def run(eight, tmp_path):
    count = iter(range(9))

    def run(*overrides):
        folder = tmp_path / f"run{next(count)}"
        where = (
            f"cohort.table={eight / 'clinical.csv'}",
            f"run_dir={folder}",
            f"compute.cache_dir={tmp_path / 'cache'}",
        )
        pipeline.run(validate(compose([*where, *QUICK, *overrides])))
        return folder

    return run


def test_every_region_has_the_features_that_it_has_alone(run):
    both = run(REGIONS, "until=radiomics", "roi.perturbations=1")
    table = pd.read_parquet(both / "radiomics.parquet").set_index("patient_id")
    further = pd.read_parquet(both / "radiomics_readings.parquet").set_index("patient_id")
    columns = []
    for region, label in (("core", "1"), ("whole", "[1,2]")):
        alone = run(f"cohort.mask_label={label}", "until=radiomics", "roi.perturbations=1")
        expected = pd.read_parquet(alone / "radiomics.parquet").set_index("patient_id").loc[table.index]
        pd.testing.assert_frame_equal(
            table[[f"{region}_{name}" for name in expected]], expected.add_prefix(f"{region}_")
        )
        varied = pd.read_parquet(alone / "radiomics_readings.parquet").set_index("patient_id").loc[further.index]
        varied.columns = ["reading", *(f"{region}_{name}" for name in expected)]
        pd.testing.assert_frame_equal(further[varied.columns.tolist()], varied)
        columns += [f"{region}_{name}" for name in expected]
        if region == "core":  # the one that stands for the patient
            assert (both / "outlines.parquet").read_bytes() == (alone / "outlines.parquet").read_bytes()
    assert table.columns.tolist() == columns
    assert len(table) == len(further) == 7
    qc = pd.read_csv(both / "qc.csv", keep_default_na=False)
    (reason,) = qc.loc[qc["status"] == "excluded", "reason"]
    assert reason.startswith("region core: ")
    assert reason.endswith("has no label 1 or 4, only 2; change cohort.regions.core")


def test_one_region_is_the_tumour_under_another_name(run):
    named, alone = (
        run("cohort.regions={all: [1, 2]}", "until=radiomics"),
        run("cohort.mask_label=[1,2]", "until=radiomics"),
    )
    expected = pd.read_parquet(alone / "radiomics.parquet")
    found = pd.read_parquet(named / "radiomics.parquet")
    assert found.columns.tolist() == ["patient_id", *(f"all_{name}" for name in expected.columns[1:])]
    np.testing.assert_array_equal(found.iloc[:, 1:], expected.iloc[:, 1:])
    index = pd.read_parquet(named / "rois/index.parquet")
    pd.testing.assert_frame_equal(
        index.drop(columns=["part", "file"]), pd.read_parquet(alone / "rois/index.parquet").drop(columns="file")
    )


NETWORK = ("backbone=torchvision", "backbone.name=squeezenet1_1", "backbone.weights=random", "patch.size=64")
DEEP = (*NETWORK, "radiomics=none", "compute.accelerator=cpu", "until=deep", "attribution.cells=4")


def maps(folder, features):
    """Of one patient, what covering parts of the patch does to some features."""
    config = validate(compose([f"run_dir={folder}", f"compute.cache_dir={folder / 'maps'}", *QUICK, *DEEP]))
    patient = pd.read_parquet(folder / "deep.parquet")["patient_id"].iloc[0]
    rows = [(feature, "highest", 0, patient, 1.0, 1.0) for feature in features]
    table, _ = occlusion_maps(config, config.attribution, RunFolder(folder), pd.DataFrame(rows, columns=list(CHOSEN)))
    return table.set_index("feature")


def test_deep_features_and_what_they_look_at(run):
    both = run(REGIONS, *DEEP)
    table = pd.read_parquet(both / "deep.parquet").set_index("patient_id")
    name = "squeezenet1_1_penultimate_0004"
    seen = maps(both, [f"core_{name}", f"whole_{name}"])
    for region, label in (("core", "1"), ("whole", "[1,2]")):
        alone = run(f"cohort.mask_label={label}", *DEEP)
        expected = pd.read_parquet(alone / "deep.parquet").set_index("patient_id").loc[table.index]
        expected = expected.add_prefix(f"{region}_")
        pd.testing.assert_frame_equal(table[expected.columns.tolist()], expected)
        own = maps(alone, [name]).loc[name]
        for column in ("section", "patch", "outline", "effect"):
            np.testing.assert_array_equal(seen.loc[f"{region}_{name}", column], own[column])
    assert not np.array_equal(seen["patch"].iloc[0], seen["patch"].iloc[1])
