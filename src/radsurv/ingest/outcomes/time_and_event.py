"""A column of times and one that says whether the event happened, under the names that people give them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radsurv.ingest.asked import Asked
from radsurv.ingest.column_names import named, require
from radsurv.ingest.outcome_rule import Followed, OutcomeRule
from radsurv.ingest.time_with_event import time_with_event

OF_ENDPOINT = {"OS": ("os", "overall_survival"), "PFS": ("pfs",), "DFS": ("dfs",), "DSS": ("dss",)}
UNITS = ("days", "months", "years", "day", "month", "year", "d", "m", "mo", "y", "yrs")
TIMES = (
    "time",
    "survival_time",
    "survival",
    "followup",
    "follow_up",
    "follow_up_time",
    "followup_time",
    "futime",
    "duration",
)
EVENTS = (
    "event", "deadstatus_event", "dead", "death", "died", "deceased", "vital_status", "status", "survival_status",
    "event_observed", "death_event", "death_status", "fustat", "alive", "censored", "censor",
)  # fmt: skip


class TimeAndEvent(OutcomeRule):
    """Any time with any event: ``time`` and ``event``, Lung1's ``Survival.time`` and ``deadstatus.event``, or as asked."""

    name = "time_and_event"
    order = 40
    heeds = frozenset({"time_unit", "event_is"})

    def columns(self, table: pd.DataFrame, asked: Asked) -> Mapping[str, str] | None:
        own = [f"{name}{part}" for name in OF_ENDPOINT[asked.endpoint] for part in ("", "_time")]
        plain_times = [*own, *(TIMES if asked.endpoint == "OS" else ())]
        times = [*plain_times, *(f"{name}_{unit}" for name in plain_times for unit in UNITS)]
        happened = [f"{name}_{word}" for name in OF_ENDPOINT[asked.endpoint] for word in ("event", "status", "censor")]
        time = asked.columns.get("time") or named(table, times)
        event = asked.columns.get("event") or named(table, [*happened, *(EVENTS if asked.endpoint == "OS" else ())])
        return None if time is None or event is None else {"time": time, "event": event}

    def follow_up(self, table: pd.DataFrame, columns: Mapping[str, str], asked: Asked, path: Path) -> Followed:
        for role, column in columns.items():
            require(table, column, role, path)
        return time_with_event(table, columns, asked, path)
