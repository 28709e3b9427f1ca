"""How well readings of a feature agree: intraclass correlation, for thousands of features and any training sets at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.compiling import WITHIN, kernel

# Features that are summed side by side: what they need fits the fastest cache.
BLOCK = 64


class IntraclassCorrelation(NamedTuple):
    """Single-measure intraclass correlations, NaN where a feature does not vary or fewer than two patients have it.

    Attributes
    ----------
    icc2 : (set, feature)
        ICC(2,1): readers are a sample of all readers, absolute agreement.
    icc3 : (set, feature)
        ICC(3,1): these readers only, consistency.
    n_patients : (set, feature)
        Patients of the set with all readings, as often as they are in it.
    """

    icc2: Float[np.ndarray, "set feature"]
    icc3: Float[np.ndarray, "set feature"]
    n_patients: Int[np.ndarray, "set feature"]


def intraclass_correlation(
    readings: Float[np.ndarray, "reading patient feature"], weights: Int[np.ndarray, "set patient"]
) -> IntraclassCorrelation:
    """ICC(2,1) and ICC(3,1) of every feature in every set of patients (Shrout & Fleiss, Psychol Bull 1979;86:420-428).

    A number depends on the members of its set alone, to the last bit: sums are taken over them anew, not down-dated from
    those over everybody.

    Parameters
    ----------
    readings
        A patient who lacks a reading of a feature (NaN) takes no part in that feature's agreement.
    weights
        How often each patient is in each set.

    Raises
    ------
    ValueError
        With fewer than two readings.
    """
    n_readings = len(readings)
    if n_readings < 2:
        raise ValueError(f"agreement needs two readings at least, found {n_readings}")
    # A patient's mean and the readings' distances from it, by way of the first: equal readings then give exact zeros.
    with np.errstate(invalid="ignore"):
        from_first = readings - readings[0]
    complete = np.isfinite(from_first).all(axis=0)
    from_first = np.where(complete, from_first, 0.0)
    level = np.where(complete, readings[0], 0.0) + from_first.mean(axis=0)
    deviation = from_first - from_first.mean(axis=0)
    n, mean, squares = _moments(
        np.concatenate([level[None], deviation]), complete, np.asarray(weights, dtype=np.float64)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ms_patients = n_readings * squares[0] / (n - 1)
        ms_readings = n * (mean[1:] ** 2).sum(axis=0) / (n_readings - 1)
        ms_error = squares[1:].sum(axis=0) / ((n - 1) * (n_readings - 1))
        consistency = ms_patients + (n_readings - 1) * ms_error
        icc2 = (ms_patients - ms_error) / (consistency + n_readings * (ms_readings - ms_error) / n)
        icc3 = (ms_patients - ms_error) / consistency
    return IntraclassCorrelation(np.where(n > 1, icc2, np.nan), np.where(n > 1, icc3, np.nan), n.astype(np.int64))


class _Moments(NamedTuple):
    """Patients, and per row the mean and the sum of squared distances from it."""

    n: Float[np.ndarray, "set feature"]
    mean: Float[np.ndarray, "row set feature"]
    squares: Float[np.ndarray, "row set feature"]


def _moments(
    rows: Float[np.ndarray, "row patient feature"],
    complete: Bool[np.ndarray, "patient feature"],
    weights: Float[np.ndarray, "set patient"],
) -> _Moments:
    """Moments of every row and feature in every set."""
    (n_rows, n_patients, n_features), n_sets = rows.shape, len(weights)
    padding = (0, -n_features % BLOCK)
    blocked = np.pad(rows, ((0, 0), (0, 0), padding)).reshape(n_rows, n_patients, -1, BLOCK).transpose(0, 2, 1, 3)
    present = np.pad(complete.astype(np.float64), ((0, 0), padding)).reshape(n_patients, -1, BLOCK).transpose(1, 0, 2)
    sums = np.zeros((3, n_rows, blocked.shape[1], n_sets, BLOCK))
    for row in range(n_rows):
        _sum_blocks(np.ascontiguousarray(blocked[row]), np.ascontiguousarray(present), weights, *sums[:, row])
    n, mean, squares = sums.swapaxes(2, 3).reshape(3, n_rows, n_sets, -1)[..., :n_features]
    return _Moments(n[0], mean, squares)


@kernel()
def _sum_blocks(values, present, weights, n, mean, squares):  # type: ignore[no-untyped-def]
    """Fill the last three (block, set, column) from `values` (block, patient, column)."""
    for block in range(len(values)):
        for which in range(len(weights)):
            members = np.flatnonzero(weights[which])
            _sum_members(
                values[block], present[block], weights[which], members,
                n[block, which], mean[block, which], squares[block, which],
            )  # fmt: skip


@kernel(**WITHIN)
def _sum_members(values, present, weight, members, n, mean, squares):  # type: ignore[no-untyped-def]
    """In two passes over the members, so that nothing cancels and nobody else plays a part."""
    # Distances from a member's own value, so that those of a constant are zeros and not rounding errors.
    origin = np.zeros(BLOCK)
    for patient in members[::-1]:
        for column in range(BLOCK):
            if present[patient, column]:
                origin[column] = values[patient, column]
    for patient in members:
        for column in range(BLOCK):
            share = weight[patient] * present[patient, column]
            n[column] += share
            mean[column] += share * (values[patient, column] - origin[column])
    mean /= np.maximum(n, 1.0)
    for patient in members:
        for column in range(BLOCK):
            distance = values[patient, column] - origin[column] - mean[column]
            squares[column] += weight[patient] * present[patient, column] * distance**2
    mean += origin
