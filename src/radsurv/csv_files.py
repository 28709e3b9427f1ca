"""Tables for people, as CSV that a spreadsheet shows and never calculates.

A spreadsheet takes a cell for a formula by its first character, whoever typed it: an id ``=cmd|…`` in a clinical table would
be run on the computer of whoever opens ``qc.csv``. Such a text gets an apostrophe before it, which spreadsheets take to mean
"text" (OWASP, *CSV Injection*). So does a text that has apostrophes before such a character already: what
`read_csv` takes away is then exactly what `write_csv` put there.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from radsurv.files import atomic

MARK = "'"
_FORMULA = re.compile(f"{MARK}*[=+\\-@\t\r\n]")
_MARKED = re.compile(f"{MARK}{_FORMULA.pattern}")


def as_text(cell: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> [as_text(cell) for cell in ("=1+1", "'=1+1", "P-01", "'P", "-3")]
    ["'=1+1", "''=1+1", 'P-01', "'P", "'-3"]
    """
    return MARK + cell if _FORMULA.match(cell) else cell


def as_written(cell: str) -> str:
    """The text that `as_text` was given.

    >>> [as_written(cell) for cell in ("'=1+1", "''=1+1", "P-01", "'P", "'-3")]
    ['=1+1', "'=1+1", 'P-01', "'P", '-3']
    """
    return cell.removeprefix(MARK) if _MARKED.match(cell) else cell


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table, whole or not at all: names of columns and texts marked where they begin like a formula, numbers as numbers."""
    safe = table.copy()
    for name in safe.select_dtypes(exclude=["number", "bool"]):
        safe[name] = safe[name].map(_marked)
    with atomic(path) as temporary:
        safe.rename(columns=_marked).to_csv(temporary, index=False)


def read_csv(path: Path) -> pd.DataFrame:
    """Read back what `write_csv` wrote: every cell a text (a patient may be called 007 or NA), as before; what a row lacks is empty."""
    return pd.read_csv(path, dtype=str, keep_default_na=False).fillna("").rename(columns=as_written).map(as_written)


def _marked(cell: object) -> object:
    return as_text(cell) if isinstance(cell, str) else cell
