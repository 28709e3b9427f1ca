"""Days and events from a column of times and one of events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radsurv.cohort.faults import quoted
from radsurv.errors import CohortError
from radsurv.formats import plural
from radsurv.ingest.asked import Asked
from radsurv.ingest.column_names import words
from radsurv.ingest.event_words import events
from radsurv.ingest.outcome_rule import Followed, checked, lengths
from radsurv.options.cohort_table import DAYS, TimeUnit

OF_NAMES: Mapping[TimeUnit, frozenset[str]] = {
    "days": frozenset({"day", "days", "d", "tage"}),
    "months": frozenset({"month", "months", "mo", "mos", "mths", "m", "monate"}),
    "years": frozenset({"year", "years", "yr", "yrs", "y", "jahre"}),
}
# BraTS: the patient was alive when last seen, so many days after the start.
ALIVE_LATER = re.compile(r"alive\s*\(\s*(\d+(?:\.\d+)?)\s*days?\s*later\s*\)", re.IGNORECASE)


def in_days(cells: pd.Series, asked: Asked) -> tuple[pd.Series, pd.Series, str]:
    """Times in days, what is wrong with those that are none, and where the unit is from, in words."""
    name = str(cells.name)
    unit, from_ = _unit(name, asked)
    found, faults = lengths(cells)
    factor = DAYS[unit]
    how = "in days" if factor == 1 else f"in {unit}, times {factor:g} = days"
    # Twelve figures are more than anybody has, and hide how binary numbers multiply (4.7 · 30.4375).
    return (found * factor).map(lambda days: float(f"{days:.12g}")), faults, f"{how} ({from_})"


def time_with_event(table: pd.DataFrame, columns: Mapping[str, str], asked: Asked, path: Path) -> Followed:
    """Follow-up from the columns ``time`` and ``event``.

    Raises
    ------
    CohortError
        No time is a number, or the events cannot be told apart.
    """
    cells = table[columns["time"]]
    alive = cells.map(lambda cell: bool(ALIVE_LATER.fullmatch(cell))).astype(bool)
    time, faults, how = in_days(cells.map(lambda cell: ALIVE_LATER.sub(r"\1", cell)), asked)
    require_numbers(time, table[columns["time"]], path)
    event, unknown = events(table[columns["event"]], asked.event_is, path)
    reasons = faults.where(faults != "", unknown)
    against = alive & (event == 1) & (reasons == "")
    reasons[against] = cells[against].map(
        lambda cell: (
            f"contradiction: {columns['time']} is {quoted(cell)}, but {columns['event']} says that the event happened"
        )
    )
    later = f", 'ALIVE (N days later)' at N days ({plural(int(alive.sum()), 'row')})" if alive.any() else ""
    said = [
        f"time is {columns['time']}, {how}{later}; event is {columns['event']}: {meanings(table[columns['event']], event)}"
    ]
    return checked(time, event, reasons, [columns["time"]], said)


def meanings(cells: pd.Series, event: pd.Series) -> str:
    """Which words were taken for which event, with counts."""
    said = []
    for value in (1.0, 0.0):
        count = cells[event == value].value_counts()
        said += [f"{quoted(word)} = {value:.0f} ({plural(int(n), 'row')})" for word, n in count.items()]
    return ", ".join(said)


def require_numbers(time: pd.Series, cells: pd.Series, path: Path) -> None:
    """A column of times without a number is another column."""
    if time.notna().any():
        return
    held = next((cell for cell in cells if cell), "")
    raise CohortError(
        f"{path}: {cells.name} has no number in {len(cells)} rows, first {quoted(held)}; expected times: decimal commas are"
        " read where a column has nothing else (--decimal-comma says that 1,000 is one), another column is named with"
        " --column time=NAME"
    )


def _unit(name: str, asked: Asked) -> tuple[TimeUnit, str]:
    if asked.time_unit is not None:
        return asked.time_unit, "--time-unit"
    for unit, its in OF_NAMES.items():
        if words(name) & its:
            return unit, "by its name"
    return "days", "assumed, its name has no unit; else --time-unit months or years"
