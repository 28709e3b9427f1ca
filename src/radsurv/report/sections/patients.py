"""Who took part, who did not and why, and how the predicted groups differ beforehand."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd

from radsurv.cohort.check import PatientFacts
from radsurv.cohort.covariates import NOT_COVARIATES
from radsurv.config import STAGES
from radsurv.formats import number, percent, plural
from radsurv.report.experiment import Experiment
from radsurv.report.sections.section import Section

COVARIATES = ("age", "sex", "site", "sequence")
MOST_LEVELS = 8
MOST_FURTHER = 15  # columns beside these and the configured covariates
# What the stages add to the table: facts of the image, not of the patient.
ADDED = {"simulated", "mask_reader2_usable", *(field.name for field in dataclasses.fields(PatientFacts))}


def patients(experiment: Experiment) -> Section | None:
    """Patients in and out by stage, each exclusion and warning with its reason, and baseline characteristics."""
    qc = experiment.qc
    if qc is None:
        return None
    excluded, warned = qc[qc["status"] == "excluded"], qc[qc["status"] == "warning"]
    return Section(
        "patients",
        "Patients in and out",
        {
            "n_table": int((qc["status"] != "warning").sum()),
            "steps": _by_stage(excluded),
            "n_included": int((qc["status"] == "included").sum()),
            "excluded": excluded.to_dict("records"),
            "warnings": warned.to_dict("records"),
            "warned": plural(warned["patient_id"].nunique(), "patient") if len(warned) else "",
            "baseline": _baseline(experiment),
        },
    )


def _by_stage(excluded: pd.DataFrame) -> list[tuple[str, int]]:
    """How many patients each stage excluded, in the order of the stages."""
    counts = excluded["stage"].value_counts(sort=False)
    order = [stage for stage in STAGES if stage in counts] + sorted(set(counts.index) - set(STAGES))
    return [(stage, int(counts[stage])) for stage in order]


def _baseline(experiment: Experiment) -> dict[str, Any] | None:
    """Covariates of all analysed patients and of the predicted groups."""
    if experiment.cohort is None or experiment.predictions is None:
        return None
    asked = dict.fromkeys([*COVARIATES, *(experiment.setting("cohort.covariates") or [])])
    named = [name for name in asked if name in experiment.cohort]
    further = [name for name in experiment.cohort.columns if name not in asked and _tells(experiment.cohort, name)]
    groups = experiment.first_repeat()[["patient_id", "group"]]
    table = experiment.cohort.merge(groups, on="patient_id", how="inner", validate="one_to_one")
    columns = {"All": table, "Short": table[table["group"] == "short"], "Long": table[table["group"] == "long"]}
    rows = [row for name in [*named, *further[:MOST_FURTHER]] for row in _characteristic(name, columns)]
    counts = {name: len(part) for name, part in columns.items()}
    return {"columns": counts, "rows": rows, "hidden": further[MOST_FURTHER:]} if rows else None


def _tells(cohort: pd.DataFrame, name: str) -> bool:
    """Whether a column says something of the patients as a group: numbers, or a few classes.

    Outcome, files and what was found in them do not, nor does a name or a number that every patient has to themselves.
    """
    if name in NOT_COVARIATES or name in ADDED or name.endswith("_hash") or f"{name}_hash" in cohort:
        return False
    values = cohort[name].dropna()
    n_values = values.nunique()
    if n_values <= MOST_LEVELS:
        return n_values > 1
    numeric = pd.api.types.is_numeric_dtype(values)
    return numeric and not (n_values == len(values) and bool((values % 1 == 0).all()))


def _characteristic(name: str, columns: dict[str, pd.DataFrame]) -> list[tuple[str, list[str]]]:
    """A number as median (quartiles); anything else, and 0/1, as a count per level."""
    values = columns["All"][name].dropna()
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 2:
        return [(f"{name}, median (quartiles)", [_quartiles(part[name].dropna()) for part in columns.values()])]
    levels = sorted(_spelled(values).unique())
    if len(levels) > MOST_LEVELS:
        return [(f"{name}, number of values", [str(part[name].nunique()) for part in columns.values()])]
    return [
        (f"{name}: {level}", [_share(_spelled(part[name].dropna()) == level) for part in columns.values()])
        for level in levels
    ]


def _spelled(values: pd.Series) -> pd.Series:
    """Classes as text: 0 and 1 rather than 0.0 and 1.0."""
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        return values.astype(str)
    return values.map(lambda value: number(float(value)))


def _quartiles(values: pd.Series) -> str:
    if values.empty:
        return "–"
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return f"{number(middle)} ({number(low)} to {number(high)})"


def _share(matches: pd.Series) -> str:
    return f"{int(matches.sum())} ({percent(float(matches.mean()))})" if len(matches) else "–"
