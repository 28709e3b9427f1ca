"""Series of DICOM files: whose they are and what they show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

from radsurv.ingest.folder import FoundFile, Tree
from radsurv.ingest.names import sequence, tokens

OUTLINES = frozenset({"RTSTRUCT", "SEG"})
ASKED = ["PatientID", "Modality", "SeriesDescription", "SeriesInstanceUID"]


def dicom_series(tree: Tree, *, by_patient_id: bool) -> tuple[list[FoundFile], list[str]]:
    """Propose each folder with DICOM files.

    Parameters
    ----------
    tree : Tree
    by_patient_id : bool
        Whether a patient is called as the files say (PatientID), not as the first folder is.

    Returns
    -------
    files, said
    """
    if not tree.dicom:
        return [], []
    found = [
        one for path, names in tree.dicom.items() for one in _of_folder(tree, path, names, by_patient_id=by_patient_id)
    ]
    count = Counter(one.kind for one in found)
    who = "PatientID" if by_patient_id else "the first folder's name (--dicom-patient-id: PatientID)"
    return found, [
        f"DICOM: {count['image']} series of images, {count['outline']} RTSTRUCT or SEG; patients are called by {who}"
    ]


def _of_folder(tree: Tree, path: PurePosixPath, names: list[str], *, by_patient_id: bool) -> list[FoundFile]:
    """An outline for each RTSTRUCT or SEG; an image for each series: the folder, or of several series the first file of each."""
    found: list[FoundFile] = []
    series: dict[str, Any] = {}
    for name in names:
        header = _header(tree.root / path / name)
        if header is None:
            found.append(FoundFile(path / name, _folder(path, tree), "other", unusable="DICOM that cannot be read"))
            continue
        patient = str(header.get("PatientID", "")).strip() if by_patient_id else _folder(path, tree)
        lost = "" if patient else "no PatientID in its header"
        modality = str(header.get("Modality", ""))
        if modality in OUTLINES:
            found.append(FoundFile(path / name, patient, "outline", unusable=lost))
            continue
        series.setdefault(str(header.get("SeriesInstanceUID", "")), (path / name, patient, header, lost))
    for first, patient, header, lost in series.values():
        described = (
            sequence(tokens(str(header.get("SeriesDescription", "")))) or str(header.get("Modality", "")).casefold()
        )
        found.append(FoundFile(path if len(series) == 1 else first, patient, "image", described, unusable=lost))
    return found


def _folder(path: PurePosixPath, tree: Tree) -> str:
    """The first folder below the one that was looked through."""
    return path.parts[0] if path.parts else tree.root.resolve().name


def _header(path: Path) -> Any:
    """The elements that are asked for; None where the file is none that pydicom reads."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=ASKED)
    except (InvalidDicomError, OSError, ValueError, KeyError, EOFError):
        return None
