"""Single features that predict the outcome better than anything measured at the start is known to."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from radsurv.survival.concordance import concordance
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import training_sets

BEYOND = 0.95
# With 20 events and no censoring a feature without any meaning has a standard deviation of C of .081 (Kendall's tau under
# independence), so that .95 is 5.6 of them away: one in ten thousand tables of 8,540 features.
FEWEST_EVENTS = 20


def implausible_features(
    values: Float[np.ndarray, "patient feature"], names: tuple[str, ...], outcome: Outcome
) -> dict[str, float]:
    """Features whose own C, or 1 − C, is at least 0.95, with it; those with the highest first.

    It looks at the outcome of all patients, to warn and for nothing else: no feature leaves or stays by it. Missing values are
    left out feature by feature; fewer than 20 events say nothing.
    """
    found: dict[str, float] = {}
    there = np.isfinite(values)
    patterns, which = np.unique(there, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        rows, columns = np.flatnonzero(patterns[:, number]), np.flatnonzero(which.ravel() == number)
        among = outcome.take(rows)
        if among.event.sum() < FEWEST_EVENTS:
            continue
        everybody = training_sets(np.ones((1, len(rows)), dtype=np.int64))
        strength = concordance(rank_table(values[np.ix_(rows, columns)]), among, everybody).strength()[0]
        found |= {names[column]: float(c) for column, c in zip(columns, strength, strict=True) if c >= BEYOND}
    return dict(sorted(found.items(), key=lambda one: -one[1]))
