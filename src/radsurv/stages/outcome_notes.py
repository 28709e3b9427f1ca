"""What is done to the outcome of the cohort table, said wherever it is read: where times start, and which cause is the event."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from radsurv.cohort.causes import cause_name, competing_counts, is_competing
from radsurv.cohort.landmark import landmark_told, lost_before
from radsurv.formats import number, plural
from radsurv.options.cohort_table import EVENT_CAUSE, CohortConfig

OVERSTATES = "1 − Kaplan-Meier would overstate how many have the event; Aalen-Johansen curves do not"


def outcome_notes(cohort: CohortConfig, patients: pd.DataFrame, reasons: Iterable[str]) -> list[str]:
    """A note for the landmark, and one for the causes of the event.

    Parameters
    ----------
    cohort
    patients
        Those who can take part, by their rows of the cohort table.
    reasons
        Why others cannot.
    """
    return [*_of_landmark(cohort, reasons), *_of_causes(cohort, patients)]


def competing_events(patients: pd.DataFrame) -> dict[str, float]:
    """The metric that counts events of other causes; none where causes are not told apart."""
    return {"n_competing_events": int(is_competing(patients).sum())} if EVENT_CAUSE in patients else {}


def _of_landmark(cohort: CohortConfig, reasons: Iterable[str]) -> list[str]:
    if cohort.landmark_days is None:
        return []
    lost = lost_before(reasons, cohort)
    shown = ", ".join(f"{number(count)} {how}" for how, count in lost.items())
    return [
        f"cohort.landmark_days={cohort.landmark_days:g}: times start at the landmark, {landmark_told(cohort)} after the start of the"
        f" table's; excluded by name {'is' if sum(lost.values()) == 1 else 'are'} {plural(sum(lost.values()), 'patient')} who left by"
        f" then{f' ({shown})' if lost else ''}; every number holds for patients who are followed beyond the landmark without the event"
    ]


def _of_causes(cohort: CohortConfig, patients: pd.DataFrame) -> list[str]:
    if cohort.event_of_interest is None or EVENT_CAUSE not in patients:
        return []
    counts = competing_counts(cohort, patients)
    event = f"cohort.event_of_interest={cohort.event_of_interest}: the event is {cause_name(cohort, cohort.event_of_interest)}"
    if not counts:
        return [f"{event}, and nobody has another"]
    others = ", ".join(f"{name} in {plural(count, 'patient')}" for name, count in counts.items())
    return [f"{event}; other causes are censored at their time ({others}): {OVERSTATES}"]
