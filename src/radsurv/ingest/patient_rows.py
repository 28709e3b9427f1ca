"""One row for each patient of a table that may have several."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from radsurv.formats import first_few, number, plural
from radsurv.ingest.outcome_rule import Followed

ROWS_SHOWN = 4


@dataclass(frozen=True)
class PatientRows:
    """Follow-up by patient.

    Attributes
    ----------
    table : DataFrame
        Indexed by id of the clinical table: ``time`` (days), ``event``; only who has usable follow-up.
    rows : mapping of lists
        All rows of the table by patient, those of patients without follow-up as well.
    reasons : mapping
        The others, with the reason.
    said : list of str
    """

    table: pd.DataFrame
    rows: dict[str, list[str]]
    reasons: dict[str, str]
    said: list[str]


def by_patient(ids: pd.Series, followed: Followed) -> PatientRows:
    """Put the rows of a patient together: they have one follow-up, or the patient is left out.

    A row without usable follow-up says nothing beside one that has it (GDC has a row for each treatment).
    """
    rows: dict[str, list[str]] = {}
    for place, one in ids.items():
        if one:
            rows.setdefault(one, []).append(str(place))
    kept: dict[str, tuple[float, float]] = {}
    reasons: dict[str, str] = {}
    for one, its in rows.items():
        found = {
            (float(followed.time[row]), float(followed.event[row])): row for row in its if not followed.reasons[row]
        }
        if len(found) == 1:
            kept[one] = next(iter(found))
        elif found:
            shown = [f"{row}: {number(time)} days, event {event:.0f}" for (time, event), row in found.items()]
            reasons[one] = (
                f"contradiction: its rows have {len(found)} different follow-ups ({first_few(shown, ROWS_SHOWN, '; ')})"
            )
        else:
            reasons[one] = followed.reasons[its[0]]
    several = sum(len(its) > 1 for its in rows.values())
    said = [f"{plural(several, 'patient')} with several rows: the follow-up that these agree on"] if several else []
    table = pd.DataFrame.from_dict(kept, orient="index", columns=["time", "event"])
    return PatientRows(table, rows, reasons, said)
