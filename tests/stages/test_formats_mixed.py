"""One cohort in several formats: the features are those of the same images in one format, to the last bit."""

import dicom_files
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.compose import compose

ORIGIN, SPACING = np.array([-60.0, -50.5, 12.0]), (0.5, 0.5, 5.0)  # exact in any format


@pytest.fixture
def cohort(twelve):
    """The twelve patients, with a voxel size that NIfTI's floats and DICOM's text hold to the last bit."""
    for path in [*twelve.glob("images/*"), *twelve.glob("masks/*")]:
        image = sitk.ReadImage(str(path))
        image.SetSpacing(SPACING)
        image.SetOrigin(ORIGIN.tolist())
        image.SetDirection(np.eye(3).ravel().tolist())
        sitk.WriteImage(image, str(path))
    return twelve


@pytest.fixture
def run(cohort, tmp_path):
    def run(name, *overrides):
        where = (f"cohort.table={cohort / 'clinical.csv'}", f"run_dir={tmp_path / name}", "until=radiomics")
        quick = ("tracking=none", "backbone=none", "compute.n_jobs=1", f"compute.cache_dir={tmp_path / name}_cache")
        pipeline.run(validate(compose([*where, *quick, *overrides])))
        return tmp_path / name

    return run


def arrays(cohort, number):
    files = (str(cohort / kind / f"SIMULATED-{number:03d}.nii.gz") for kind in ("images", "masks"))
    image, mask = (sitk.GetArrayFromImage(sitk.ReadImage(path)) for path in files)
    return image, mask != 0


def at(z):
    return ORIGIN + np.array([0, 0, 5.0 * z])


def as_series(cohort, number, name="T1"):
    folder = cohort / "dicom" / f"{number}"
    for z, pixels in enumerate(arrays(cohort, number)[0]):
        section = dicom_files.section(pixels, at(z), f"{name} {number}", PixelSpacing=[*SPACING[:2]], SliceThickness=5)
        dicom_files.save(folder / f"{dicom_files.uid(number, z)[-9:]}.dcm", section)
    return str(folder.relative_to(cohort))


def as_contours(cohort, number):
    """A rectangle around every run of voxels in a row."""
    rectangles = []
    for z, y in np.argwhere(arrays(cohort, number)[1].any(axis=2)):
        row = np.concatenate([[0], arrays_row(cohort, number, z, y), [0]])
        for left, right in np.flatnonzero(np.diff(row)).reshape(-1, 2):
            corners = [(left - 0.5, y - 0.5), (right - 0.5, y - 0.5), (right - 0.5, y + 0.5), (left - 0.5, y + 0.5)]
            rectangles.append([at(z) + np.array([0.5 * x, 0.5 * row_at, 0]) for x, row_at in corners])
    return dicom_files.contours(cohort / "masks" / f"{number}.dcm", {"Couch": [], "GTV": rectangles})


def arrays_row(cohort, number, z, y):
    return arrays(cohort, number)[1][z, y].astype(int)


def as_segmentation(cohort, number):
    mask = arrays(cohort, number)[1]
    frames = [(1, at(z), its) for z, its in enumerate(mask) if its.any()][::-1]
    brain = [(2, at(z), its) for z, its in enumerate(arrays(cohort, number)[0] > 0)]
    path = cohort / "masks" / f"{number}.dcm"
    return dicom_files.segmentation(path, [*brain, *frames], ["GTV", "Brain"], spacing=SPACING[:2], apart=5.0)


@pytest.mark.slow
def test_a_mixed_cohort_has_the_features_of_its_images(cohort, run):
    table = pd.read_csv(cohort / "clinical.csv", dtype=str).set_index("patient_id", drop=False)
    plain = run("plain")
    for number in (1, 2, 3, 5):
        table.loc[f"SIMULATED-{number:03d}", "image"] = as_series(cohort, number)
    for number, write in ((1, as_contours), (2, as_segmentation), (4, as_segmentation)):
        table.loc[f"SIMULATED-{number:03d}", "mask"] = str(write(cohort, number).relative_to(cohort))
    for kind in ("images", "masks"):
        sitk.WriteImage(sitk.ReadImage(str(cohort / kind / "SIMULATED-006.nii.gz")), str(cohort / kind / "6.nrrd"))
    table.loc["SIMULATED-006", ["image", "mask"]] = ["images/6.nrrd", "masks/6.nrrd"]
    table.to_csv(cohort / "clinical.csv", index=False)
    mixed = run("mixed", "cohort.structure=GTV")
    for name in ("radiomics.parquet", "rois/index.parquet"):
        pd.testing.assert_frame_equal(pd.read_parquet(mixed / name), pd.read_parquet(plain / name), check_exact=True)
    qc = pd.read_csv(mixed / "qc" / "cohort.csv", keep_default_na=False)
    assert (qc["status"] == "included").sum() == 12

    # A patient whose series lacks a section, and one whose file holds several segments, are left out by name.
    sorted((cohort / "dicom" / "3").iterdir(), key=lambda path: path.name)[0].unlink()
    qc = pd.read_csv(run("spoilt", "cohort.min_patients=4") / "qc" / "cohort.csv", keep_default_na=False)
    reasons = qc[qc["status"] == "excluded"].set_index("patient_id")["reason"]
    assert set(reasons.index) >= {"SIMULATED-002", "SIMULATED-003", "SIMULATED-004"}
    assert reasons["SIMULATED-002"].startswith("2.dcm holds 2 structures (1 'GTV', 2 'Brain'); expected one")
    assert not qc["reason"].str.contains("SECRET").any()
    assert set(qc["patient_id"]) == set(table["patient_id"])
