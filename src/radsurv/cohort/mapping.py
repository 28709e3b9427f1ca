"""From somebody's table to ours: column names, label values, and who takes part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.cohort.faults import table_error, unknown_name
from radsurv.options.cohort_table import CohortConfig


def map_table(raw: pd.DataFrame, cohort: CohortConfig, path: Path) -> pd.DataFrame:
    """Rename columns and replace label values.

    A column that is mapped takes the place of one that has our name already.

    Parameters
    ----------
    raw : DataFrame of str
        As `read_text_table` gives it.
    cohort : CohortConfig
        ``columns`` {our name: their name} and ``values`` {our column: {their value: our value}}.

    Raises
    ------
    CohortError
        A name that is not in the table, with the nearest ones.
    """
    missing = [
        f"cohort.columns.{ours}: {unknown_name(theirs, raw)}"
        for ours, theirs in cohort.columns.items()
        if theirs not in raw
    ]
    if missing:
        raise table_error(path, missing)
    replaced = {*cohort.columns.values(), *cohort.columns}
    mapped = pd.DataFrame({ours: raw[theirs] for ours, theirs in cohort.columns.items()}, index=raw.index)
    table = mapped.join(raw[[name for name in raw if name not in replaced]])

    missing = [f"cohort.values.{name}: {unknown_name(name, table)}" for name in cohort.values if name not in table]
    if missing:
        raise table_error(path, missing)
    for name, labels in cohort.values.items():
        by_value = {canonical(theirs): "" if ours is None else str(ours) for theirs, ours in labels.items()}
        table[name] = [by_value.get(canonical(cell), cell) for cell in table[name]]
    return table


def select_rows(table: pd.DataFrame, cohort: CohortConfig, path: Path) -> tuple[pd.DataFrame, pd.Series]:
    """The rows that take part.

    Returns
    -------
    selected, reasons : DataFrame, Series of str
        Rows whose every selected column has one of the allowed values; and, for the others, why not.

    Raises
    ------
    CohortError
        A selected column is not in the table.
    """
    missing = [f"cohort.select.{name}: {unknown_name(name, table)}" for name in cohort.select if name not in table]
    if missing:
        raise table_error(path, missing)
    reasons = pd.Series("", index=table.index, dtype=object)
    for name, allowed in cohort.select.items():
        wanted = {canonical(value) for value in allowed}
        reasons = reasons.where(
            (reasons != "") | table[name].map(canonical).isin(wanted),
            table[name].map(lambda cell, name=name: f"not selected: {name}={cell or 'empty'}"),
        )
    return table[reasons == ""], reasons[reasons != ""]


def canonical(value: Any) -> str:
    """One text for values that people write in several ways: 1, "1", 1.0 and " 1 "; true, True and "TRUE"."""
    text = "" if value is None else str(value).strip()
    if text.lower() in {"true", "false"}:
        return text.lower()
    try:
        return repr(float(text))
    except ValueError:
        return text
