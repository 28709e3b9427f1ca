"""A clinical table in whatever file it came: as text, with what had to be found out about the file."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radsurv.cohort.delimited import PARQUET, parquet_rows, text_table
from radsurv.cohort.faults import quoted
from radsurv.cohort.separators import SEPARATORS, separated
from radsurv.errors import CohortError, ConfigError
from radsurv.formats import plural
from radsurv.ingest.asked import Asked
from radsurv.ingest.decimal_comma import with_points
from radsurv.ingest.workbook import workbook_rows

# The marks at the start of a file that say how its characters are stored.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a mark"), (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
         (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"))  # fmt: skip
WORKBOOKS = frozenset({".xlsx", ".xlsm"})
FOREIGN = frozenset({".xls", ".ods", ".sav", ".dta", ".rds", ".sas7bdat"})
# TCGA's clinical tables in text have, below the header, older names and numbers of the data dictionary.
DICTIONARY = "CDE_ID:"


@dataclass(frozen=True)
class ClinicalFile:
    """A clinical table.

    Attributes
    ----------
    table : DataFrame of str
        As it stands, but for decimal commas; the index says where each row is.
    said : list of str
        What was found out about the file.
    """

    table: pd.DataFrame
    said: list[str]


def read_clinical(path: Path, asked: Asked) -> ClinicalFile:
    """Read CSV with any separator, TSV, Excel (.xlsx) or Parquet.

    Raises
    ------
    CohortError
        The file is missing, of another format, or damaged; or its table is, as `text_table` says.
    ConfigError
        Something was asked of it that only another kind of file has.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise CohortError(f"{path} does not exist or is no file; expected a clinical table: correct --clinical")
    if suffix in FOREIGN:
        raise CohortError(
            f"{path} is a {suffix} file; expected CSV, TSV, Excel (.xlsx) or Parquet: save it as one of these"
        )
    if asked.sheet is not None and suffix not in WORKBOOKS:
        raise ConfigError(f"--sheet {asked.sheet}: {path} is no workbook; leave it out")
    if asked.encoding is not None and suffix in WORKBOOKS | PARQUET:
        raise ConfigError(f"--encoding {asked.encoding}: {path} is no text file; leave it out")
    if suffix in PARQUET:
        rows, said = parquet_rows(path), ["file: Parquet"]
    elif suffix in WORKBOOKS:
        rows, said = workbook_rows(path, asked.sheet)
    else:
        rows, said = _text_rows(path, asked.encoding)
    rows, beside = _without_dictionary(rows)
    nameless = sum(not name.strip() for name in rows.get("header", [])[1:])
    table = text_table(path, rows)
    if nameless:
        beside.append(f"{plural(nameless, 'column')} without a name: not read")
    table, commas = with_points(table, every=asked.decimal_comma)
    return ClinicalFile(table, [*said, *beside, *commas])


def _text_rows(path: Path, encoding: str | None) -> tuple[dict[str, list[str]], list[str]]:
    text, stored = _decoded(path, encoding)
    lines = text.splitlines(keepends=True)
    above = 0
    while above < len(lines) and (not lines[above].strip() or lines[above].startswith(("#", "sep="))):
        above += 1
    n_comments = sum(line.startswith("#") for line in lines[:above])
    separator, rows = separated(path, lines[above:], above)
    said = [f"file: {stored}, columns separated by {SEPARATORS[separator]}"]
    if n_comments:
        said.append(f"{plural(n_comments, 'line')} of comments (#) before the header: not read")
    return rows, said


def _decoded(path: Path, asked: str | None) -> tuple[str, str]:
    """The text of a file, and how its characters were taken to be stored."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CohortError(f"{path} cannot be opened ({error.strerror}); check the file and its rights") from None
    encoding, called = (asked, f"{asked} (--encoding)") if asked else _encoding(content)
    try:
        text = content.decode(encoding)
    except (UnicodeError, LookupError):
        raise CohortError(
            f"{path} is not readable as {called}; name how its characters are stored with --encoding, for instance utf-16"
        ) from None
    if "\0" in text:
        raise CohortError(f"{path} holds bytes that are no text; expected CSV, TSV, Excel (.xlsx) or Parquet")
    foreign = next((word for word in text.split() if not word.isascii()), None)
    if encoding == "cp1252" and foreign is not None:
        called += f", which makes {quoted(foreign)} of its first word that is not plain ASCII"
    return text, called


def _encoding(content: bytes) -> tuple[str, str]:
    """How the characters of a file are stored, and what that is called."""
    for mark, encoding, called in MARKS:
        if content.startswith(mark):
            return encoding, called
    # Every other byte of a Latin script in UTF-16 is 0.
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        every_other = content[start:2000:2]
        if len(every_other) > 1 and every_other.count(0) > 0.8 * len(every_other):
            return encoding, "UTF-16 without a mark"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # Bytes from 0x80 to 0x9f are control characters in Latin-1, and letters in Windows' extension of it.
        try:
            content.decode("cp1252")
        except UnicodeDecodeError:
            return "latin-1", "Latin-1 (it is not UTF-8)"
        return "cp1252", "Latin-1 as Windows extends it (cp1252; it is not UTF-8)"
    return "utf-8", "ASCII" if content.isascii() else "UTF-8"


def _without_dictionary(rows: Mapping[str, list[str]]) -> tuple[dict[str, list[str]], list[str]]:
    """A table without the rows between its header and its patients that name columns once more."""
    places = list(rows)
    last = max((at for at, place in enumerate(places[:4]) if _is_dictionary(rows[place])), default=0)
    dropped = places[1 : last + 1]
    said = [f"{', '.join(dropped)}: further names of the columns, no patients: not read"] if dropped else []
    return {place: cells for place, cells in rows.items() if place not in dropped}, said


def _is_dictionary(cells: list[str]) -> bool:
    return any(cell.startswith(DICTIONARY) for cell in cells)
