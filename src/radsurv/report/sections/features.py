"""What the models used: features most often selected, and what every fold kept."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
from markupsafe import Markup

from radsurv.formats import number, percent, plural
from radsurv.report.experiment import Experiment
from radsurv.report.figures.selection_plot import fold_count_figure, selection_figure
from radsurv.report.figures.style import to_svg
from radsurv.report.folds import per_feature, per_fold
from radsurv.report.sections.section import Section

MOST_BARS = 20
MOST_ROWS = 200
MOST_IDS = 4
Row = dict[Hashable, Any]


def features(experiment: Experiment) -> Section | None:
    """Features by how many folds agree on them, and one row per fold."""
    predictions, selections, simulated = experiment.predictions, experiment.selections, experiment.simulated
    if predictions is None or selections is None or experiment.folds is None:
        return None
    folds = per_fold(predictions, experiment.folds)
    table = per_feature(selections, len(folds))
    values: dict[str, Any] = {
        "n_folds": len(folds),
        "n_features": len(table),
        "n_shown": min(MOST_BARS, len(table)),
        "rows": [_feature_row(row) for row in table.head(MOST_ROWS).to_dict("records")],
        "folds": [_fold_row(row) for row in folds.to_dict("records")],
        "n_repeats": experiment.n_repeats,
        "patients": _patient_rows(predictions),
        "time_unit": experiment.time_unit,
        "external": experiment.external,
    }
    if len(table) and not experiment.external:
        bars = selection_figure(table.head(MOST_BARS), simulated)
        counts = fold_count_figure(folds["n_kept"].to_numpy(), folds["n_nonzero"].to_numpy(), simulated)
        values["bars"] = Markup(to_svg(bars, "selection", "Features by the share of folds that selected them"))
        values["counts"] = Markup(to_svg(counts, "fold-counts", "Number of features kept and used per fold"))
    title = "Features of the model" if experiment.external else "Features most often selected"
    return Section("features", title, values)


def _feature_row(row: Row) -> dict[str, str]:
    return {
        "feature": row["feature"],
        "kept": percent(row["kept"]),
        "nonzero": percent(row["nonzero"]),
        "coefficient": f"{row['coefficient']:+.3f}",
        "strength": f"{row['strength']:.3f}",
    }


def _fold_row(row: Row) -> Row:
    ids = row["patients"]
    named = ", ".join(map(str, ids)) if 0 < len(ids) <= MOST_IDS else plural(row["n_tested"], "patient")
    return row | {"patients": named, "threshold": number(row["threshold"])}


def _patient_rows(predictions: pd.DataFrame) -> list[Row]:
    ordered = predictions.sort_values(["repeat", "risk", "patient_id"], ascending=[True, False, True])
    return [
        row | {"time": number(row["time"]), "risk": f"{row['risk']:+.3f}", "threshold": f"{row['threshold']:+.3f}"}
        for row in ordered.to_dict("records")
    ]
