"""Features of the grey-level co-occurrence matrix (Haralick et al. 1973), as the package behind the paper has them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float

FEATURES = (
    "Energy",
    "Contrast",
    "Entropy",
    "Homogeneity",
    "Correlation",
    "SumAverage",
    "Variance",
    "Dissimilarity",
    "AutoCorrelation",
)


def glcm_features(matrix: Float[np.ndarray, "level neighbour"]) -> Float[np.ndarray, " 9"]:
    """The nine features of a co-occurrence matrix that is not normalised yet.

    Two peculiarities of the package are kept: Correlation is that of the matrix rounded to whole numbers (half up)
    before it is normalised, and SumAverage and Variance are divided by 2 Ng².

    Without any pair everything is undefined (NaN); Correlation also where one grey level pairs only with itself.
    """
    total = matrix.sum()
    if total == 0:
        return np.full(len(FEATURES), np.nan)
    levels = matrix.shape[0]
    p = matrix / total
    level, weights = _weights(levels)
    contrast, homogeneity, dissimilarity, product = (weights * p).sum(axis=(1, 2))
    by_row, by_column = p.sum(axis=1), p.sum(axis=0)
    (mean_row, variance_row), (mean_column, variance_column) = _moments(level, by_row), _moments(level, by_column)
    occupied = p[p > 0]
    return np.array(
        [
            (p * p).sum(),
            contrast,
            abs((occupied * np.log2(occupied)).sum()),
            homogeneity,
            _correlation(np.floor(matrix + 0.5)),
            (mean_row + mean_column) / (2 * levels**2),
            (variance_row + variance_column) / (2 * levels**2),
            dissimilarity,
            product,
        ]
    )


def _correlation(matrix: Float[np.ndarray, "level neighbour"]) -> float:
    """Pearson's correlation of the two grey levels of a pair; NaN where one of them does not vary."""
    by_row, by_column = matrix.sum(axis=1), matrix.sum(axis=0)
    if np.count_nonzero(by_row) < 2 or np.count_nonzero(by_column) < 2:
        return np.nan
    total = by_row.sum()
    level, _ = _weights(matrix.shape[0])
    mean_row, variance_row = _moments(level, by_row / total)
    mean_column, variance_column = _moments(level, by_column / total)
    deviations = np.multiply.outer(level - mean_row, level - mean_column)
    return float((deviations * matrix).sum() / total / np.sqrt(variance_row * variance_column))


def _moments(level: Float[np.ndarray, " level"], p: Float[np.ndarray, " level"]) -> tuple[float, float]:
    """Mean and variance of a distribution of grey levels."""
    mean = (level * p).sum()
    return mean, ((level - mean) ** 2 * p).sum()


@lru_cache(maxsize=32)
def _weights(levels: int) -> tuple[Float[np.ndarray, " level"], Float[np.ndarray, "4 level neighbour"]]:
    """The grey levels; (i - j)², 1 / (1 + |i - j|), |i - j| and i j of every pair of them."""
    level = np.arange(1.0, levels + 1)
    distance = np.abs(np.subtract.outer(level, level))
    return level, np.stack([distance**2, 1 / (1 + distance), distance, np.multiply.outer(level, level)])
