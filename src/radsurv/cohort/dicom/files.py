"""DICOM files: what kind each is, and the few of its elements that are asked for.

Nothing else of a file is ever looked at, and no message repeats what the parser says: it may quote the name of a patient.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pydicom
import pydicom.config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    RTDoseStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    SegmentationStorage,
)

from radsurv.errors import PatientError

PREAMBLE = 128
MAGIC = b"DICM"
ENDS_TOO_EARLY = ".*(nd of file|EOF)"  # which to the parser is no error: it goes on without what is missing
SUFFIXES = (".dcm", ".dicom", ".ima")
LABEL_MAPS = "1.2.840.10008.5.1.4.1.1.66.7"  # Label Map Segmentation Storage, since 2024
SEGMENTATIONS = frozenset({str(SegmentationStorage), LABEL_MAPS})
STRUCTURES = frozenset({str(RTStructureSetStorage)})
# What has rows and columns, or may lie beside images, and is none.
NO_IMAGES = SEGMENTATIONS | STRUCTURES | {str(MediaStorageDirectoryStorage), str(RTDoseStorage), str(RTPlanStorage)}


def is_dicom(path: Path) -> bool:
    """Whether a file says that it is one. It need not exist."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(PREAMBLE + len(MAGIC))[PREAMBLE:] == MAGIC


def kind(path: Path) -> str | None:
    """The UID of what a DICOM file holds (its SOP class); None where it is no DICOM file, or does not say."""
    if not is_dicom(path):
        return None
    try:
        with reading(path):
            return text(_meta(path), "MediaStorageSOPClassUID") or None
    except PatientError:
        return None


def files_in(folder: Path) -> list[Path]:
    """The files of a folder, not of folders in it, by name.

    Raises
    ------
    PatientError
        One is a link that leads out of the folder, or has a name that no message could show in one line.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for path in files:
        if not path.name.isprintable():
            raise PatientError(
                f"{folder.name} holds a file called {path.name!r}; expected a name that can be printed: rename it"
            )
        if not path.resolve().is_relative_to(folder.resolve()):
            raise PatientError(f"{folder.name}/{path.name} is a link that leads out of the folder; copy the file there")
    return files


def elements(path: Path, keywords: Sequence[str]) -> Dataset:
    """Some elements of a DICOM file.

    Parameters
    ----------
    keywords : sequence of str
        Names of the elements in the DICOM dictionary. Those that the file lacks are absent, and so are its pixels.

    Raises
    ------
    PatientError
        The file is damaged, or compressed as a whole, so that nobody can tell how large it becomes.
    """
    with reading(path):
        if _meta(path).TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
            raise PatientError(
                f"{path.name} is deflated (compressed as a whole); expected a DICOM file whose header can be read before its "
                "pixels: convert it to Explicit VR Little Endian"
            )
        found = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[*keywords])
        for _ in found:  # converts every element, here, where a fault has a name
            pass
        return found


def text(source: Dataset, keyword: str) -> str:
    """A text of a file, as far as it can be shown; empty where it has none.

    It ends at the first control character: in a damaged file, whatever comes next may follow, such as the patient's name.
    """
    value = source.get(keyword)
    first = value if isinstance(value, str) else next(iter(value or [""]))
    return "".join(itertools.takewhile(str.isprintable, str(first)))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What the parser meets in a file, as the file's fault, without the parser's words.

    Raises
    ------
    PatientError
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=ENDS_TOO_EARLY)
        try:
            yield
        except (PatientError, OSError, MemoryError):
            raise
        except Exception:  # the parser lets through whatever its parts raise at a damaged file
            raise PatientError(
                f"{path.name} is cut short or damaged, or breaks the rules of DICOM; copy or export it again"
            ) from None


def _meta(path: Path) -> FileMetaDataset:
    return read_file_meta_info(path)
