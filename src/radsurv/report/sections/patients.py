"""Who took part, who did not and why, and how the predicted groups differ beforehand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from radsurv.config import STAGES
from radsurv.report.experiment import Experiment
from radsurv.report.formats import number, percent, plural
from radsurv.report.sections.section import Section

COVARIATES = ("age", "sex", "site", "sequence")
MOST_LEVELS = 8


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
    wanted = [*COVARIATES, *(name for name in experiment.setting("cohort.covariates") or [] if name not in COVARIATES)]
    groups = experiment.first_repeat()[["patient_id", "group"]]
    table = experiment.cohort.merge(groups, on="patient_id", how="inner", validate="one_to_one")
    columns = {"All": table, "Short": table[table["group"] == "short"], "Long": table[table["group"] == "long"]}
    rows = [row for name in wanted if name in experiment.cohort for row in _characteristic(name, columns)]
    return {"columns": {name: len(part) for name, part in columns.items()}, "rows": rows} if rows else None


def _characteristic(name: str, columns: dict[str, pd.DataFrame]) -> list[tuple[str, list[str]]]:
    """A number as median (quartiles); anything else, and 0/1, as a count per level."""
    values = columns["All"][name].dropna()
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 2:
        return [(f"{name}, median (quartiles)", [_quartiles(part[name].dropna()) for part in columns.values()])]
    levels = sorted(values.astype(str).unique())
    if len(levels) > MOST_LEVELS:
        return [(f"{name}, number of values", [str(part[name].nunique()) for part in columns.values()])]
    return [
        (f"{name}: {level}", [_share(part[name].dropna().astype(str) == level) for part in columns.values()])
        for level in levels
    ]


def _quartiles(values: pd.Series) -> str:
    if values.empty:
        return "–"
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    return f"{number(middle)} ({number(low)} to {number(high)})"


def _share(matches: pd.Series) -> str:
    return f"{int(matches.sum())} ({percent(float(matches.mean()))})" if len(matches) else "–"
