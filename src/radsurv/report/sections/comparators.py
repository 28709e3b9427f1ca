"""What the experiment adds to simpler models."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from radsurv.formats import number, ratio
from radsurv.report.experiment import Experiment
from radsurv.report.figures.comparators_plot import comparators_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.sections.section import Section
from radsurv.report.wording import COMPARED

LABELS = {"experiment": "This experiment"} | {name: said[0].upper() + said[1:] for name, said in COMPARED.items()}


def comparators(experiment: Experiment) -> Section | None:
    """One row per model on the same folds, and the reasons for those that there are not."""
    table = experiment.comparators
    if table is None or len(table) < 2:
        return None
    known = table[table["reason"] == ""].reset_index(drop=True)
    lacking = table[table["reason"] != ""]
    values: dict[str, Any] = {
        "rows": [_row(known.iloc[position]) for position in range(len(known))],
        "figure": None,
        "lacking": list(zip(lacking["comparator"].map(LABELS), lacking["reason"], strict=True)),
    }
    if len(known) > 1:
        figure = comparators_figure(known, known["comparator"].map(LABELS).tolist(), experiment.simulated)
        described = "Harrell's C of the experiment and of simpler models, and the differences"
        values["figure"] = Markup(to_svg(figure, "comparators", described))
    return Section("comparators", "Against simpler models", values)


def _row(row: pd.Series) -> dict[str, str]:
    own = row["comparator"] == "experiment"
    return {
        "label": LABELS[row["comparator"]],
        "features": "" if own else row["features"],
        "c": _limits(row, "harrell_c", "{:.3f}"),
        "delta": "" if own else _limits(row, "delta_c", "{:+.3f}"),
        "hazard_ratio": "–" if pd.isna(row["hazard_ratio"]) else ratio(row["hazard_ratio"]),
        "null_folds": number(row["n_null_folds"]),
    }


def _limits(row: pd.Series, name: str, form: str) -> str:
    value, low, high = (row[column] for column in (name, f"{name}_low", f"{name}_high"))
    if pd.isna(value):
        return "–"
    limits = "" if pd.isna(low) or pd.isna(high) else f" ({form.format(low)} to {form.format(high)})"
    return (form.format(value) + limits).replace("-", "−")
