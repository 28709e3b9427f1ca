"""How far the features hang on who drew the outline."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
from markupsafe import Markup

from radsurv.formats import percent
from radsurv.report.agreement import by_family, of_features, summary
from radsurv.report.experiment import Experiment
from radsurv.report.figures.agreement_plot import agreement_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.folds import per_feature
from radsurv.report.sections.section import Section

MOST_ROWS = 20


def stability(experiment: Experiment) -> Section | None:
    """ICC overall, by family and of the features that survived reduction."""
    table = experiment.stability
    if table is None or table["icc2"].isna().all():
        return None
    families = by_family(table)
    readers = experiment.setting("roi.reader") == "both"
    figure = agreement_figure(families, experiment.simulated)
    values: dict[str, Any] = {
        "readers": readers,
        "n_readings": int(table["n_readings"].max()),
        "n_patients": int(table["n_patients"].max()),
        "n_without": int(table["icc2"].isna().sum()),
        "threshold": experiment.setting("reduction.icc"),
        "overall": _shown(summary(table["icc2"].dropna())),
        "families": {name: _shown(summary(group)) for name, group in families.items()},
        "figure": Markup(to_svg(figure, "agreement", "Distribution of the ICC in every family of features")),
        "selected": None,
        "rows": [],
    }
    selections, folds = experiment.selections, experiment.folds
    if selections is not None and folds is not None:
        survived = of_features(table, selections["feature"])
        values["selected"] = _shown(summary(survived)) if len(survived) else None
        known = per_feature(selections, len(folds)).merge(table, on="feature").head(MOST_ROWS)
        values["rows"] = [_row(row) for row in known.to_dict("records")]
    title = "Agreement of readers" if readers else "Agreement of perturbed outlines"
    return Section("stability", title, values)


def _shown(found: dict[str, float]) -> dict[str, str]:
    return {name: f"{value:,}" if name == "n" else f"{value:.2f}" for name, value in found.items()}


def _row(row: dict[Hashable, Any]) -> dict[str, str]:
    def coefficient(name: str) -> str:
        return "–" if pd.isna(row[name]) else f"{row[name]:.2f}"

    return {
        "feature": row["feature"],
        "kept": percent(row["kept"]),
        "nonzero": percent(row["nonzero"]),
        "icc2": coefficient("icc2"),
        "icc3": coefficient("icc3"),
    }
