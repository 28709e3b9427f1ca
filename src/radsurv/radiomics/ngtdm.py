"""Features of the neighbourhood grey-tone difference matrix (Amadasun and King 1989)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

FEATURES = ("Coarseness", "Contrast", "Busyness", "Complexity", "Strength")

_EPSILON = np.finfo(np.float64).eps


def ngtdm_features(matrix: Float[np.ndarray, "level 2"]) -> Float[np.ndarray, " 5"]:
    """The five features of the columns s (summed differences) and n (pixels) per grey level.

    A quotient whose denominator vanishes is undefined (NaN): Coarseness and Strength where no pixel differs from its
    neighbourhood, Contrast and Busyness where one grey level is left, everything where no pixel has a neighbour.
    (The package adds 2^-52 to the denominators of Coarseness and Strength and so reports about 10^15 there.)
    """
    present = matrix[:, 1].nonzero()[0]
    if present.size == 0:
        return np.full(len(FEATURES), np.nan)
    level, (difference, pixels) = present + 1.0, matrix[present].T
    total, total_difference = pixels.sum(), difference.sum()
    p = pixels / total
    distance = np.abs(np.subtract.outer(level, level))
    pair = np.add.outer(p, p)
    weighted = p * difference
    weighted_difference = weighted.sum()
    unevenness = np.abs(np.subtract.outer(level * p, level * p)).sum()
    pairs_of_levels = present.size * (present.size - 1)
    squared = distance * distance
    return np.array(
        [
            _quotient(1.0, weighted_difference, _EPSILON),
            _quotient((np.multiply.outer(p, p) * squared).sum() * total_difference, pairs_of_levels * total),
            _quotient(weighted_difference, unevenness),
            (distance * np.add.outer(weighted, weighted) / pair).sum() / total,
            _quotient((pair * squared).sum(), total_difference, _EPSILON),
        ]
    )


def _quotient(numerator: float, denominator: float, epsilon: float = 0.0) -> float:
    """`numerator` / (`epsilon` + `denominator`), or NaN where `denominator` is 0."""
    return numerator / (epsilon + denominator) if denominator > 0 else np.nan
