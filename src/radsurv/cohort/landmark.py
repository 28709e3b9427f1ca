"""Times from a landmark on (``cohort.landmark_days``): where images are taken some time after the start, such as after surgery.

Whoever has the event or leaves before the image cannot have one. Who is analysed is therefore known to have lived until then, and
time that nobody could die in must not count [1]_.

References
----------
.. [1] Anderson JR, Cain KC, Gelber RD. Analysis of survival by tumor response. J Clin Oncol 1983;1:710.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from radsurv.cohort.causes import CENSORED
from radsurv.options.cohort_table import EVENT_CAUSE, CohortConfig

WITH_EVENT, OF_ANOTHER_CAUSE, NO_LONGER_FOLLOWED = (
    "with the event",
    "with an event of another cause",
    "no longer followed",
)


def from_landmark(table: pd.DataFrame, cohort: CohortConfig) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """The patients who are followed beyond the landmark, their times from there on.

    Parameters
    ----------
    table
        With ``patient_id`` and ``time``; a time that is not known stays so.
    cohort

    Returns
    -------
    table
        A part of its rows, under their index; ``time`` is above 0.
    early : list of (patient_id, reason)
        The others: event or end of follow-up at or before the landmark.
    """
    if cohort.landmark_days is None or "time" not in table:
        return table, []
    time = table["time"] - cohort.landmark
    early = table[time <= 0]
    reasons = landmark_reasons(cohort)
    said = [(str(row["patient_id"]), reasons[_how(row)]) for _, row in early.iterrows()]
    return table.assign(time=time).drop(index=early.index), said


def lost_before(reasons: Iterable[str], cohort: CohortConfig) -> dict[str, int]:
    """How many left at the landmark in which way, counted among reasons of exclusion."""
    given = [*reasons]
    counts = {how: given.count(reason) for how, reason in landmark_reasons(cohort).items()}
    return {how: count for how, count in counts.items() if count}


def landmark_told(cohort: CohortConfig) -> str:
    """The landmark in words: "90 days"."""
    return f"{cohort.landmark_days:g} days"


def since_landmark(days: float | None) -> str:
    """Since when times count, behind their unit; nothing where that is the start of the table's times.

    >>> since_landmark(90), since_landmark(None)
    (' since the landmark (90 days)', '')
    """
    return "" if days is None else f" since the landmark ({days:g} days)"


def _how(row: pd.Series) -> str:
    if row.get("event") == 1:
        return WITH_EVENT
    return OF_ANOTHER_CAUSE if row.get(EVENT_CAUSE, CENSORED) > CENSORED else NO_LONGER_FOLLOWED


def landmark_reasons(cohort: CohortConfig) -> dict[str, str]:
    """What is said of a patient who left by then, by how; nothing without a landmark."""
    if cohort.landmark_days is None:
        return {}
    # Without its number, which may be the id of a patient: a sentence that names one is hidden, and could not be counted.
    landmark = "at or before the landmark (cohort.landmark_days)"
    return {
        WITH_EVENT: f"event {landmark}",
        OF_ANOTHER_CAUSE: f"event of another cause {landmark}",
        NO_LONGER_FOLLOWED: f"follow-up ends {landmark}",
    }
