"""Polygons on a plane of pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float


def filled(polygon: Float[np.ndarray, "point yx"], shape: tuple[int, int]) -> Bool[np.ndarray, "y x"]:
    """The pixels whose centres lie inside a closed polygon.

    Parameters
    ----------
    polygon : (point, 2)
        Row and column of its corners in pixels, which have their centres at whole numbers. The last is joined to the first. It
        may reach out of the plane. Where it winds over itself, twice is outside (even-odd rule): a hole that is joined to the
        outside by a slit of no width ("keyhole") is a hole.
    shape : (int, int)
        Rows, columns.

    Notes
    -----
    A centre on the polygon itself belongs to it on its upper and left sides and not on its lower and right ones, so that
    polygons side by side share no pixel and leave none out.
    """
    mask = np.zeros(shape, dtype=bool)
    start, stop = polygon, np.roll(polygon, -1, axis=0)
    first = max(int(np.ceil(polygon[:, 0].min())), 0)
    last = min(int(np.floor(polygon[:, 0].max())), shape[0] - 1)
    for row in range(first, last + 1):
        crossing = (start[:, 0] <= row) != (stop[:, 0] <= row)
        (y0, x0), (y1, x1) = start[crossing].T, stop[crossing].T
        columns = np.sort(x0 + (row - y0) * (x1 - x0) / (y1 - y0))
        edges = np.clip(np.ceil(columns), 0, shape[1]).astype(int)
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            mask[row, left:right] = True
    return mask


def together(polygons: Sequence[Bool[np.ndarray, "y x"]]) -> tuple[Bool[np.ndarray, "y x"], int, int]:
    """Filled polygons of one plane as one outline: one inside another is a hole in it, one inside the hole an island.

    Parameters
    ----------
    polygons : sequence of (y, x)
        At least one.

    Returns
    -------
    outline : (y, x)
    n_twice : int
        Polygons that were there already, and are counted once.
    n_crossing : int
        Polygons that lie neither inside nor outside another: added to it, since a hole does not cross an edge.
    """
    outline = np.zeros_like(polygons[0])
    larger: list[Bool[np.ndarray, "y x"]] = []
    n_twice = n_crossing = 0
    for polygon in sorted(polygons, key=lambda mask: -int(np.count_nonzero(mask))):
        size = np.count_nonzero(polygon)
        common = [int(np.count_nonzero(polygon & other)) for other in larger]
        if size and any(np.array_equal(polygon, other) for other in larger):
            n_twice += 1
            continue
        if any(0 < n < size for n in common):
            n_crossing += 1
            outline |= polygon
        else:
            outline ^= polygon
        larger.append(polygon)
    return outline, n_twice, n_crossing
