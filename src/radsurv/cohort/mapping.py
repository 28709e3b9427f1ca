"""From somebody's table to ours: column names, label values, and who takes part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from radsurv.cohort.cell import parsed
from radsurv.cohort.delimited import INDEX
from radsurv.cohort.faults import table_error, unknown_name
from radsurv.cohort.missing import MissingWords
from radsurv.options.cohort_table import CohortConfig


def map_table(raw: pd.DataFrame, cohort: CohortConfig, path: Path) -> pd.DataFrame:
    """Rename columns and replace label values.

    A column that is mapped takes the place of one that has our name already.

    Parameters
    ----------
    raw : DataFrame of str
        As `read_text_table` gives it.
    cohort : CohortConfig
        ``columns`` {our name: their name; "" is a first column without one} and ``values`` {our column: {their value: our
        value}}. A value is looked for as it stands, then without regard to case.

    Raises
    ------
    CohortError
        A name that is not in the table, with the nearest ones.
    """
    columns = {ours: theirs or INDEX for ours, theirs in cohort.columns.items()}
    missing = [
        f"cohort.columns.{ours}: {unknown_name(theirs, raw)}" for ours, theirs in columns.items() if theirs not in raw
    ]
    if missing:
        raise table_error(path, missing)
    # An index that nobody asked for numbers the rows of some other table.
    replaced = {*columns.values(), *columns, INDEX}
    mapped = pd.DataFrame({ours: raw[theirs] for ours, theirs in columns.items()}, index=raw.index)
    table = mapped.join(raw[[name for name in raw if name not in replaced]])

    missing = [f"cohort.values.{name}: {unknown_name(name, table)}" for name in cohort.values if name not in table]
    if missing:
        raise table_error(path, missing)
    for name, labels in cohort.values.items():
        table[name] = _translated(table[name], labels)
    return table


def _translated(cells: pd.Series, labels: Mapping[str, Any]) -> list[str]:
    """Each cell by the value that it is, or else by the only one that differs from it in nothing but case."""
    by_value = {canonical(theirs): "" if ours is None else str(ours) for theirs, ours in labels.items()}
    folded: dict[str, set[str]] = {}
    for theirs, ours in by_value.items():
        folded.setdefault(theirs.casefold(), set()).add(ours)
    by_value_folded = {theirs: ours.pop() for theirs, ours in folded.items() if len(ours) == 1}

    def translated(cell: str) -> str:
        value = canonical(cell)
        return by_value[value] if value in by_value else by_value_folded.get(value.casefold(), cell)

    return [translated(cell) for cell in cells]


def select_rows(table: pd.DataFrame, cohort: CohortConfig, source: str) -> tuple[pd.DataFrame, pd.Series]:
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
        raise table_error(source, missing)
    reasons = pd.Series("", index=table.index, dtype=object)
    no_value = MissingWords(cohort.missing)
    for name, allowed in cohort.select.items():
        wanted = {canonical(value) for value in allowed}
        taken = table[name].map(canonical).isin(wanted)
        if "" in wanted:  # null: any word for "no value"
            taken |= no_value.mask(table[name])
        reasons = reasons.where(
            (reasons != "") | taken,
            table[name].map(lambda cell, name=name: "not selected: " + _told(name, cell, cohort)),
        )
    return table[reasons == ""], reasons[reasons != ""]


def _told(name: str, cell: str, cohort: CohortConfig) -> str:
    """Column and cell; with pseudonyms not the cell, which may be a name."""
    return name if cohort.pseudonymise else f"{name}={cell or 'empty'}"


def canonical(value: Any) -> str:
    """One text for values that people write in several ways: 1, "1", 1.0 and " 1 "; true, True and "TRUE"."""
    text = "" if value is None else str(value).strip()
    if text.lower() in {"true", "false"}:
        return text.lower()
    number = parsed(text)
    return text if number is None else repr(number)
