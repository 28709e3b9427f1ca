"""Where a patient's files are: inside the folder of the cohort table or the one that `cohort.root` names, and nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from radsurv.cohort.faults import quoted
from radsurv.errors import CohortError, PatientError
from radsurv.options.cohort_table import CohortConfig

PATHS = ("image", "mask", "mask_reader2")  # columns of the cohort table that name files


def image_folder(cohort: CohortConfig) -> Path:
    """The folder that paths of the cohort table start from: the table's, or ``cohort.root``, seen from there.

    Raises
    ------
    CohortError
        ``cohort.root`` is no folder.
    """
    beside = cohort.place.parent
    if cohort.root is None:
        return beside
    folder = beside / cohort.root
    if not is_folder(folder):
        raise CohortError(
            f"cohort.root={cohort.root} is no folder (looked for {folder}, seen from the folder of the table); expected the one that the"
            " table's paths start from: correct it, or mount it"
        )
    return folder


def is_folder(path: Path) -> bool:
    """Whether there is a folder of this name, which may be no name at all (too long, with a NUL)."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def patient_file(folder: Path, relative: str) -> Path:
    """The file that a cell of the cohort table names.

    Parameters
    ----------
    folder : Path
        As `image_folder` gives it.
    relative : str
        Path relative to the folder, with forward slashes.

    Raises
    ------
    PatientError
        The path is absolute or too long, or leads out of the folder, be it through ``..`` or a symbolic link.
    """
    folder = folder.resolve()
    if not relative.isprintable() or "\\" in relative or PurePosixPath(relative).is_absolute():
        raise PatientError(
            f"{relative!r} is not a path relative to the cohort folder with forward slashes; write it like images/P001.nii.gz"
        )
    try:
        resolved = (folder / relative).resolve()
        resolved.lstat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # for whoever reads it to say
    except (OSError, RuntimeError):
        raise PatientError(
            f"{quoted(relative)} cannot be followed (too long, or a circle of links); correct it"
        ) from None
    if not resolved.is_relative_to(folder):
        raise PatientError(f"{relative} leads out of the cohort folder {folder}; copy the file into the folder")
    return resolved
