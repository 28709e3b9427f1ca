"""Dates as people and table software write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from radsurv.cohort.faults import quoted
from radsurv.cohort.missing import MissingWords
from radsurv.errors import CohortError
from radsurv.formats import plural
from radsurv.ingest.asked import DateOrder
from radsurv.stages.follow_up import EXCEL_SERIALS

CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
WITH_SLASHES = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Day 0 of Excel, which believes that 1900 was a leap year.
EXCEL_START = date(1899, 12, 30)


def _excel(number: str) -> date | None:
    days = int(float(number))
    return EXCEL_START + timedelta(days=days) if EXCEL_SERIALS[0] <= days <= EXCEL_SERIALS[1] else None


def _month(name: str) -> int:
    """0, which is no month, where the name is none."""
    return MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in MONTHS else 0


# How a whole cell looks, and what year, month and day are in it. Each can be read in one way only.
FORMS: Mapping[str, tuple[re.Pattern[str], Callable[[re.Match[str]], date | None]]] = {
    "YYYY-MM-DD": (re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"), lambda m: date(int(m[1]), int(m[2]), int(m[3]))),
    "YYYYMMDD": (re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)"), lambda m: date(int(m[1]), int(m[2]), int(m[3]))),
    "DD.MM.YYYY": (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), lambda m: date(int(m[3]), int(m[2]), int(m[1]))),
    "DD-Mon-YYYY": (
        re.compile(r"(\d{1,2})[- ]([A-Za-z]{3,9})[- ](\d{4})"),
        lambda m: date(int(m[3]), _month(m[2]), int(m[1])),
    ),
    "Excel's day number": (re.compile(r"(\d{5})(?:\.\d+)?"), lambda m: _excel(m[1])),
}


def read_dates(table: pd.DataFrame, order: DateOrder | None, path: Path) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """Read columns of dates.

    Parameters
    ----------
    table : DataFrame of str
        Of dates only: 03/04/2020 is read as those cells of all columns tell that can be read in one way only (13/04/2020).
    order : {"DMY", "MDY"}, optional
        What comes first in it.
    path : Path
        For messages.

    Returns
    -------
    dates : DataFrame of datetime64
        NaT where a cell holds no date.
    faults : Series of str
        What is wrong with the first cell of a row that holds something else, else "".
    said : list of str
        The forms that were met, and how many cells have them.

    Raises
    ------
    CohortError
        Nothing tells whether the day or the month comes first, or cells contradict each other.
    """
    missing = MissingWords()
    decided, from_ = _order(table, order, path)
    met: Counter[str] = Counter()
    dates = pd.DataFrame(index=table.index, columns=table.columns, dtype="datetime64[ns]")
    faults = pd.Series("", index=table.index, dtype=object)
    for column in map(str, table):
        for row, cell in zip(table.index, table[column], strict=True):
            if cell in missing:
                continue
            form, found = _date(CLOCK.sub("", cell), decided)
            if found is None:
                faults[row] = faults[row] or f"{column} has {quoted(cell)}; expected a date to the day, like 2020-04-30"
            else:
                met[form] += 1
                dates.loc[row, column] = pd.Timestamp(found)
    counts = ", ".join(f"{form} ({plural(n, 'cell')})" for form, n in met.most_common())
    said = [f"dates: {counts}{from_}"] if met else []
    return dates, faults, said


def _date(cell: str, order: DateOrder | None) -> tuple[str, date | None]:
    """The form of a cell and its date; none for the 31st of February."""
    for form, (pattern, read) in FORMS.items():
        match = pattern.fullmatch(cell)
        if match:
            with suppress(ValueError):
                return form, read(match)
    slashes = WITH_SLASHES.fullmatch(cell)
    if slashes and order is not None:
        first, second, year = map(int, slashes.groups())
        day, month = (first, second) if order == "DMY" else (second, first)
        with suppress(ValueError):
            return ("DD/MM/YYYY" if order == "DMY" else "MM/DD/YYYY"), date(year, month, day)
    return "", None


def _order(table: pd.DataFrame, asked: DateOrder | None, path: Path) -> tuple[DateOrder | None, str]:
    """What comes first in dates with slashes, and how that is known."""
    cells = [CLOCK.sub("", cell) for column in table for cell in table[column]]
    matches = [match for match in map(WITH_SLASHES.fullmatch, cells) if match]
    if not matches:
        return None, ""
    if asked is not None:
        return asked, f"; {asked} as asked (--date-order)"
    day_first = [match[0] for match in matches if int(match[1]) > 12]
    month_first = [match[0] for match in matches if int(match[2]) > 12]
    ask = "say what comes first, with --date-order DMY or --date-order MDY"
    if day_first and month_first:
        raise CohortError(
            f"{path}: {quoted(day_first[0])} has the day first and {quoted(month_first[0])} the month; expected one order in"
            f" {', '.join(table.columns)}: correct the dates, or {ask}"
        )
    if not day_first and not month_first:
        raise CohortError(
            f"{path}: {quoted(matches[0][0])} and all {len(matches)} dates of its kind can be read in two ways (day or month"
            f" first); expected one beyond the 12th: {ask}"
        )
    told = day_first or month_first
    return (
        "DMY" if day_first else "MDY"
    ), f"; {'day' if day_first else 'month'} first, as {quoted(told[0])} tells ({len(told)} such)"
