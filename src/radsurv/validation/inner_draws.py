"""How much the draw of the inner folds matters: the whole experiment with λ chosen by each draw alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radsurv.survival.group_metrics import evaluate
from radsurv.validation.learned_model import LearnedModel, TrainedSet
from radsurv.validation.left_out import left_out_scores
from radsurv.validation.patients import Patients
from radsurv.validation.repeats import average
from radsurv.validation.splits import Splits

METRICS = ("n_short", "harrell_c", "log_rank_chi2", "log_rank_p", "hazard_ratio")
SPREAD = ("harrell_c", "log_rank_p", "hazard_ratio")


def inner_draws_table(splits: Splits, trained: Sequence[TrainedSet], patients: Patients) -> pd.DataFrame:
    """One row per draw: ``draw`` and the metrics of `METRICS`, averaged over repeats; no row with a single draw."""
    rows = []
    for draw in range(len(trained[0].fit.by_draw)):
        learned = (LearnedModel(one.transforms, one.fit.by_draw[draw]) for one in trained)
        scores = left_out_scores(splits, enumerate(learned), patients.measured)
        repeats = zip(scores.risk, scores.short, strict=True)
        metrics = average([evaluate(patients.outcome, risk, short).values for risk, short in repeats])
        rows.append({"draw": draw, **{name: float(metrics[name]) for name in METRICS}})
    return pd.DataFrame(rows) if rows else no_draws()


def no_draws() -> pd.DataFrame:
    """The table where there are no draws to tell apart."""
    return pd.DataFrame({"draw": np.empty(0, dtype=np.int64), **dict.fromkeys(METRICS, np.empty(0))})


def inner_draws_spread(draws: pd.DataFrame) -> dict[str, float]:
    """Number of draws, and the least and greatest of each metric of `SPREAD` over them; nothing without draws."""
    if draws.empty:
        return {}
    spread: dict[str, float] = {"inner_draws": len(draws)}
    for name in SPREAD:
        known = draws[name].dropna()
        spread[f"inner_draws_{name}_least"] = float(known.min()) if len(known) else np.nan
        spread[f"inner_draws_{name}_greatest"] = float(known.max()) if len(known) else np.nan
    return spread
