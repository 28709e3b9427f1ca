"""The cohort table: who takes part, their outcome, and what is wrong with whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool

from radsurv.catalogue.tables import QC_COLUMNS
from radsurv.cohort.causes import CENSORED, cause_name, name_taken, with_causes
from radsurv.cohort.classes import STANDARD, rare_class_warnings
from radsurv.cohort.faults import ColumnFault, quoted, table_error, unknown_name
from radsurv.cohort.joined import doubts_of_join, read_mapped
from radsurv.cohort.landmark import from_landmark
from radsurv.cohort.mapping import canonical, select_rows
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import are_no_labels, as_found, faults_among_numbers, finite_number
from radsurv.cohort.paths import PATHS, image_folder
from radsurv.errors import CohortError, TooFewPatients
from radsurv.formats import first_few, plural
from radsurv.options.cohort_table import EVENT_CAUSE, CohortConfig

MOST_NAMED = 3  # patients in a message
NOT_MADE_UP = ("false", "0.0")  # in the column ``simulated``, as `canonical` writes it
FIRST_COLUMNS = ("patient_id", *PATHS, "time", "event", "age", *STANDARD)


@dataclass(frozen=True)
class ExaminedTable:
    """A cohort table, whatever its faults.

    Attributes
    ----------
    table : DataFrame
        The rows that take part and whose id and paths can be used, as `read_table` gives them. A cell at fault is a missing
        value; a column that is not there is not there.
    qc : DataFrame
        As `read_table` gives it.
    excluded : sequence of (patient_id, reason)
        Rows that take no part by what is selected or when follow-up ended, or that name no file.
    faults : sequence of ColumnFault
        Why the table cannot be used as it is.
    """

    table: pd.DataFrame
    qc: pd.DataFrame
    excluded: Sequence[tuple[str, str]]
    faults: Sequence[ColumnFault]


def read_table(cohort: CohortConfig, further_images: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read, translate, filter and check the cohort table.

    Parameters
    ----------
    cohort : CohortConfig
    further_images : sequence of str
        Columns that every patient needs an image in, besides ``image``.

    Returns
    -------
    table : DataFrame
        One row per patient: ``patient_id, image, mask, mask_reader2`` (str, as in the file), ``time`` (float,
        ``cohort.time_unit``, from ``cohort.landmark_days`` on), ``event`` (int, 0 or 1), with ``cohort.event_of_interest``
        ``event_cause`` (int, 0 or the cause), ``age`` (float), ``sex, site, sequence`` (str), then any other
        column: str if it is one of `further_images`, else float if every value is a number, bool if every one is true or
        false, else str. Empty cells are NaN or None. Only ``simulated`` is bool whatever its cells are: an empty one is false.
    qc : DataFrame
        ``patient_id, status, stage, reason``: the patients left out ("excluded"), and remarks ("warning").

    Raises
    ------
    CohortError
        The table cannot be used as it is; names the first faults with row, patient, found, expected and remedy.
    """
    found = examine_table(cohort, further_images)
    if found.faults:
        raise table_error(cohort.source, found.faults)
    require_patients(found.table, cohort, found.excluded)
    return found.table, found.qc


def examine_table(cohort: CohortConfig, further_images: Sequence[str] = ()) -> ExaminedTable:
    """Find all faults of a cohort table, and read what can be read in spite of them.

    Parameters
    ----------
    cohort, further_images
        As `read_table`.

    Raises
    ------
    CohortError
        There are no rows to speak of: the file cannot be read, options name columns that are not there, or those of ids or
        files are missing. Or ``cohort.root`` is no folder.
    """
    # Imported here because pandera takes a while to load, and stages that read no table ask for `require_patients` alone.
    from radsurv.cohort.schema import cohort_schema, faults, identifier_schema

    files = ["image", "mask", *further_images] if cohort.features is None else []
    folder = image_folder(cohort) if files else cohort.place.parent
    rows, names = read_mapped(cohort, [*dict.fromkeys([*PATHS, *files])])
    found = [*_missing_columns(rows, cohort, files), *name_taken(rows, cohort)]
    if any(fault.column in ("patient_id", *files) for fault in found):
        raise table_error(cohort.source, found)
    found += faults(identifier_schema(), rows)
    rows = rows[~_at_fault(rows, found, {"patient_id"})]

    selected, reasons = select_rows(rows, cohort, cohort.source)
    excluded = list(zip(rows.patient_id[reasons.index], reasons, strict=True))
    missing = MissingWords(cohort.missing)
    selected, without = _with_files(selected, files, missing)
    excluded += without
    covariates = [name for name in cohort.covariates if name in rows]
    found += faults(
        cohort_schema(folder, cohort.time_unit, files, missing, causes=cohort.event_of_interest is not None), selected
    )
    found += _faulty_covariates(selected, covariates, missing)

    usable = selected[~_at_fault(selected, found, {"patient_id", *PATHS, *files})].copy()
    for fault in filter(lambda one: one.places, found):
        usable.loc[usable.index.isin(fault.places), fault.column] = ""
    joining = doubts_of_join(usable, names, missing) if len(names) else []
    table, early = from_landmark(_typed(usable, files, missing, cohort), cohort)
    usable, table = usable.iloc[table.index], table.reset_index(drop=True)
    excluded += early
    remarks = [*joining, *_read_as_missing(usable, covariates, missing), *rare_class_warnings(table, covariates)]
    qc = [("excluded", *one) for one in excluded] + [("warning", *one) for one in remarks]
    return ExaminedTable(table, _qc_table(qc, taking_part=set(table.patient_id)), excluded, found)


def require_patients(table: pd.DataFrame, cohort: CohortConfig, excluded: Iterable[tuple[str, str]] = ()) -> None:
    """Refuse a cohort that is too small, or in which nothing happened.

    Parameters
    ----------
    table : DataFrame
        The patients that are left, with ``event``.
    excluded : iterable of (patient_id, reason)
        The others; the first few are named.

    Raises
    ------
    TooFewPatients
        With fewer than ``cohort.min_patients``.
    CohortError
        Without an event.
    """
    if len(table) < cohort.min_patients:
        others = list(excluded)
        raise TooFewPatients(
            f"{cohort.source}: {plural(len(table), 'patient')} can take part{_named(others)}; expected at"
            f" least {cohort.min_patients} (cohort.min_patients): add patients, {_earlier(cohort)}or mend or select others",
            others,
        )
    if not table["event"].any():
        raise CohortError(f"{cohort.source}: {_without_event(table, cohort)}")


def _earlier(cohort: CohortConfig) -> str:
    return "" if cohort.landmark_days is None else "take an earlier landmark (cohort.landmark_days), "


def _without_event(table: pd.DataFrame, cohort: CohortConfig) -> str:
    if cohort.event_of_interest is None:
        return (
            f"no event among {len(table)} patients (every event is 0); expected 1 for those who died or progressed: check the column,"
            " or cohort.values.event"
        )
    causes = table.loc[table[EVENT_CAUSE] != CENSORED, EVENT_CAUSE].astype(int)
    named = [f"{cause_name(cohort, cause)} in {(causes == cause).sum()}" for cause in sorted({*causes})]
    others = first_few(named, MOST_NAMED)
    return (
        f"no event of cause {cohort.event_of_interest} (cohort.event_of_interest) among {len(table)} patients: the column has"
        f" {others or 'no cause at all'}; name one of these, or check cohort.values.event"
    )


def _named(excluded: Sequence[tuple[str, str]]) -> str:
    """The most frequent reason where one stands out, else the first few patients with theirs."""
    if not excluded:
        return ""
    count = pd.Series([reason for _, reason in excluded], dtype=object).value_counts(sort=True)
    if count.iloc[0] > MOST_NAMED:
        return f" ({len(excluded)} left out, {count.iloc[0]} of them: {count.index[0]})"
    shown = first_few([f"{patient}: {reason}" for patient, reason in excluded], MOST_NAMED, "; ", "; and {} more")
    return f" ({len(excluded)} left out: {shown})"


def _missing_columns(table: pd.DataFrame, cohort: CohortConfig, files: Sequence[str]) -> list[ColumnFault]:
    needed = ["patient_id", "time", "event", *files]
    found = [
        ColumnFault.of_column(name, f"{unknown_name(name, table)}: name yours with 'cohort.columns={{{name}: YOURS}}'")
        for name in needed
        if name not in table
    ]
    return found + [
        ColumnFault.of_column(name, f"cohort.covariates: {unknown_name(name, table)}")
        for name in cohort.covariates
        if name not in table
    ]


def _at_fault(rows: pd.DataFrame, found: Iterable[ColumnFault], columns: set[str]) -> Bool[np.ndarray, "row"]:
    """Of each row, whether it has a fault in one of some columns."""
    places = {place for fault in found if fault.column in columns for place in fault.places}
    return rows.index.isin(places)


def _faulty_covariates(rows: pd.DataFrame, covariates: Sequence[str], missing: MissingWords) -> list[ColumnFault]:
    """Covariates that would become a class for each of their cells: numbers with faults, and dates, codes or ids.

    Other columns of that kind stay text: nobody calculates with them.
    """
    found: list[ColumnFault] = []
    for name in dict.fromkeys(covariates):
        if name in FIRST_COLUMNS:
            continue
        cells = faults_among_numbers(rows[name], missing)
        if cells is not None and len(cells):
            remedy = (
                "a number, as in most of its cells: correct it, or say that it is no value with 'cohort.missing=[WORD]';"
                f" if these are classes, name them with cohort.values.{name}"
            )
            found.append(ColumnFault.of_cells(name, cells.map(as_found), rows["patient_id"], remedy))
        elif cells is None and are_no_labels(rows[name], missing):
            said = (
                f"{name}: {rows[name].nunique()} different texts among {len(rows)} patients, such as"
                f" {quoted(rows[name].iloc[0])}; expected numbers, or classes that patients share: translate them with"
                f" cohort.values.{name}, or remove {name} from cohort.covariates"
            )
            found.append(ColumnFault.of_column(name, said))
    return found


def _read_as_missing(rows: pd.DataFrame, covariates: Sequence[str], missing: MissingWords) -> list[tuple[str, str]]:
    """Words of covariates that are taken for "no value" and might be a label; one remark for each, at the first such patient."""
    remarks: list[tuple[str, str]] = []
    for name in dict.fromkeys(covariates):
        for word in missing.worth_telling(rows[name]):
            its = rows.loc[rows[name] == word, "patient_id"]
            remarks.append(
                (
                    its.iloc[0],
                    f"{name}: {quoted(word)} is read as no value ({plural(len(its), 'patient')}); if it is a"
                    f" label, name it with cohort.values.{name}",
                )
            )
    return remarks


def _with_files(
    rows: pd.DataFrame, files: Sequence[str], no_value: MissingWords
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """The rows that name a file in each of these columns; and (patient_id, reason) of the others."""
    missing = rows[list(files)].apply(no_value.mask)
    without = [
        (patient, f"the table names no {' and no '.join(missing.columns[lacking])}")
        for patient, lacking in zip(rows["patient_id"], missing.to_numpy(), strict=True)
        if lacking.any()
    ]
    return rows[~missing.any(axis=1)], without


def _typed(rows: pd.DataFrame, files: Sequence[str], missing: MissingWords, cohort: CohortConfig) -> pd.DataFrame:
    """Columns in our order and in their types."""
    order = [*(name for name in FIRST_COLUMNS if name in rows), *(name for name in rows if name not in FIRST_COLUMNS)]
    texts = {"patient_id", *PATHS, *STANDARD, *files}
    typed = {name: _text(rows[name], missing) if name in texts else _guessed(rows[name], missing) for name in order}
    if "simulated" in rows:  # of joined tables, one may lack it; whoever does not say so was not made up
        cells = rows["simulated"]
        typed["simulated"] = ~missing.mask(cells) & ~cells.map(canonical).isin(NOT_MADE_UP)
    table = pd.DataFrame(typed)
    return (with_causes(table, rows["event"], cohort) if "event" in rows else table).reset_index(drop=True)


def _text(cells: pd.Series, missing: MissingWords) -> pd.Series:
    if cells.name == "patient_id":
        return cells
    return cells.where(~missing.mask(cells), None)


def _guessed(cells: pd.Series, missing: MissingWords) -> pd.Series:
    """A column as float or bool if every cell that is not empty is one, else as text."""
    empty = missing.mask(cells)
    present = cells[~empty]
    if all(finite_number(cell) is not None for cell in present):
        values = [None if no_value else finite_number(cell) for cell, no_value in zip(cells, empty, strict=True)]
        return pd.Series(values, index=cells.index, dtype="float64")
    if len(present) == len(cells) and set(map(canonical, present)) <= {"true", "false"}:
        return cells.map(canonical) == "true"
    return _text(cells, missing)


def _qc_table(entries: list[tuple[str, str, str]], taking_part: set[str]) -> pd.DataFrame:
    """One row per patient left out; a patient who takes part with another row gets a warning instead."""
    rows = [
        (patient, "warning" if patient in taking_part else status, "cohort", reason)
        for status, patient, reason in entries
    ]
    table = pd.DataFrame(rows, columns=QC_COLUMNS, dtype=object).drop_duplicates(ignore_index=True)
    is_repeated = (table.status == "excluded") & table.duplicated(["patient_id", "status"])
    return table[~is_repeated].reset_index(drop=True)
