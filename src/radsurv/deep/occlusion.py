"""What a network's features look at: cover one part of the patch after the other, and see how far they move."""

from __future__ import annotations

from itertools import product

import numpy as np
from jaxtyping import Float

WINDOW = 2  # cells, along each side


def covered(patch: Float[np.ndarray, "*channel y x"], cells: int) -> Float[np.ndarray, "window *channel y x"]:
    """The patch once for every place of a window of 2 × 2 cells that moves by one cell, with its mean in the window [1]_.

    Parameters
    ----------
    patch : (y, x) or (channel, y, x)
        Each channel is covered with its own mean.
    cells : int
        Along each side; cells differ by at most a pixel where the side is no multiple.

    Returns
    -------
    (window, ...)
        Places row by row.

    References
    ----------
    .. [1] Zeiler & Fergus. Visualizing and understanding convolutional networks. ECCV 2014;818-33.
    """
    edges = [np.round(np.linspace(0, side, cells + 1)).astype(int) for side in patch.shape[-2:]]
    places = list(product(range(cells - WINDOW + 1), repeat=2))
    copies = np.repeat(patch[None], len(places), axis=0)
    for copy, place in zip(copies, places, strict=True):
        rows, columns = (slice(edge[i], edge[i + WINDOW]) for edge, i in zip(edges, place, strict=True))
        copy[..., rows, columns] = patch.mean(axis=(-2, -1), keepdims=True)
    return copies


def over_cells(by_window: Float[np.ndarray, "window"], cells: int) -> Float[np.ndarray, "cells cells"]:
    """For every cell the mean over the windows that cover it."""
    total, count = np.zeros((cells, cells)), np.zeros((cells, cells))
    for value, (row, column) in zip(by_window, product(range(cells - WINDOW + 1), repeat=2), strict=True):
        total[row : row + WINDOW, column : column + WINDOW] += value
        count[row : row + WINDOW, column : column + WINDOW] += 1
    return total / count
