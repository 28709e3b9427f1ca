"""Numbers in cells of text, and columns of numbers in which a few cells are none."""

from __future__ import annotations

import math
import re

import pandas as pd

from radsurv.cohort.cell import parsed
from radsurv.cohort.faults import quoted
from radsurv.cohort.missing import MissingWords

# Of the cells that hold something. Below, a column is one of labels, some of which happen to be digits.
MOSTLY = 0.8
# As numbers are written that a computer does not take for one: 26,4 and 1,000 and >90 and 61 years.
DECIMAL_COMMA = re.compile(r"[+-]?\d+(\.\d{3})*,\d+")
PERHAPS_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
WITH_SIGN_OR_UNIT = re.compile(
    r"([<>≤≥~]=?\s*)?[+-]?\d+([.,]\d+)?\s*(%|mm[23³]?|cm[23³]?|ml|kg|gy|d|days?|mo|months?|y|yrs?|years?)?",
    re.IGNORECASE,
)
# So many labels, most of them of next to nobody, and with digits in them, are no classes.
MANY_LABELS = 10
NEXT_TO_NOBODY = 2


def finite_number(cell: str) -> float | None:
    """The finite number that a cell holds, if it holds one."""
    value = parsed(cell)
    return value if value is not None and math.isfinite(value) else None


def comma_in(cell: str) -> str | None:
    """What to say of a cell that would be a number but for its comma; None of any other."""
    if PERHAPS_THOUSANDS.fullmatch(cell):
        return "a comma: for decimals write a point, for thousands nothing"
    return "a decimal comma: write a point" if DECIMAL_COMMA.fullmatch(cell) else None


def as_found(cell: str) -> str:
    """A refused cell, and what is odd about it where that is easily overlooked."""
    comma = comma_in(cell)
    return quoted(cell) if comma is None else f"{quoted(cell)} ({comma})"


def faults_among_numbers(cells: pd.Series, missing: MissingWords) -> pd.Series | None:
    """Of a column that is mostly numbers, the cells that are neither a number nor empty; None for any other column.

    A number with a decimal comma, a sign such as ``>`` or a unit counts for the column as a number, and is a fault as a cell.
    """
    present = cells[~missing.mask(cells)]
    is_number = present.map(lambda cell: finite_number(cell) is not None).astype(bool)
    faults = present[~is_number]
    if faults.empty:
        return faults
    meant = faults.map(lambda cell: bool(comma_in(cell) or WITH_SIGN_OR_UNIT.fullmatch(cell))).sum()
    return faults if is_number.sum() + meant >= MOSTLY * len(present) else None


def are_no_labels(cells: pd.Series, missing: MissingWords) -> bool:
    """Whether a column of text holds dates, codes or measures rather than classes: nearly every patient has another one."""
    present = cells[~missing.mask(cells)]
    shared = present.map(present.value_counts())
    lonely = (shared <= NEXT_TO_NOBODY) & present.str.contains(r"\d", regex=True)
    return present.nunique() >= MANY_LABELS and bool(lonely.mean() > 0.5)
