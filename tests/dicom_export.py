"""A folder of DICOM as an archive exports it, and the clinical table beside it, of simulated patients.

`COLLECTION/PATIENT/DATE-STUDY-NUMBER/NUMBER-SERIES-NUMBER/1-01.dcm`: a series of contrast-enhanced T1, one of FLAIR, and an
RTSTRUCT. The table has the columns of GDC. What a real export has, too: a patient whose outline nobody drew, one of whom
nothing is known, one whose series lacks a section, and one in the table of whom there is no image.
"""

from __future__ import annotations

from pathlib import Path

import dicom_files
import numpy as np
import pandas as pd
import pydicom
import SimpleITK as sitk
from jaxtyping import Bool
from skimage import measure

NO_OUTLINE, NO_FOLLOW_UP, LACKS_A_SECTION = 5, 8, 11  # numbers of patients
T1, FLAIR, OUTLINE = "8.000000-AX T1 POST GD-41207", "5.000000-AX T2 FLAIR-38841", "1.000000-GTV-60012"
STUDY = "07-14-2009-MR BRAIN-51200"
HEADER = "case_submitter_id,project_id,vital_status,days_to_death,days_to_last_follow_up,age_at_index,gender"


def export(simulated: Path, folder: Path, table: Path) -> None:
    """Write what stands for an export.

    Parameters
    ----------
    simulated
        Folder of a simulated cohort, with NIfTI files.
    folder
        Where the folders of the patients go.
    table
        Where the clinical table goes.
    """
    patients = pd.read_csv(simulated / "clinical.csv").to_dict("records")
    rows = [HEADER]
    for number, patient in enumerate(patients, start=1):
        _patient(simulated, patient, folder / patient["patient_id"] / STUDY, number)
        rows.append(_row(patient, number))
    rows.append("SIMULATED-099,MADE-UP,Dead,120,'--,66,female")
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _row(patient: dict[str, object], number: int) -> str:
    follow_up = f"Dead,{patient['time']},'--" if patient["event"] else f"Alive,'--,{patient['time']}"
    if number == NO_FOLLOW_UP:
        follow_up = "Not Reported,'--,'--"
    return f"{patient['patient_id']},MADE-UP,{follow_up},{patient['age']:.0f},{'male' if patient['sex'] == 'M' else 'female'}"


def _patient(simulated: Path, patient: dict[str, str], folder: Path, number: int) -> None:
    image, mask = (sitk.ReadImage(str(simulated / patient[column])) for column in ("image", "mask"))
    t1, traced = sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(mask) != 0
    head = t1 > 0
    # Not FLAIR's brightness, but another one: nobody looks at this series.
    flair = np.where(head, t1[head].max() - t1, 0).astype(np.int16)
    for name, array in ((T1, t1), (FLAIR, flair)):
        for z, pixels in enumerate(array):
            section = dicom_files.section(
                pixels,
                _point(image, 0, 0, z),
                f"{patient['patient_id']} {name}",
                SeriesDescription=name.split("-")[1],
                PixelSpacing=[*image.GetSpacing()[1::-1]],
                SliceThickness=image.GetSpacing()[2],
                Modality="MR",
            )
            dicom_files.save(folder / name / f"1-{z + 1:02d}.dcm", section)
    if number == LACKS_A_SECTION:
        (folder / T1 / "1-07.dcm").unlink()
    if number != NO_OUTLINE:
        path = dicom_files.contours(folder / OUTLINE / "1-1.dcm", {"GTV": _lines(image, traced)})
        found = pydicom.dcmread(path)
        found.Modality = "RTSTRUCT"
        dicom_files.save(path, found)


def _lines(image: sitk.Image, traced: Bool[np.ndarray, "z y x"]) -> list[np.ndarray]:
    """Half-way between voxels inside and outside, section by section; points x, y, z in mm."""
    return [
        np.array([_point(image, column, row, z) for row, column in line[:-1] - 1])
        for z, section in enumerate(traced)
        for line in measure.find_contours(np.pad(section, 1).astype(float), 0.5)
    ]


def _point(image: sitk.Image, x: float, y: float, z: float) -> list[float]:
    return [round(value, 6) for value in image.TransformContinuousIndexToPhysicalPoint((float(x), float(y), float(z)))]
