"""Texture matrices of a quantised section: how often grey levels meet, run, form zones and differ from around.

Every function takes `quantized`, integer grey levels 1 … `levels` with 0 outside the region, and counts within the
region only. Neighbours are the eight surrounding pixels. Rows stand for levels 1 … `levels`, whether they occur or not.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from radsurv.radiomics.compiled import cmatrices

_DIAGONAL = np.sqrt(2.0)
_DISTANCE = np.array([1], dtype=np.int32)
_EDGE_SHARING = ((0, 1), (2, 1), (1, 0), (1, 2))
_CORNER_SHARING = ((0, 0), (0, 2), (2, 0), (2, 2))


def glcm_matrix(quantized: Int[np.ndarray, "y x"], levels: int) -> Float[np.ndarray, "level neighbour"]:
    """Grey-level co-occurrence: ordered pairs of neighbours, 1 for an edge-sharing pair and √2 for a diagonal one."""
    padded, inside = _framed(quantized)
    counts, angles = cmatrices().calculate_glcm(padded, inside, _DISTANCE, levels, 0, 0)
    one_way = (counts[0] * _weights(angles)).sum(axis=-1)
    return one_way + one_way.T


def glrlm_matrix(quantized: Int[np.ndarray, "y x"], levels: int) -> Float[np.ndarray, "level length"]:
    """Grey-level runs: horizontal + vertical + √2 (both diagonals); columns are lengths 1 … longest run present."""
    padded, inside = _framed(quantized)
    counts, angles = cmatrices().calculate_glrlm(padded, inside, levels, max(padded.shape), 0, 0)
    level, length, direction = counts[0].nonzero()
    longest = int(length.max()) + 1 if length.size else 1
    weights = _weights(angles)
    cells = np.bincount(
        level * longest + length, weights[direction] * counts[0, level, length, direction], levels * longest
    )
    merged = cells.reshape(levels, longest).astype(np.float64)  # Whole numbers where there was nothing to count.
    # The routine empties a direction in which no line holds two pixels. There every pixel is a run of its own.
    dropped = np.bincount(direction, minlength=len(weights)) == 0
    if dropped.any():
        merged[:, 0] += weights[dropped].sum() * np.bincount(quantized.ravel(), minlength=levels + 1)[1:]
    return merged


def glszm_matrix(quantized: Int[np.ndarray, "y x"], levels: int) -> Float[np.ndarray, "level size"]:
    """Grey-level zones, 8-connected sets of equal level; columns are sizes 1 … largest zone present (pixels)."""
    padded, inside = _framed(quantized)
    # One more than the pixels: the routine refuses a region of a single pixel otherwise.
    zones = cmatrices().calculate_glszm(padded, inside, levels, np.count_nonzero(inside) + 1, 0, 0)[0]
    largest = int(np.flatnonzero(zones.any(axis=0)).max(initial=0)) + 1
    return zones[:, :largest]


def ngtdm_matrix(quantized: Int[np.ndarray, "y x"], levels: int) -> Float[np.ndarray, "level 2"]:
    """Neighbourhood grey-tone difference: per level the sum s of |level - neighbourhood mean|, and the pixel count n.

    The mean weighs edge-sharing neighbours by 1 and diagonal ones by 1/√2, over neighbours inside the region. Pixels at
    the region's border take part, isolated pixels do not.
    """
    padded, inside = _framed(quantized)
    centre = padded[1:-1, 1:-1]
    edge_sum, edge_count = _around(padded, _EDGE_SHARING), _around(inside, _EDGE_SHARING)
    corner_sum, corner_count = _around(padded, _CORNER_SHARING), _around(inside, _CORNER_SHARING)
    counted = (centre > 0) & (edge_count + corner_count > 0)
    # Whole numbers are subtracted before 1/√2 comes in, so that equal neighbours give exactly 0.
    edges = (centre * edge_count - edge_sum)[counted]
    corners = (centre * corner_count - corner_sum)[counted]
    weight = edge_count[counted] + corner_count[counted] / _DIAGONAL
    difference = np.abs(edges + corners / _DIAGONAL) / weight
    level = centre[counted]
    table = np.empty((levels, 2))
    table[:, 0] = np.bincount(level, weights=difference, minlength=levels + 1)[1:]
    table[:, 1] = np.bincount(level, minlength=levels + 1)[1:]
    return table


def _framed(quantized: Int[np.ndarray, "y x"]) -> tuple[Int[np.ndarray, "v u"], Int[np.ndarray, "v u"]]:
    """The region in a frame of one empty pixel, and where it is: so all four directions exist for any shape."""
    padded = np.zeros((quantized.shape[0] + 2, quantized.shape[1] + 2), dtype=np.int32)
    padded[1:-1, 1:-1] = quantized
    return padded, (padded > 0).astype(np.int8)


def _weights(angles: Int[np.ndarray, "direction 2"]) -> Float[np.ndarray, " direction"]:
    return np.where(angles.all(axis=1), _DIAGONAL, 1.0)


def _around(padded: Int[np.ndarray, "v u"], offsets: tuple[tuple[int, int], ...]) -> Int[np.ndarray, "y x"]:
    """Sum over the given neighbours of every pixel within the frame."""
    rows, columns = padded.shape[0] - 2, padded.shape[1] - 2
    total = np.zeros((rows, columns), dtype=np.int32)
    for row, column in offsets:
        total += padded[row : row + rows, column : column + columns]
    return total
