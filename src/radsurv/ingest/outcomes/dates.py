"""Dates: of the start, of death, of the last contact."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radsurv.ingest.asked import Asked
from radsurv.ingest.calendar_dates import read_dates
from radsurv.ingest.column_names import named, require
from radsurv.ingest.event_words import events
from radsurv.ingest.outcome_rule import AFTER_DEATH_DAYS, Followed, OutcomeRule, of_deaths

START = (
    "date_of_diagnosis", "diagnosis_date", "date_diagnosis", "diagnosedatum", "date_of_initial_diagnosis",
    "date_of_surgery", "surgery_date", "date_of_operation", "op_date", "op_datum", "date_of_mri", "mri_date", "scan_date",
    "date_of_scan", "study_date", "baseline_date", "start_date", "date_of_start",
)  # fmt: skip
DEATH = ("date_of_death", "death_date", "date_death", "dod", "todesdatum", "date_of_decease")
LAST = (
    "date_of_last_contact", "last_contact_date", "date_last_contact", "last_contact", "date_of_last_follow_up",
    "date_of_last_followup", "last_follow_up_date", "last_followup_date", "date_last_follow_up", "last_follow_up",
    "last_followup", "last_seen", "last_visit", "date_of_last_visit", "date_last_seen", "letzter_kontakt",
)  # fmt: skip
STATUS = ("vital_status", "status", "survival_status", "dead", "deceased", "died", "death", "event")
ROLES = {"start": START, "death": DEATH, "last_contact": LAST}


class Dates(OutcomeRule):
    """Dead: from the start to the death. Else: censored at the last contact."""

    name = "dates"
    order = 30
    heeds = frozenset({"date_order", "event_is"})

    def columns(self, table: pd.DataFrame, asked: Asked) -> Mapping[str, str] | None:
        found = {role: asked.columns.get(role) or named(table, names) for role, names in ROLES.items()}
        if None in found.values() or asked.endpoint != "OS":
            return None
        status = asked.columns.get("event") or named(table, STATUS)
        return {role: column for role, column in {**found, "event": status}.items() if column is not None}

    def follow_up(self, table: pd.DataFrame, columns: Mapping[str, str], asked: Asked, path: Path) -> Followed:
        for role, column in columns.items():
            require(table, column, role, path)
        dates, faults, how = read_dates(table[[columns[role] for role in ROLES]], asked.date_order, path)
        start = dates[columns["start"]]
        death, last = ((dates[columns[role]] - start).dt.days.astype("float64") for role in ("death", "last_contact"))
        death.name, last.name = columns["death"], columns["last_contact"]
        reasons = faults.where((faults != "") | start.notna(), f"{columns['start']} is empty")
        status = None
        if "event" in columns:
            status, unknown = events(table[columns["event"]], asked.event_is, path)
            reasons = reasons.where(reasons != "", unknown)
        found = of_deaths(status, reasons, death, last)
        by = f"{columns['event']} says who died" if "event" in columns else f"who has {columns['death']} died"
        said = (
            f"{by}; time runs from {columns['start']} to {columns['death']} of the dead, to {columns['last_contact']} of the"
            f" others, in days; left out is who is dead without the first, alive with it, or was seen more than"
            f" {AFTER_DEATH_DAYS:.0f} days after it"
        )
        return Followed(found.time, found.event, found.reasons, [said, *how])
