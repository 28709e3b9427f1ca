"""Where a patient's files are: inside the folder of the cohort table, and nowhere else."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from radsurv.cohort.faults import quoted
from radsurv.errors import PatientError

PATHS = ("image", "mask", "mask_reader2")  # columns of the cohort table that name files


def patient_file(table: Path, relative: str) -> Path:
    """The file that a cell of the cohort table names.

    Parameters
    ----------
    table : Path
        The cohort table.
    relative : str
        Path relative to the table's folder, with forward slashes.

    Raises
    ------
    PatientError
        The path is absolute or too long, or leads out of the table's folder, be it through ``..`` or a symbolic link.
    """
    folder = table.parent.resolve()
    if not relative.isprintable() or "\\" in relative or PurePosixPath(relative).is_absolute():
        raise PatientError(
            f"{relative!r} is not a path relative to the table with forward slashes; write it like images/P001.nii.gz"
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
