"""The thirteen features that run-length and size-zone matrices share.

Rows are grey levels g = 1, 2, …; columns are extents r = 1, 2, …: the length of a run or the size of a zone, in pixels.
p is the matrix divided by its sum. Sources: Galloway 1975, Chu et al. 1990, Dasarathy and Holder 1991 for runs;
Thibault et al. 2009 for zones. The two variances are the package's own: see `emphasis_features`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def emphasis_features(matrix: Float[np.ndarray, "level extent"]) -> Float[np.ndarray, " 13"]:
    """Short and long emphasis, non-uniformities, percentage, low and high grey level, their combinations, variances.

    In the order SRE, LRE, GLN, RLN, RP, LGRE, HGRE, SRLGE, SRHGE, LRLGE, LRHGE, GLV, RLV. The last two follow the
    package behind the paper: the variance of the products g p(g, r), or r p(g, r), over *all* cells of the matrix,
    empty ones included, which is not the usual grey-level variance.

    NaN throughout for an empty matrix.
    """
    rows, columns = matrix.nonzero()
    if rows.size == 0:
        return np.full(13, np.nan)
    counts = matrix[rows, columns]
    p = counts / counts.sum()
    level, extent = rows + 1.0, columns + 1.0
    grades = np.stack([level**-2, np.ones_like(level), level**2])
    reaches = np.stack([extent**-2, np.ones_like(extent), extent**2])
    (low_short, low, low_long), (short, _, long), (high_short, high, high_long) = _sums(grades, reaches * p)
    by_level, by_extent = np.bincount(rows, weights=p), np.bincount(columns, weights=p)
    return np.array(
        [
            short,
            long,
            (by_level * by_level).sum(),
            (by_extent * by_extent).sum(),
            1 / (p * extent).sum(),
            low,
            high,
            low_short,
            high_short,
            low_long,
            high_long,
            _cell_variance(level * p, matrix.size),
            _cell_variance(extent * p, matrix.size),
        ]
    )


def _sums(first: Float[np.ndarray, "3 cell"], second: Float[np.ndarray, "3 cell"]) -> Float[np.ndarray, "3 3"]:
    """Sum over the cells of every product of a row of `first` with a row of `second`."""
    return (first[:, None] * second).sum(axis=-1)


def _cell_variance(occupied: Float[np.ndarray, " cell"], cells: int) -> float:
    """Variance (divisor `cells`) of the occupied cells together with `cells` - len(occupied) zeros."""
    mean = occupied.sum() / cells
    squares = ((occupied - mean) ** 2).sum() + (cells - occupied.size) * mean**2
    return float(squares / cells)
