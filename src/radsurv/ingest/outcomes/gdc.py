"""GDC and TCGA: days to death, days to the last follow-up, vital status."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radsurv.ingest.asked import Asked
from radsurv.ingest.column_names import named, require
from radsurv.ingest.event_words import events
from radsurv.ingest.outcome_rule import AFTER_DEATH_DAYS, Followed, OutcomeRule, lengths, of_deaths

# The last ones are those of TCGA's clinical tables in text ("biotab").
DEATH = ("days_to_death", "death_days_to")
LAST = (
    "days_to_last_follow_up",
    "days_to_last_followup",
    "days_to_last_known_disease_status",
    "days_to_last_contact",
    "last_contact_days_to",
)
STATUS = ("vital_status",)


class Gdc(OutcomeRule):
    """Dead: followed to days_to_death. Alive: censored at days_to_last_follow_up."""

    name = "gdc"
    order = 10
    heeds = frozenset({"event_is"})

    def columns(self, table: pd.DataFrame, asked: Asked) -> Mapping[str, str] | None:
        # By its name only, these roles mean lengths: otherwise they mean dates.
        told = asked.columns if asked.outcome == self.name else {}
        found = {
            "death": told.get("death") or named(table, DEATH),
            "last": told.get("last_contact") or named(table, LAST),
            "status": told.get("event") or named(table, STATUS),
        }
        if found["death"] is None or found["last"] is None or asked.endpoint != "OS":
            return None
        return {role: column for role, column in found.items() if column is not None}

    def follow_up(self, table: pd.DataFrame, columns: Mapping[str, str], asked: Asked, path: Path) -> Followed:
        for role, column in columns.items():
            require(table, column, role, path)
        death, no_death = lengths(table[columns["death"]])
        last, no_last = lengths(table[columns["last"]])
        none = pd.Series("", index=table.index, dtype=object)
        status, unknown = (None, none)
        if "status" in columns:
            status, unknown = events(table[columns["status"]], asked.event_is, path)
        reasons = no_death.where(no_death != "", no_last).where((no_death + no_last) != "", unknown)
        found = of_deaths(status, reasons, death, last)
        by = f"{columns['status']} says who died" if "status" in columns else f"who has {columns['death']} died"
        said = (
            f"{by}; time is {columns['death']} of the dead and {columns['last']} of the others, in days; left out is who is"
            f" dead without the first, alive with it, or was seen more than {AFTER_DEATH_DAYS:.0f} days after it"
        )
        return Followed(found.time, found.event, found.reasons, [said])
