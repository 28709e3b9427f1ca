"""Columns of other people's tables, found by what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from radsurv.cohort.faults import table_error, unknown_name

# Of GDC's tables: demographic.vital_status.
OF_GDC = frozenset(
    {"cases", "demographic", "diagnoses", "follow_ups", "exposures", "treatments", "clinical", "project"}
)


def plain(name: str) -> str:
    """A name without what people write differently: case, blanks, points, hyphens.

    >>> plain("Survival.time"), plain(" Overall Survival (Months) ")
    ('survival_time', 'overall_survival_months')
    """
    return re.sub(r"[^0-9a-z]+", "_", name.casefold()).strip("_")


def words(name: str) -> set[str]:
    """The words of a name, also those that ``camelCase`` joins."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return set(plain(parted).split("_"))


def named(table: pd.DataFrame, names: Iterable[str]) -> str | None:
    """The first column with one of these plain names, in the order of the names; what GDC puts before a name (``cases.``) may be there."""
    own: dict[str, str] = {}
    for column in table.columns:
        own.setdefault(plain(column), column)
        before, _, after = column.partition(".")
        if before in OF_GDC:
            own.setdefault(plain(after), column)
    return next((own[name] for name in names if name in own), None)


def require(table: pd.DataFrame, column: str, role: str, path: Path) -> str:
    """A column that was asked for.

    Raises
    ------
    CohortError
        There is none of this name.
    """
    if column not in table:
        raise table_error(path, [f"--column {role}={column}: {unknown_name(column, table)}"])
    return column
