"""What ended follow-up: nothing, the event, or one of several causes of which one counts (``cohort.event_of_interest``)."""

from __future__ import annotations

import pandas as pd

from radsurv.cohort.cell import parsed
from radsurv.cohort.faults import ColumnFault
from radsurv.cohort.mapping import canonical
from radsurv.formats import first_few
from radsurv.options.cohort_table import EVENT_CAUSE, MOST_CAUSES, CohortConfig

CENSORED = 0
# As `canonical` writes them.
EVENTS = {"1.0": 1, "true": 1, "0.0": CENSORED, "false": CENSORED}
LABELS_SHOWN = 3


def cause_of(cell: str) -> int | None:
    """The cause that a cell of ``event`` names, `CENSORED` for none; None where it does not say.

    >>> [cause_of(cell) for cell in ("2", "true", "0.0", "1.5", "dead", "100")]
    [2, 1, 0, None, None, None]
    """
    text = canonical(cell)
    number = parsed(text)
    if text in EVENTS or number is None:
        return EVENTS.get(text)
    return int(number) if 0 <= number <= MOST_CAUSES and number == int(number) else None


def with_causes(table: pd.DataFrame, cells: pd.Series, cohort: CohortConfig) -> pd.DataFrame:
    """The table with ``event``: 1 for the event, 0 for anything else, NaN where a cell does not say; of several causes, with the
    column `EVENT_CAUSE` behind it.

    Parameters
    ----------
    table
    cells : Series of str
        Its column ``event`` as it stands in the file, in the same order.
    cohort
    """
    causes = pd.Series([cause_of(cell) for cell in cells], index=table.index, dtype="float64")
    events = (causes == (cohort.event_of_interest or 1)).astype("float64").where(causes.notna())
    found: dict[str, pd.Series] = {"event": events, EVENT_CAUSE: causes}
    if causes.notna().all():
        found = {name: numbers.astype("int64") for name, numbers in found.items()}
    if cohort.event_of_interest is None:
        return table.assign(event=found["event"])
    order = [name for own in table for name in ((own, EVENT_CAUSE) if own == "event" else (own,))]
    return table.assign(**found)[order]


def name_taken(table: pd.DataFrame, cohort: CohortConfig) -> list[ColumnFault]:
    """The fault that somebody else's column has the name of the one with the causes."""
    if cohort.event_of_interest is None or EVENT_CAUSE not in table:
        return []
    said = (
        f"{EVENT_CAUSE}: with cohort.event_of_interest, the causes of event are kept under this name, which a column of the table"
        " has; name the column that holds the causes with cohort.columns.event, and rename or remove the other"
    )
    return [ColumnFault.of_column(EVENT_CAUSE, said)]


def cause_name(cohort: CohortConfig, cause: int) -> str:
    """A cause by its number, and by the words that ``cohort.values.event`` translates into it."""
    labels = cohort.values.get("event", {})
    words = [
        word for word, ours in labels.items() if cause_of(str(ours)) == cause and canonical(word) != canonical(cause)
    ]
    return f"cause {cause}" + (f" ({first_few(words, LABELS_SHOWN)})" if words else "")


def is_competing(patients: pd.DataFrame) -> pd.Series:
    """Of each row with its cause, whether another cause than the one that counts ended follow-up."""
    return (patients[EVENT_CAUSE] != CENSORED) & (patients["event"] == 0)


def competing_counts(cohort: CohortConfig, patients: pd.DataFrame) -> dict[str, int]:
    """How many patients had an event of each other cause, by its name."""
    others = patients.loc[is_competing(patients), EVENT_CAUSE].value_counts().sort_index()
    return {cause_name(cohort, int(cause)): int(n) for cause, n in others.items()}
