"""cBioPortal: OS_MONTHS and OS_STATUS, and the same of other endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radsurv.ingest.asked import Asked
from radsurv.ingest.column_names import named
from radsurv.ingest.outcome_rule import Followed, OutcomeRule
from radsurv.ingest.time_with_event import time_with_event

# As the portal calls them on its pages, where its files have OS_MONTHS and OS_STATUS.
SPOKEN = {
    "OS": "overall_survival",
    "PFS": "progression_free_survival",
    "DFS": "disease_free",
    "DSS": "disease_specific_survival",
}


class CBioPortal(OutcomeRule):
    """1:DECEASED is an event, 0:LIVING is censored, at OS_MONTHS."""

    name = "cbioportal"
    order = 20
    heeds = frozenset({"time_unit", "event_is"})

    def columns(self, table: pd.DataFrame, asked: Asked) -> Mapping[str, str] | None:
        short, spoken = asked.endpoint.lower(), SPOKEN[asked.endpoint]
        time = named(table, (f"{short}_months", f"{spoken}_months", f"months_of_{spoken}"))
        event = named(table, (f"{short}_status", f"{spoken}_status"))
        return None if time is None or event is None else {"time": time, "event": event}

    def follow_up(self, table: pd.DataFrame, columns: Mapping[str, str], asked: Asked, path: Path) -> Followed:
        return time_with_event(table, columns, asked, path)
