"""CSV and Parquet files as tables of text, one row per row of the file, nothing guessed and nothing dropped."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from radsurv.cohort.faults import table_error
from radsurv.cohort.separators import SEPARATORS, separated
from radsurv.errors import CohortError

# A first column without a name: an index that pandas wrote. This is how pandas calls it when it reads it again.
INDEX = "Unnamed: 0"
PARQUET = frozenset({".parquet", ".pq"})

# The table of conf/cohort/demo.yaml, which a fresh clone does not have yet.
DEMO = Path("data/demo/clinical.csv")


def read_text_table(path: Path, *, any_separator: bool = False) -> pd.DataFrame:
    """Every cell as stripped text, as it stands in the file.

    A first column without a name (an index that pandas wrote) is called ``Unnamed: 0``; others without one are left out, and
    so are rows that are entirely empty.

    Parameters
    ----------
    path : Path
    any_separator : bool
        Semicolons, tabs or vertical bars may be where commas should; else such a file is refused.

    Returns
    -------
    DataFrame
        Of str; the index says where each row is ("line 7", "row 7").

    Raises
    ------
    CohortError
        The file is missing, unreadable or empty, names a column twice, or has a row of another length than its header.
    """
    require_file(path)
    is_parquet = path.suffix.lower() in PARQUET
    return text_table(path, parquet_rows(path) if is_parquet else _csv_rows(path, any_separator=any_separator))


def text_table(path: Path, rows: dict[str, list[str]]) -> pd.DataFrame:
    """The table that rows of cells make; the header is called "header", the others by where they are ("line 7").

    Raises
    ------
    CohortError
        There are no rows, a column is named twice, or a row has another length than the header.
    """
    header = [name.strip() for name in rows.get("header", [])]
    rows = {place: cells for place, cells in rows.items() if place != "header"}
    if header and not header[0] and INDEX not in header:
        header[0] = INDEX
    if not header or not rows:
        raise table_error(path, ["no rows; expected a line of column names and one row per patient"])
    _check_unique(path, [name for name in header if name])
    ragged = [
        f"{place} has {len(cells)} cells, the header {len(header)}; quote texts that hold a comma"
        for place, cells in rows.items()
        if len(cells) != len(header)
    ]
    if ragged:
        raise table_error(path, ragged)
    stripped = {place: [cell.strip() for cell in cells] for place, cells in rows.items()}
    frame = pd.DataFrame.from_dict(stripped, orient="index", columns=header, dtype=object)
    return frame.loc[:, [name for name in header if name]]


def require_file(path: Path) -> None:
    """Raise :class:`CohortError` where there is no file."""
    if not path.is_file():
        raise CohortError(f"{path} does not exist or is no file; expected a table (CSV or Parquet): {_instead(path)}")


def read_parquet(path: Path) -> pa.Table:
    """A Parquet file as it stands.

    Raises
    ------
    CohortError
        The file is missing, unreadable or damaged, or names a column twice.
    """
    with _openable(path):
        content = path.read_bytes()
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        _check_unique(path, file.schema_arrow.names)
        table = file.read()
        table.validate(full=True)  # texts of damaged files, which are no UTF-8, among the rest
        return table
    except (pa.ArrowException, ValueError, OSError) as error:
        raise CohortError(f"{path} is not readable as Parquet ({str(error).splitlines()[0]}); write it again") from None


def _check_unique(path: Path, names: Sequence[str]) -> None:
    """No two columns of a table may have one name."""
    twice = sorted((name, count) for name, count in Counter(names).items() if count > 1)
    if twice:
        raise table_error(path, [f"column {name!r} is there {count} times; rename one" for name, count in twice])


@contextmanager
def _openable(path: Path) -> Iterator[None]:
    """What the operating system says of a table's file, as a fault of the cohort."""
    try:
        yield
    except OSError as error:
        raise CohortError(f"{path} cannot be opened ({error.strerror}); check the file and its rights") from None


def _instead(path: Path) -> str:
    """What to do about a table that is not there."""
    if path != DEMO:
        return "correct the path"
    return (
        "`dvc pull data.dvc` fetches the demo cohort, `radsurv simulate data/demo` makes it;"
        " your own patients: cohort.table=PATH"
    )


def _csv_rows(path: Path, *, any_separator: bool) -> dict[str, list[str]]:
    """Cells by line number; the header under "header"."""
    try:
        with _openable(path), path.open(newline="", encoding="utf-8-sig") as stream:
            text = stream.readlines()
            if any_separator and text and "," not in text[0] and any(mark in text[0] for mark in SEPARATORS):
                return separated(path, text)[1]
            reader = csv.reader(text, strict=True)
            lines = {f"line {reader.line_num}": cells for cells in reader if any(cell.strip() for cell in cells)}
    except UnicodeDecodeError:
        raise CohortError(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise CohortError(f"{path} is not readable as CSV ({error}); check its quotation marks") from None
    if not lines:
        return {}
    first = next(iter(lines))
    header = lines.pop(first)
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise CohortError(f"{path}: the columns are separated by semicolons or tabs; save it as CSV with commas")
    return {"header": header, **lines}


def parquet_rows(path: Path) -> dict[str, list[str]]:
    """Cells by row number; the header under "header"."""
    table = read_parquet(path)
    columns = [["" if value is None else str(value) for value in column.to_pylist()] for column in table.columns]
    rows = {f"row {number}": list(cells) for number, cells in enumerate(zip(*columns, strict=True), start=1)}
    return {"header": table.column_names, **rows}
