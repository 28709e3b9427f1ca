"""BraTS: survival of those who died, without a column of events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radsurv.ingest.asked import Asked
from radsurv.ingest.column_names import named, require
from radsurv.ingest.outcome_rule import Followed, OutcomeRule, checked
from radsurv.ingest.time_with_event import ALIVE_LATER, in_days, require_numbers

TIMES = ("survival_days", "survival", "survival_in_days")


class SurvivalDays(OutcomeRule):
    """Every number is a death; ``ALIVE (361 days later)`` is censored at 361 days."""

    name = "survival_days"
    order = 50
    heeds = frozenset({"time_unit"})

    def columns(self, table: pd.DataFrame, asked: Asked) -> Mapping[str, str] | None:
        # That everybody died is nothing to conclude from any other name: the user says so, with --outcome.
        time = named(table, TIMES) if asked.outcome is None else asked.columns.get("time") or named(table, TIMES)
        if asked.endpoint != "OS" or (asked.outcome is None and "time" in asked.columns):
            return None
        return None if time is None else {"time": time}

    def follow_up(self, table: pd.DataFrame, columns: Mapping[str, str], asked: Asked, path: Path) -> Followed:
        cells = table[require(table, columns["time"], "time", path)]
        alive = cells.map(lambda cell: bool(ALIVE_LATER.fullmatch(cell))).astype(bool)
        time, faults, how = in_days(cells.map(lambda cell: ALIVE_LATER.sub(r"\1", cell)), asked)
        require_numbers(time, cells, path)
        said = (
            f"time is {columns['time']}, {how}; there is no column of events: every number counts as a death, and"
            f" 'ALIVE (N days later)' as censored at N days ({int(alive.sum())} rows)"
        )
        return checked(time, (~alive).astype("float64"), faults, [columns["time"]], [said])
