"""DICOM images: a folder with one file for each section, or a multi-frame file (docs/dicom.md)."""

from __future__ import annotations

from pathlib import Path

from radsurv.cohort.choice import Choice
from radsurv.cohort.dicom.files import NO_IMAGES, kind, text
from radsurv.cohort.dicom.pixels import check_decodable, check_grey, intensities
from radsurv.cohort.dicom.sections import sections
from radsurv.cohort.dicom.series import Series, the_series
from radsurv.cohort.dicom.stack import stack
from radsurv.cohort.faults import quoted
from radsurv.cohort.reader import Reader
from radsurv.cohort.volume import Volume, check_n_voxels
from radsurv.errors import PatientError


class DicomSeriesReader(Reader):
    """A folder, or one of the files that it holds."""

    name = "DICOM series"
    holds = frozenset({"image"})

    @property
    def description(self) -> str:
        """The name with what to recognise the format by."""
        return f"{self.name} (a folder, or one of its files)"

    def recognises(self, path: Path) -> bool:
        """Every folder, and every DICOM file that holds no outline or dose."""
        return path.is_dir() or kind(path) not in {None, *NO_IMAGES}

    def read_image(self, path: Path, choice: Choice) -> Volume:
        """The sections of one series as one volume.

        Raises
        ------
        PatientError
            The series cannot be told from others, is not whole, not one straight and evenly spaced stack, or cannot be decoded.
        """
        series = the_series(path, choice.series)
        name = f"{path.name}: series {quoted(series.description)}" if path.is_dir() else path.name
        # Before anything is decoded: a file of a few bytes may declare more pixels than there is memory.
        check_n_voxels((series.n_sections, *series.files[0].shape[1:]), name)
        for file in series.files:
            check_grey(file.path, file.header)
            check_decodable(file.path, file.header)
        ordered = stack([section for file in series.files for section in sections(file.path, file.header)], name)
        return Volume(
            array=intensities(ordered),
            spacing_mm=ordered.spacing_mm,
            origin=ordered.origin,
            direction=ordered.direction,
            frame_of_reference=_frame_of_reference(series, name),
        )


def _frame_of_reference(series: Series, name: str) -> str | None:
    """The coordinates that all sections are in."""
    found = {text(file.header, "FrameOfReferenceUID") for file in series.files}
    if len(found) > 1:
        raise PatientError(
            f"{name} has sections in {len(found)} frames of reference (the patient moved, or was scanned twice); expected one: "
            "choose another series"
        )
    return found.pop() or None


READER = DicomSeriesReader()
