"""What a shape of survival has to offer: the base of every rule in ``radsurv.ingest.outcomes``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from radsurv.cohort.faults import quoted
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import comma_in, finite_number
from radsurv.formats import number
from radsurv.ingest.asked import Asked

# Last contacts are written down some days after they were; later than this after a death, one of the two is wrong.
AFTER_DEATH_DAYS = 30.0


@dataclass(frozen=True)
class Followed:
    """Follow-up of the rows of a table.

    Attributes
    ----------
    time : Series of float
        Days, above 0; NaN where there is a reason.
    event : Series of float
        1 or 0; NaN where there is a reason.
    reasons : Series of str
        Why a row has no usable follow-up; "" where it has.
    said : list of str
        The rule in sentences.
    """

    time: pd.Series
    event: pd.Series
    reasons: pd.Series
    said: list[str] = field(default_factory=list)


class OutcomeRule(ABC):
    """One shape of survival.

    Attributes
    ----------
    name : str
        As the user asks for it (``--outcome``).
    order : int
        Where a table fits several, the lowest is taken.
    heeds : frozenset of str
        Those of `Asked` that change what it reads, beside the endpoint and the columns.
    """

    name: ClassVar[str]
    order: ClassVar[int]
    heeds: ClassVar[frozenset[str]]

    @abstractmethod
    def columns(self, table: pd.DataFrame, asked: Asked) -> Mapping[str, str] | None:
        """The columns of a table that it would read, by what they hold; None where it does not fit."""

    @abstractmethod
    def follow_up(self, table: pd.DataFrame, columns: Mapping[str, str], asked: Asked, path: Path) -> Followed:
        """Days and events.

        Raises
        ------
        CohortError
            What the columns hold leaves open what is meant.
        """


def lengths(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers of a column, NaN where there is none; and what is wrong with a cell that holds something else, else ""."""
    missing = MissingWords()

    def fault(cell: str) -> str:
        if cell in missing or finite_number(cell) is not None:
            return ""
        comma = comma_in(cell)
        return f"{cells.name} has {quoted(cell)}" + (f" ({comma})" if comma else "") + "; expected a number"

    found = cells.map(lambda cell: finite_number(cell) if cell not in missing else None)
    return found.astype("float64"), cells.map(fault)


def checked(time: pd.Series, event: pd.Series, reasons: pd.Series, names: Sequence[str], said: list[str]) -> Followed:
    """Follow-up in days with a reason for whoever has none that can be used.

    Parameters
    ----------
    time, event, reasons : Series
        As found; reasons that are there already stay.
    names : sequence of str
        The columns that the time came from, for the reasons of the others.
    """
    reasons = reasons.copy()
    from_ = " and ".join(names)
    open_ = reasons == ""
    reasons[open_ & time.isna()] = f"no follow-up: {from_} empty"
    short = open_ & (time <= 0)
    reasons[short] = time[short].map(lambda days: f"follow-up of {number(days)} days ({from_}); expected more than 0")
    usable = reasons == ""
    return Followed(time.where(usable), event.where(usable), reasons, said)


def of_deaths(status: pd.Series | None, reasons: pd.Series, death: pd.Series, last: pd.Series) -> Followed:
    """Follow-up from days to death, days to the last contact and, where there is one, the vital status.

    Whoever died is followed to the death, whoever did not to the last contact. Left out is who is dead without a day of
    death, alive with one, or was seen more than `AFTER_DEATH_DAYS` after it.

    Parameters
    ----------
    status : Series of float, optional
        1 dead, 0 alive, NaN with a reason. Without it, who has a day of death died.
    reasons : Series of str
    death, last : Series of float
        Days, NaN where there are none; named as in the table.
    """
    dead = death.notna().astype("float64") if status is None else status
    reasons = reasons.copy()

    def left_out(rows: pd.Series, reason: str) -> None:
        rows = rows & (reasons == "")
        shown = {"death": death.map(number, na_action="ignore"), "last": last.map(number, na_action="ignore")}
        for row in rows.index[rows]:
            reasons[row] = reason.format(**{name: cells[row] for name, cells in shown.items()})

    left_out((dead == 1) & death.isna(), f"dead, but {death.name} is empty")
    left_out((dead == 0) & death.notna(), f"contradiction: alive, but {death.name} is {{death}}")
    late = (dead == 1) & (last > death + AFTER_DEATH_DAYS)
    left_out(late, f"contradiction: {last.name} ({{last}} days) is long after {death.name} ({{death}} days)")
    left_out((dead == 0) & last.isna(), f"alive, but {last.name} is empty")
    time = pd.Series(np.where(dead == 1, death, last), index=death.index, dtype="float64")
    return checked(time, dead, reasons, [f"{death.name} or {last.name}"], [])
