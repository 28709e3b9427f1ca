"""The series of images that a folder holds, and which of them is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID

from radsurv.cohort.choice import fitting
from radsurv.cohort.dicom.files import NO_IMAGES, PREAMBLE, SUFFIXES, elements, files_in, is_dicom, kind, reading, text
from radsurv.cohort.dicom.pixels import PIXELS
from radsurv.cohort.dicom.sections import GEOMETRY, n_frames
from radsurv.cohort.faults import quoted
from radsurv.errors import PatientError
from radsurv.formats import first_few, plural

WANTED = ("SeriesInstanceUID", "SeriesDescription", "FrameOfReferenceUID", *GEOMETRY, *PIXELS)
SERIES_SHOWN = 8


@dataclass(frozen=True)
class ImageFile:
    """One file of a series.

    Attributes
    ----------
    path : Path
    header : Dataset
        The elements that `WANTED` lists.
    shape : (int, int, int)
        Sections, rows, columns that it declares.
    """

    path: Path
    header: Dataset
    shape: tuple[int, int, int]

    @classmethod
    def of(cls, path: Path) -> ImageFile | None:
        """None where it is of a kind that has no pixels.

        Raises
        ------
        PatientError
            The file is damaged, or cut short before it declares its pixels.
        """
        header = elements(path, WANTED)
        with reading(path):
            if not header.get("Rows") or not header.get("Columns"):
                if _has_pixels(UID(kind(path) or "")):
                    raise EOFError
                return None
            return cls(path, header, (n_frames(header), int(header.Rows), int(header.Columns)))


@dataclass(frozen=True)
class Series:
    """The files of one series, by name. UID and description are empty where they have none."""

    uid: str
    description: str
    files: Sequence[ImageFile]

    @property
    def n_sections(self) -> int:
        """How many the files declare."""
        return sum(file.shape[0] for file in self.files)

    @property
    def said(self) -> str:
        """Description, number of sections and UID, for messages."""
        return f"{quoted(self.description)} of {plural(self.n_sections, 'section')}, {self.uid}"


def the_series(path: Path, wanted: str | None) -> Series:
    """The series of a folder that is meant.

    Parameters
    ----------
    path : Path
        The folder; or one file of the series, which chooses it.
    wanted : str, optional
        Its SeriesInstanceUID or description (``cohort.series``), as `fitting` reads it. By default the only one.

    Raises
    ------
    PatientError
        There is none, several and none was chosen, or not the chosen one; or a file cannot be read.
    """
    if path.is_file():
        file = ImageFile.of(path)
        if file is None:
            raise PatientError(f"{path.name} holds no image; expected a section of the series: correct the table")
        if file.shape[0] > 1:  # a stack of its own
            return _series([file])
        return next(iter(_survey(path.parent, text(file.header, "SeriesInstanceUID"))))
    found = _survey(path)
    if not found:
        below = " (only in folders below it are files)" if not files_in(path) and any(path.iterdir()) else ""
        raise PatientError(
            f"{path.name} holds no DICOM image{below}; expected the files of one series: correct the table or copy them"
        )
    said = first_few([series.said for series in found], SERIES_SHOWN, "; ", more="; and {} more")
    if wanted is None:
        if len(found) > 1:
            raise PatientError(
                f"{path.name} holds {len(found)} series ({said}); expected one: choose it with cohort.series, or name one of its "
                "files in the table"
            )
        return found[0]
    chosen = fitting(wanted, {number: (series.uid, series.description) for number, series in enumerate(found)})
    if len(chosen) != 1:
        raise PatientError(
            f"{path.name} has {len(chosen) or 'no'} series that cohort.series={quoted(wanted)} fits: it holds {said}; expected one:"
            " change it, or name one file of the series in the table"
        )
    return found[chosen[0]]


def _has_pixels(what: UID) -> bool:
    """Whether a file of a kind must declare pixels: every image, and what is of no kind, or a kind that was cut short."""
    return not what or (not what.is_private and (what.name == str(what) or "Image Storage" in what.name))


def _survey(folder: Path, uid: str | None = None) -> list[Series]:
    """The series of a folder, those with most sections first; with a UID, that one."""
    by_uid: dict[str, list[ImageFile]] = {}
    files = files_in(folder)
    dicom = [path for path in files if is_dicom(path)]
    may_be = [path for path in dicom if kind(path) not in NO_IMAGES]
    _check_others(set(files) - set(dicom), {path.suffix.lower() for path in may_be})
    for path in may_be:
        file = ImageFile.of(path)
        if file is not None and uid in (None, text(file.header, "SeriesInstanceUID")):
            by_uid.setdefault(text(file.header, "SeriesInstanceUID"), []).append(file)
    return sorted(map(_series, by_uid.values()), key=lambda series: -series.n_sections)


def _check_others(files: Iterable[Path], endings: Set[str]) -> None:
    """No file that is none of DICOM may have been a section: one that is called so, or is called as the others and has no content."""
    for path in sorted(files):
        ending = path.suffix.lower()
        if ending in SUFFIXES or (ending in endings and path.stat().st_size <= PREAMBLE):
            raise PatientError(
                f"{path.parent.name}/{path.name} is no DICOM file, whatever its name says; copy it again"
            )


def _series(files: Sequence[ImageFile]) -> Series:
    return Series(text(files[0].header, "SeriesInstanceUID"), text(files[0].header, "SeriesDescription"), files)
