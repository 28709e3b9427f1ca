"""How much the random draw of the inner folds matters."""

from __future__ import annotations

from typing import Any

import pandas as pd

from radsurv.formats import number, probability, ratio
from radsurv.report.experiment import Experiment
from radsurv.report.sections.section import Section


def inner_draws(experiment: Experiment) -> Section | None:
    """The experiment once per draw of the inner folds; only where there are several."""
    table = experiment.inner_draws
    if table is None:
        return None
    metrics = experiment.metrics
    own = pd.Series({name: metrics.get(name) for name in table.columns[1:]}, dtype=float)
    values: dict[str, Any] = {
        "n": len(table),
        "own": _row(own),
        "rows": [_row(table.iloc[position]) for position in range(len(table))],
    }
    return Section("inner_draws", "Other draws of the inner folds", values)


def _row(row: pd.Series) -> dict[str, str]:
    def shown(name: str, form: Any) -> str:
        return "–" if pd.isna(row[name]) else str(form(row[name]))

    return {
        "c": shown("harrell_c", "{:.3f}".format),
        "p": shown("log_rank_p", probability),
        "hazard_ratio": shown("hazard_ratio", ratio),
        "n_short": shown("n_short", number),
    }
