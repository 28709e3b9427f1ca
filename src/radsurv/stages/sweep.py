"""The runs of a multirun side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from radsurv.stages.run_folder import RunFolder

# What an ablation is read by. metrics.json of each run has the rest.
SHOWN = ("n_patients", "n_events", "median_selected", "n_null_folds", "harrell_c", "hazard_ratio", "log_rank_p")


def summarise(sweep_dir: Path) -> pd.DataFrame:
    """Write ``summary.csv``: one row per run below `sweep_dir` that has metrics, named by its overrides.

    Returns
    -------
    DataFrame
        ``run``, then the metrics that are commonly compared; the file holds all of them.
    """
    found = sorted(sweep_dir.glob("*/metrics.json"))
    rows = [{"run": path.parent.name, **json.loads(path.read_text("utf-8"))} for path in found]
    table = pd.DataFrame(rows)
    if rows:
        RunFolder(sweep_dir).write(table, sweep_dir / "summary.csv")
    return table[["run", *(name for name in SHOWN if name in table)]] if rows else table
