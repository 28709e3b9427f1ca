"""Metrics of several repeats of a cross-validation as one number each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import pandas as pd

from radsurv.survival.kaplan_meier import SurvivalCurve
from radsurv.survival.model import RiskModel
from radsurv.validation.assess import Assessment, assess
from radsurv.validation.splits import Splits


def average(repeats: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """One value per metric; that of the only repeat as it is.

    Ratios are averaged on the log scale. For P values, and the χ² that they come from, the median stands: a mean of P
    values has no meaning. Everything else is a mean. A repeat in which a metric is NaN does not count, and the metric is
    NaN where all are.
    """
    if len(repeats) == 1:
        return dict(repeats[0])
    return {name: _pool(name, np.array([metrics[name] for metrics in repeats])) for name in repeats[0]}


def _pool(name: str, values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return np.nan
    if name.endswith(("_p", "_chi2")):
        return float(np.median(known))
    if name.startswith("hazard_ratio"):
        with np.errstate(divide="ignore"):  # a bootstrap limit may be 0
            return float(np.exp(np.mean(np.log(known))))
    return float(np.mean(known))


def said_in_repeats(said: Sequence[Sequence[str]]) -> list[str]:
    """Remarks of all repeats, each once, with the number of repeats where it holds not for all."""
    times = {remark: sum(remark in remarks for remarks in said) for remark in dict.fromkeys(chain.from_iterable(said))}
    return [
        remark if count == len(said) else f"in {count} of {len(said)} repeats: {remark}"
        for remark, count in times.items()
    ]


def assess_repeats(
    values: np.ndarray,
    predictions: pd.DataFrame,
    splits: Splits,
    models: Sequence[RiskModel],
    references: Sequence[SurvivalCurve],
    *,
    horizons: Sequence[float] | None,
    seed: int,
) -> Assessment:
    """Judge every repeat, and average the metrics.

    Parameters
    ----------
    values, horizons, seed
        See `radsurv.validation.assess.assess`.
    predictions : columns time, event, risk, group, repeat
        One row per patient and repeat, in the order of `values` within each.
    splits
        Whom each model judges, in which repeat.
    models, references
        In the order of `splits`.

    Returns
    -------
    Assessment
        The tables by time are those of the first repeat, like all curves. A reason is kept for a metric that is NaN in
        all repeats.
    """
    judged = []
    for repeat, rows in predictions.groupby("repeat"):
        own = np.flatnonzero(splits.repeat == repeat).tolist()
        judges = splits.tested[own], [models[which] for which in own], [references[which] for which in own]
        judged.append(assess(values, rows.reset_index(drop=True), *judges, horizons=horizons, seed=seed))
    metrics = average([one.metrics for one in judged])
    reasons = {name: why for one in judged for name, why in one.reasons.items() if np.isnan(metrics[name])}
    first = judged[0]
    notes = said_in_repeats([one.notes for one in judged])
    return Assessment(metrics, first.horizons, first.calibration, first.decision, reasons, notes)
