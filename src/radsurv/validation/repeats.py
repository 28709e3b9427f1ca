"""Metrics of several repeats of a cross-validation as one number each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np

from radsurv.catalogue.metrics import METRICS, Pooling


def average(repeats: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """One value per metric; that of the only repeat as it is.

    How depends on what kind of number it is, see `radsurv.catalogue.metrics.Pooling`. A repeat in which a metric is NaN does
    not count, and the metric is NaN where all are.
    """
    if len(repeats) == 1:
        return dict(repeats[0])
    return {name: _pool(name, np.array([metrics[name] for metrics in repeats])) for name in repeats[0]}


def _pool(name: str, values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return np.nan
    how = METRICS[name].pooling
    if how is Pooling.MEDIAN:
        return float(np.median(known))
    if how is Pooling.GEOMETRIC_MEAN:
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
