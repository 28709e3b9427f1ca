"""A folder of images as it lies there: its files, and what is proposed of each."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from radsurv.cohort.dicom.files import is_dicom as says_dicom
from radsurv.cohort.readers import READERS
from radsurv.errors import CohortError
from radsurv.formats import plural

# Also those that no reader reads (yet): a patient with such a file is left out by name, not overlooked.
SUFFIXES = (".nii.gz", ".nii", ".seg.nrrd", ".nrrd", ".nhdr", ".mha", ".mhd", ".hdr", ".mgz", ".mnc")

Kind = Literal["image", "outline", "other"]


@dataclass(frozen=True)
class FoundFile:
    """A file, or a series of DICOM files in a folder of their own.

    Attributes
    ----------
    path : PurePosixPath
        Below the folder that was looked through.
    patient : str
    kind : {"image", "outline", "other"}
    sequence : str
        ``t1ce``, ``flair``, …; "" where nothing says.
    session : str
        Of several visits; "" where nothing says.
    unusable : str
        Why it cannot be taken, whatever it is.
    """

    path: PurePosixPath
    patient: str
    kind: Kind
    sequence: str = ""
    session: str = ""
    unusable: str = ""


@dataclass(frozen=True)
class Tree:
    """What lies in a folder.

    Attributes
    ----------
    root : Path
    volumes : list of PurePosixPath
        Files whose names end as those of images do, in order.
    dicom : mapping
        Folders with DICOM files, each with its files.
    said : list of str
        What was not looked at.
    """

    root: Path
    volumes: list[PurePosixPath]
    dicom: dict[PurePosixPath, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


def look_through(root: Path, without: Path) -> Tree:
    """List the images below a folder; nothing in `without`, nothing hidden, and no link to another folder is followed.

    Raises
    ------
    CohortError
        There is no such folder, or no image in it.
    """
    if not root.is_dir():
        raise CohortError(f"{root} is no folder; expected one with images: correct FOLDER")
    volumes: list[PurePosixPath] = []
    dicom: dict[PurePosixPath, list[str]] = {}
    links = hidden = 0
    for place, folders, files in os.walk(root):
        links += sum((Path(place) / name).is_symlink() for name in folders)
        hidden += sum(name.startswith(".") for name in files)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (Path(place) / name).resolve() != without.resolve()
        )
        here = PurePosixPath(Path(place).relative_to(root).as_posix())
        shown = sorted(name for name in files if not name.startswith("."))
        volumes += [here / name for name in shown if suffix(name)]
        slices = [name for name in shown if not suffix(name) and is_dicom(Path(place) / name)]
        if slices:
            dicom[here] = slices
    if not volumes and not dicom:
        raise CohortError(f"{root} holds no image; expected files such as *.nii.gz, *.nrrd, *.mha, or DICOM series")
    said = [f"{plural(links, 'link')} to a folder: not followed"] if links else []
    said += [f"{plural(hidden, 'hidden file')}: not looked at"] if hidden else []
    return Tree(root, volumes, dicom, said)


def suffix(name: str) -> str:
    """The ending of an image's name, as it is written; "" of any other file."""
    known = [*SUFFIXES, *(ending for reader in READERS for ending in reader.suffixes)]
    length = max((len(ending) for ending in known if name.casefold().endswith(ending)), default=0)
    return name[len(name) - length :] if length else ""


def stem(path: PurePosixPath) -> str:
    """A file's name without the ending."""
    return path.name[: len(path.name) - len(suffix(path.name))]


def unreadable(path: Path, kind: Kind) -> str:
    """Why no reader would read a file or folder; "" if one would."""
    holds = "image" if kind == "image" else "outline"
    if any(reader.recognises(path) and holds in reader.holds for reader in READERS):
        return ""
    able = ", ".join(reader.description for reader in READERS if holds in reader.holds)
    return f"no reader for {path.name} as an {holds} (there are {able}): convert it"


def is_dicom(path: Path) -> bool:
    """Whether a file says that it is one; one that cannot be read does not."""
    try:
        return says_dicom(path)
    except OSError:
        return False
