"""One patient as the cohort table names them: whose files are where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radsurv.cohort.paths import patient_file
from radsurv.errors import PatientError

# The column of the cohort table that the outline was traced on and radiomics are computed from.
ANALYSED = "image"


@dataclass(frozen=True)
class Patient:
    """Files of one patient, all inside the cohort folder.

    Attributes
    ----------
    patient_id : str
    images : mapping of str to Path
        By column of the cohort table, the analysed image first.
    outlines : mapping of str to Path or None
        By column, the analysed reader's first; None where the table names none.
    """

    patient_id: str
    images: Mapping[str, Path]
    outlines: Mapping[str, Path | None]


def patients(table: pd.DataFrame, folder: Path, images: Sequence[str], outlines: Sequence[str]) -> list[Patient]:
    """The patients of a cohort table, in its order.

    Parameters
    ----------
    table : DataFrame
        As `read_table` gives it, with a cell in every column of `images`.
    folder : Path
        That its paths start from (`radsurv.cohort.paths.image_folder`).
    images, outlines : sequence of str
        Columns, the analysed one first.

    Raises
    ------
    PatientError
        A path leads out of the folder, as `patient_file` says.
    """
    cells = table[["patient_id", *images, *outlines]]
    return [
        Patient(
            patient_id=row["patient_id"],
            images={column: patient_file(folder, row[column]) for column in images},
            outlines={
                column: patient_file(folder, row[column]) if isinstance(row[column], str) else None
                for column in outlines
            },
        )
        for row in cells.to_dict("records")
    ]


@contextmanager
def named(column: str) -> Iterator[None]:
    """A patient's fault found in the block names the column, unless it is the analysed one."""
    try:
        yield
    except PatientError as error:
        if column == ANALYSED:
            raise
        raise PatientError(f"{column}: {error.reason}") from None
