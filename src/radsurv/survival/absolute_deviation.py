"""Median absolute deviation of every feature in every training set, by order statistics.

``median |x − median(x)|`` on raw values, without a constant; with an even number of values the two middle ones are
averaged. Nothing is sorted again: a training set inherits the order of the table, and deviations from a median grow
in both directions from it, so they come out sorted when the two sides are merged. Leaving one patient out shifts a
rank by one at most: there are only three different medians, hence three merges, for all folds together. Values are
compared and averaged, never accumulated, so that the result is the same to the last bit as that of a fresh
computation.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from radsurv.compiling import WITHIN, kernel
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.training_sets import TrainingSets


def varies(table: RankedTable, sets: TrainingSets) -> Bool[np.ndarray, "set feature"]:
    """Which features are not constant in each training set."""
    result = np.empty((len(sets), table.n_features), dtype=np.bool_)
    for which, weights in enumerate(sets.weights):
        members = table.values[:, np.flatnonzero(weights)]
        result[which] = members.max(axis=1) > members.min(axis=1)
    return result


def median_absolute_deviation(table: RankedTable, sets: TrainingSets) -> Float[np.ndarray, "set feature"]:
    """MAD of all features in all training sets, in the unit of the feature."""
    result = np.empty((len(sets), table.n_features))
    left_out = _left_out(sets)
    if left_out is None:
        _mad_of_sets(table.values, table.order, sets.weights, result)
    else:
        _mad_leaving_one_out(table.values, table.order, left_out, result)
    return result


def _left_out(sets: TrainingSets) -> np.ndarray | None:
    """The patient left out of each set, if every set leaves out exactly one."""
    one_each = bool(sets.from_everybody.all()) and bool(np.all(np.diff(sets.starts) == 1))
    return sets.entries if one_each and sets.n_patients > 1 else None


@kernel(**WITHIN)
def _middle(values):  # type: ignore[no-untyped-def]
    """Median of sorted values."""
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


@kernel(**WITHIN)
def _sort_deviations(values, median, deviations, rank):  # type: ignore[no-untyped-def]
    """Distances of sorted values from a number, sorted, and the rank of each value's distance."""
    right = np.searchsorted(values, median)
    left = right - 1
    for position in range(len(values)):
        down = median - values[left] if left >= 0 else np.inf
        up = values[right] - median if right < len(values) else np.inf
        # An infinite median, of values near the largest number there is, is as far from all that is left as from nothing.
        if left >= 0 and (down <= up or right == len(values)):
            deviations[position], rank[left] = down, position
            left -= 1
        else:
            deviations[position], rank[right] = up, position
            right += 1


@kernel()
def _mad_of_sets(values, order, weights, result):  # type: ignore[no-untyped-def]
    most = 0
    for which in range(weights.shape[0]):
        most = max(most, weights[which].sum())
    members, deviations, rank = np.empty(most), np.empty(most), np.empty(most, dtype=np.int64)
    for feature in range(values.shape[0]):
        for which in range(weights.shape[0]):
            size = 0
            for patient in order[feature]:
                for _ in range(weights[which, patient]):
                    members[size] = values[feature, patient]
                    size += 1
            drawn = members[:size]
            _sort_deviations(drawn, _middle(drawn), deviations[:size], rank[:size])
            result[which, feature] = _middle(deviations[:size])


@kernel(**WITHIN)
def _without(values, position, rank):  # type: ignore[no-untyped-def]
    """The value of this rank once the one at `position` is taken out."""
    return values[rank] if rank < position else values[rank + 1]


@kernel(**WITHIN)
def _middle_without(values, position):  # type: ignore[no-untyped-def]
    """Median of sorted values once the one at `position` is taken out."""
    size = len(values) - 1
    upper = _without(values, position, size // 2)
    return upper if size % 2 else (_without(values, position, size // 2 - 1) + upper) / 2


@kernel()
def _mad_leaving_one_out(values, order, left_out, result):  # type: ignore[no-untyped-def]
    n_patients = order.shape[1]
    along, deviations = np.empty(n_patients), np.empty(n_patients)
    rank = np.empty(n_patients, dtype=np.int64)
    of_patient = np.empty(n_patients)
    for feature in range(values.shape[0]):
        for position in range(n_patients):
            along[position] = values[feature, order[feature, position]]
        merged_for = np.nan
        for position in range(n_patients):
            median = _middle_without(along, position)
            if median != merged_for:
                _sort_deviations(along, median, deviations, rank)
                merged_for = median
            of_patient[order[feature, position]] = _middle_without(deviations, rank[position])
        for which in range(len(left_out)):
            result[which, feature] = of_patient[left_out[which]]
