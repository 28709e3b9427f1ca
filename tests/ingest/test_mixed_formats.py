"""Real DICOM with RTSTRUCT, real DICOM with DICOM-SEG, NIfTI and NRRD in one folder: ingest, check, and a run to the report."""

import shutil

import numpy as np
import pandas as pd
import pydicom
import pytest
import SimpleITK as sitk
from skimage.draw import polygon2mask

from radsurv.cli import main
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient

pytestmark = pytest.mark.slow  # from the folder to the report

QUICK = ("backbone=none", "tracking=none", "significance=naive", "compute.n_jobs=1")


@pytest.fixture
def folder(twelve, shared, tmp_path, monkeypatch):
    """Twelve simulated patients, two of them in NRRD, and the two real ones, a folder for each; and the clinical table."""
    monkeypatch.chdir(tmp_path)
    rows = pd.read_csv(twelve / "clinical.csv")[["patient_id", "time", "event"]]
    for number, patient in enumerate(rows["patient_id"]):
        own = tmp_path / "mixed" / patient
        own.mkdir(parents=True)
        for kind, name in (("images", "T1"), ("masks", "seg")):
            path = twelve / kind / f"{patient}.nii.gz"
            if number < 2:
                sitk.WriteImage(sitk.ReadImage(str(path)), str(own / f"{name}.nrrd"))
            else:
                shutil.copy(path, own / f"{name}.nii.gz")
    for patient, image, mask in (("RT", "image", "mask/RS.dcm"), ("SEG", "image_dce_ser", "mask/1-1.dcm")):
        source = shared / "images" / ("dicom_rtstruct" if patient == "RT" else "dicom_seg")
        shutil.copytree(source / image, tmp_path / "mixed" / patient / "T1")
        shutil.copy(source / mask, tmp_path / "mixed" / patient / "outline.dcm")
    real = pd.DataFrame({"patient_id": ["RT", "SEG"], "time": [150, 420], "event": 1})
    pd.concat([rows, real]).to_csv("clinical.csv", index=False)
    return tmp_path


def rasterised(series, structure):
    """skimage's filling of the contours, and the volume of a voxel in mm³, by pydicom alone."""
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in series.iterdir()]
    first = headers[0]
    x, y = np.array(first.ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(x, y)
    headers.sort(key=lambda header: float(normal @ np.array(header.ImagePositionPatient, float)))
    corners = np.array([header.ImagePositionPatient for header in headers], float)
    places, edges = corners @ normal, np.array(first.PixelSpacing, float)
    mask = np.zeros((len(headers), first.Rows, first.Columns), bool)
    for contour in pydicom.dcmread(structure).ROIContourSequence[0].ContourSequence:
        points = np.array(contour.ContourData, float).reshape(-1, 3)
        z = int(np.argmin(np.abs(places - points[0] @ normal)))
        beside = points - corners[z]
        mask[z] ^= polygon2mask(mask.shape[1:], np.column_stack([beside @ y / edges[0], beside @ x / edges[1]]))
    return mask, edges.prod() * np.diff(places).mean()


def from_frames(series, segmentation):
    """The frames as pydicom decodes them, and the volume of a voxel in mm³."""
    given = pydicom.dcmread(segmentation)
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in series.iterdir()]
    x, y = np.array(headers[0].ImageOrientationPatient, float).reshape(2, 3)
    places = sorted(float(np.cross(x, y) @ np.array(header.ImagePositionPatient, float)) for header in headers)
    mask = np.zeros((len(places), headers[0].Rows, headers[0].Columns), bool)
    for groups, pixels in zip(given.PerFrameFunctionalGroupsSequence, given.pixel_array, strict=True):
        place = np.cross(x, y) @ np.array(groups.PlanePositionSequence[0].ImagePositionPatient, float)
        mask[int(np.argmin(np.abs(np.array(places) - place)))] = pixels == 255
    return mask, np.array(headers[0].PixelSpacing, float).prod() * np.diff(places).mean()


def test_a_mixed_cohort_goes_from_the_folder_to_the_report(folder, capfd):
    ingest = ["ingest", "mixed", "--clinical", "clinical.csv", "--out", "proposed", "--image", "*T1*"]
    assert main(ingest) == 0, capfd.readouterr().err
    given = ["--config-dir=proposed", "--config-name=cohort", *QUICK]
    assert main(["check", *given, "run_dir=looked"]) == 0, capfd.readouterr().out
    assert main(["run", *given]) == 0, capfd.readouterr().err
    cohort = pd.read_csv("proposed/clinical.csv").set_index("patient_id")
    assert len(cohort) == 14
    for table in ("cohort", "radiomics", "predictions"):
        assert set(pd.read_parquet(f"results/{table}.parquet")["patient_id"]) == set(cohort.index), table
    assert (folder / "results/report.html").stat().st_size > 100_000
    volumes = pd.read_parquet("results/outlines.parquet").set_index("patient_id")["volume_mm3"]
    for patient, independent in (("RT", rasterised), ("SEG", from_frames)):
        image, outline = (folder / "proposed" / cohort.loc[patient, column] for column in ("image", "mask"))
        expected, voxel_mm3 = independent(image, outline)
        assert volumes[patient] == pytest.approx(expected.sum() * voxel_mm3, rel=0.01), patient
        loaded = load_patient(Patient(patient, {"image": image}, {"mask": outline}), Requirements())
        traced = loaded.outlines[0].mask.array
        assert 2 * np.count_nonzero(traced & expected) / (traced.sum() + expected.sum()) >= 0.98, patient
