"""Of features that say the same, keep the strongest."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from radsurv.cohort.magnitudes import SMALLEST
from radsurv.compiling import WITHIN, kernel
from radsurv.survival.lanes import WIDTH, load, spread, total


@kernel(**WITHIN)
def _product(first, second):  # type: ignore[no-untyped-def]
    """Of two vectors of whole lanes."""
    lanes = spread(0.0)
    for position in range(0, len(first), WIDTH):
        lanes = lanes + load(first, position) * load(second, position)
    return total(lanes)


@kernel()
def prune(
    values: Float[np.ndarray, "feature patient"],
    candidates: Int[np.ndarray, "candidate"],
    rows: Int[np.ndarray, "drawn"],
    threshold: float,
) -> Int[np.ndarray, "kept"]:
    """Walk the candidates from the strongest on, and keep one if it correlates with none kept so far.

    Parameters
    ----------
    values
        All features of all patients.
    candidates
        Positions of features, strongest first.
    rows
        Patients of the training set, with repetition.
    threshold
        Largest tolerated absolute Pearson correlation over `rows`. A constant feature correlates with nothing.

    Returns
    -------
    kept : (kept,) int64
        In the order of keeping.
    """
    directions = np.zeros((len(candidates), -(-len(rows) // WIDTH) * WIDTH))
    kept = np.empty(len(candidates), dtype=np.int64)
    n_kept = 0
    for feature in candidates:
        direction = directions[n_kept]
        mean = 0.0
        for position in range(len(rows)):
            direction[position] = values[feature, rows[position]]
            mean += direction[position]
        mean /= len(rows)
        for position in range(len(rows)):
            direction[position] -= mean
        norm = np.sqrt(_product(direction, direction))
        if norm < SMALLEST:  # squares of tiny values are lost
            peak = np.abs(direction).max()
            if peak > 0:
                direction /= peak
                norm = np.sqrt(_product(direction, direction))
        if norm > 0:
            direction /= norm
        distinct = True
        for other in range(n_kept):
            # Rounding can carry the correlation of two copies just beyond 1.
            if min(abs(_product(direction, directions[other])), 1.0) > threshold:
                distinct = False
                break
        if distinct:
            kept[n_kept] = feature
            n_kept += 1
    return kept[:n_kept].copy()
