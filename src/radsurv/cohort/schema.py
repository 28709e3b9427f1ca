"""What the columns of a cohort table must hold, as a pandera schema, and its faults as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from radsurv.cohort.causes import EVENTS, cause_of
from radsurv.cohort.faults import ColumnFault
from radsurv.cohort.mapping import canonical
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import as_found, finite_number
from radsurv.cohort.paths import PATHS, patient_file
from radsurv.errors import PatientError

ID_LENGTH = 128


def identifier_schema() -> pa.DataFrameSchema:
    """Every row, also those that are left out, must say whose it is: ids become file names and rows of reports."""
    is_usable = pa.Check(
        is_identifier,
        element_wise=True,
        error=f"an id of 1 to {ID_LENGTH} printable characters without slashes; correct it",
    )
    return pa.DataFrameSchema({"patient_id": pa.Column(object, is_usable)})


def cohort_schema(
    folder: Path, time_unit: str, files: Sequence[str], missing: MissingWords, *, causes: bool = False
) -> pa.DataFrameSchema:
    """The rows that take part, as text; whether the columns are there is asked before.

    Parameters
    ----------
    folder : Path
        That the table's paths start from.
    time_unit : str
        Named in messages.
    files : sequence of str
        Columns of images and masks; none where a ready feature table is given.
    missing : MissingWords
    causes
        Whether ``event`` may hold several of them.
    """
    is_own = pa.Check(
        lambda ids: ~ids.duplicated(keep=False), error="one row per patient; remove the others or use cohort.select"
    )
    is_time = pa.Check(
        lambda cell: (finite_number(cell) or 0.0) > 0.0,
        element_wise=True,
        error=f"a number of {time_unit} above 0; correct it, or leave the patient out with cohort.select",
    )
    is_event = pa.Check(
        lambda cell: cause_of(cell) is not None if causes else canonical(cell) in EVENTS,
        element_wise=True,
        error="0 (censored) or the number of a cause (1, 2, …); correct it, or translate your labels with cohort.values.event"
        if causes
        else "1 (died, progressed) or 0 (censored); correct it, translate your labels with cohort.values.event, or, of several"
        " causes, name the one that counts with cohort.event_of_interest",
    )
    is_age = pa.Check(
        lambda cell: cell in missing or finite_number(cell) is not None,
        element_wise=True,
        error="a number, or nothing; correct it, or translate it with cohort.values.age",
    )
    is_path = pa.Check(
        lambda cell: cell in missing or _is_inside(folder, cell),
        element_wise=True,
        error="a path inside the table's folder (or cohort.root), relative to it, with forward slashes; copy the file there",
    )
    columns = {
        "patient_id": pa.Column(object, is_own),
        "time": pa.Column(object, is_time, required=False),
        "event": pa.Column(object, is_event, required=False),
        "age": pa.Column(object, is_age, required=False),
    }
    if files:
        columns |= {
            name: pa.Column(object, is_path, required=name in files)
            for name in {**dict.fromkeys(PATHS), **dict.fromkeys(files)}
        }
    return pa.DataFrameSchema(columns)


def faults(schema: pa.DataFrameSchema, table: pd.DataFrame) -> list[ColumnFault]:
    """One fault per column and rule that is broken, with its cells in the order of the rows."""
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        row = {place: number for number, place in enumerate(table.index)}
        cases = errors.failure_cases.sort_values("index", key=lambda places: places.map(row), kind="stable")
        return [
            ColumnFault.of_cells(
                column, broken.set_index("index")["failure_case"].map(as_found), table["patient_id"], rule
            )
            for (column, rule), broken in cases.groupby(["column", "check"], sort=False)
        ]
    return []


def is_identifier(cell: str) -> bool:
    """Whether an id can be a file's name and a row of a report."""
    return 0 < len(cell) <= ID_LENGTH and cell.isprintable() and not set(cell) & {"/", "\\"} and cell not in {".", ".."}


def _is_inside(folder: Path, cell: str) -> bool:
    try:
        patient_file(folder, cell)
    except PatientError:
        return False
    return True
