"""Baseline characteristics of the patients, and of the predicted groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from radsurv.catalogue.tables import COHORT
from radsurv.cohort.causes import is_competing
from radsurv.cohort.check import PatientFacts
from radsurv.cohort.covariates import NOT_COVARIATES
from radsurv.formats import number, percent
from radsurv.options.cohort_table import EVENT_CAUSE
from radsurv.report.cell_text import cell, with_limits
from radsurv.report.experiment import Experiment
from radsurv.survival.kaplan_meier import Median, median_follow_up, median_survival
from radsurv.survival.outcome import Outcome, of_any_cause

COVARIATES = ("age", "sex", "site", "sequence")
MOST_LEVELS = 8
MOST_FURTHER = 15  # columns beside these and the configured covariates
# What the stages add to the table: facts of the image, not of the patient.
ADDED = {"simulated", "mask_reader2_usable", *(field.name for field in dataclasses.fields(PatientFacts))}


@dataclass(frozen=True)
class Characteristic:
    """A covariate, or one of its classes: what is said of it in each group."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Characteristics:
    """The table.

    Attributes
    ----------
    counts
        Patients in all, and in each group, by the headings of the columns.
    rows
    hidden
        Further columns of the cohort table that are not shown.
    """

    counts: Mapping[str, int]
    rows: tuple[Characteristic, ...]
    hidden: tuple[str, ...]


def characteristics(experiment: Experiment) -> Characteristics | None:
    """Outcome and covariates of all analysed patients and, where there are predictions, of the predicted groups; of a finished model that
    is applied, beside those of its training patients.
    """
    cohort = experiment.table(COHORT)
    if cohort is None or not (experiment.n_repeats or experiment.inspection):
        return None
    parts = {"All": cohort}
    if experiment.n_repeats:
        groups = experiment.first_repeat()[["patient_id", "group"]]
        table = cohort.merge(groups, on="patient_id", how="inner", validate="one_to_one")
        parts = {"All": table, "Short": table[table["group"] == "short"], "Long": table[table["group"] == "long"]}
    rows, hidden = _rows(parts, cohort, experiment.config.cohort.covariates, experiment.time_unit)
    counts = {name: len(part) for name, part in parts.items()}
    applied = experiment.applied
    if applied is not None and applied.characteristics:
        counts = {"Training": applied.n_patients, **counts}
        rows = _beside(applied.characteristics, rows, len(parts))
    return Characteristics(counts, rows, hidden) if rows else None


def described(cohort: pd.DataFrame, covariates: Sequence[str], time_unit: str) -> dict[str, str]:
    """What the table says of all of some patients, by the names of its rows: counts, medians and means, nobody's own values but the
    lowest and highest of a column.

    Parameters
    ----------
    cohort
        Their rows of the cohort table.
    covariates
        Further columns that are to be there.
    time_unit
        Of follow-up.
    """
    rows, _ = _rows({"All": cohort}, cohort, covariates, time_unit)
    return {row.name: row.cells[0] for row in rows}


def _rows(
    parts: Mapping[str, pd.DataFrame], cohort: pd.DataFrame, covariates: Sequence[str], time_unit: str
) -> tuple[tuple[Characteristic, ...], tuple[str, ...]]:
    """Rows, and the columns for which there is no room."""
    asked = dict.fromkeys([*COVARIATES, *covariates])
    named = [name for name in asked if name in cohort]
    further = [name for name in cohort.columns if name not in asked and _tells(cohort, name)]
    rows = (
        *(_outcome(parts, time_unit) if {"time", "event"} <= set(cohort) else []),
        *(row for name in [*named, *further[:MOST_FURTHER]] for row in _characteristic(name, parts)),
    )
    return rows, tuple(further[MOST_FURTHER:])


def _beside(training: Mapping[str, str], rows: Sequence[Characteristic], n_parts: int) -> tuple[Characteristic, ...]:
    """What is known of either, the training patients first; a dash where one of them has no such thing."""
    own = {row.name: row.cells for row in rows}
    return tuple(
        Characteristic(name, (training.get(name, "–"), *own.get(name, ("–",) * n_parts)))
        for name in dict.fromkeys([*own, *training])
    )


def _tells(cohort: pd.DataFrame, name: str) -> bool:
    """Whether a column says something of the patients as a group: numbers, or a few classes.

    Outcome, files and what was found in them do not, nor does a name or a number that every patient has to themselves, nor
    texts of which any is of one patient only: it may be a name, or a remark in two rows of the table.
    """
    if name in NOT_COVARIATES or name in ADDED or name.endswith("_hash") or f"{name}_hash" in cohort:
        return False
    values = cohort[name].dropna()
    n_values, numeric = values.nunique(), pd.api.types.is_numeric_dtype(values)
    if n_values <= MOST_LEVELS:
        return n_values > 1 and (numeric or int(values.value_counts().min()) > 1)
    return numeric and not (n_values == len(values) and bool((values % 1 == 0).all()))


def _outcome(parts: Mapping[str, pd.DataFrame], unit: str) -> list[Characteristic]:
    """Events, and how long patients were followed and lived."""
    said: dict[str, Callable[[pd.DataFrame], str]] = {"events": lambda part: _share(part["event"] == 1)}
    if EVENT_CAUSE in parts["All"]:
        said["events of other causes (censored)"] = lambda part: _share(is_competing(part))
    said[f"median follow-up (reverse Kaplan-Meier), {unit}"] = lambda part: _median(
        median_follow_up(of_any_cause(part))
    )
    said[f"median survival (Kaplan-Meier), {unit}"] = lambda part: _median(median_survival(_outcome_of(part)))
    return [
        Characteristic(name, tuple(tell(one) if len(one) else "–" for one in parts.values()))
        for name, tell in said.items()
    ]


def _outcome_of(part: pd.DataFrame) -> Outcome:
    return Outcome(part["time"].to_numpy(float), part["event"].to_numpy(bool))


def _median(median: Median) -> str:
    return "not reached" if median.time is None else number(median.time)


def _characteristic(name: str, parts: Mapping[str, pd.DataFrame]) -> list[Characteristic]:
    """What is known of it, and for how many nothing is."""
    return [*_known(name, parts), *_missing(name, parts)]


def _missing(name: str, parts: Mapping[str, pd.DataFrame]) -> list[Characteristic]:
    if not parts["All"][name].isna().any():
        return []
    return [Characteristic(f"{name}, missing", tuple(_share(part[name].isna()) for part in parts.values()))]


def _known(name: str, parts: Mapping[str, pd.DataFrame]) -> list[Characteristic]:
    """A number as median (quartiles) and mean ± SD (range); anything else, and 0/1, as a count per level."""
    values = parts["All"][name].dropna()
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 2:
        known = [part[name].dropna() for part in parts.values()]
        return [
            Characteristic(f"{name}, median (quartiles)", tuple(map(_quartiles, known))),
            Characteristic(f"{name}, mean ± SD (range)", tuple(map(_mean, known))),
        ]
    levels = sorted(_spelled(values).unique())
    if len(levels) > MOST_LEVELS:
        cells = tuple(str(part[name].nunique()) for part in parts.values())
        return [Characteristic(f"{name}, number of values", cells)]
    return [
        Characteristic(
            f"{name}: {level}", tuple(_share(_spelled(part[name].dropna()) == level) for part in parts.values())
        )
        for level in levels
    ]


def _spelled(values: pd.Series) -> pd.Series:
    """Classes as text: 0 and 1 rather than 0.0 and 1.0."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return values.astype(str)
    return values.map(lambda value: number(float(value)))


def _quartiles(values: pd.Series) -> str:
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return with_limits(middle, low, high, number)


def _mean(values: pd.Series) -> str:
    """SD with n − 1, so that there is none of a single patient."""
    low, high = values.min(), values.max()
    return with_limits(values.mean(), low, high, number).replace(" (", f" ± {cell(values.std(), number)} (", 1)


def _share(matches: pd.Series) -> str:
    return f"{int(matches.sum())} ({percent(float(matches.mean()))})" if len(matches) else "–"
