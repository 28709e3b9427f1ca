"""From thousands of features to the few that a training set supports: MAD, concordance, correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numba import njit

from radsurv.config import ReductionConfig
from radsurv.survival.concordance import PairCounts, concordance
from radsurv.survival.mad import spread
from radsurv.survival.outcome import Outcome
from radsurv.survival.pruning import prune
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.training_sets import TrainingSets


@dataclass(frozen=True)
class Reduction:
    """What the reduction left in one training set.

    Attributes
    ----------
    kept : (kept,) int64
        Positions of the features that survive all three steps, in order of keeping (strongest first).
    strength : (kept,) float64
        Their univariate concordance: max(C, 1 − C), or C itself where ``orientation=literal``.
    candidates : (candidate,) int64
        Survivors of the first two steps, strongest first, equally strong ones in column order.
    n_varying : int
        Survivors of the first step, among the eligible features.
    """

    kept: Int[np.ndarray, "kept"]
    strength: Float[np.ndarray, "kept"]
    candidates: Int[np.ndarray, "candidate"]
    n_varying: int


class FeatureReduction:
    """The reduction for one table and one list of training sets, ready for any outcome.

    What does not depend on the outcome (the MAD step) is done once, here. A permutation test calls :meth:`reduce` a
    thousand times.

    Parameters
    ----------
    table, sets
        Patients in the same order in both.
    config
        Thresholds. MAD must exceed its own; strength must reach, and correlation must not exceed, theirs.
    eligible
        Features that may take part in each training set; all of them if left out.
    """

    def __init__(
        self,
        table: RankedTable,
        sets: TrainingSets,
        config: ReductionConfig,
        eligible: Bool[np.ndarray, "set feature"] | None = None,
    ) -> None:
        self._table, self._sets, self._config = table, sets, config
        varying = spread(table, sets, by_mad=config.mad is not None) > (config.mad or 0.0)
        if eligible is not None:
            varying &= eligible
        self._features = np.flatnonzero(varying.any(axis=0))
        self._varying: Bool[np.ndarray, "set feature"] = varying[:, self._features]

    def reduce(self, outcome: Outcome, n_threads: int = 1) -> list[Reduction]:
        """Reduce in every training set."""
        counts = concordance(self._table, outcome, self._sets, self._features, n_threads)
        return [
            reduce_set(
                self._table, self._sets.rows(which), self._features, self._varying[which], counts, which, self._config
            )
            for which in range(len(self._sets))
        ]


def reduce_set(
    table: RankedTable,
    rows: Int[np.ndarray, "drawn"],
    features: Int[np.ndarray, "counted"],
    varying: Bool[np.ndarray, "counted"],
    counts: PairCounts,
    which: int,
    config: ReductionConfig,
) -> Reduction:
    """Concordance and correlation step in one training set.

    Parameters
    ----------
    table
        All patients.
    rows
        Members of the set, with repetition.
    features
        Positions of the features that were counted.
    varying
        Which of them survived the MAD step.
    counts
        Of all sets.
    which
        The set.
    config
        Thresholds of the two steps.
    """
    columns, strength = _strong_features(
        counts.concordant[which], counts.discordant[which], counts.tied[which],
        varying, config.cindex, config.orientation == "literal",
    )  # fmt: skip
    falling = np.argsort(-strength, kind="stable")
    candidates, strength = features[columns[falling]], strength[falling]
    kept = prune(table.values, candidates, rows, config.pearson)
    # `kept` is a subsequence of the candidates.
    position = np.flatnonzero(np.isin(candidates, kept, assume_unique=True))
    return Reduction(kept, strength[position], candidates, int(np.count_nonzero(varying)))


@njit(cache=True, nogil=True)
def _strong_features(concordant, discordant, tied, varying, threshold, literal):  # type: ignore[no-untyped-def]
    """Columns whose strength reaches the threshold, and the strengths."""
    columns = np.empty(len(concordant), dtype=np.int64)
    strengths = np.empty(len(concordant))
    found = 0
    for column in range(len(concordant)):
        comparable = concordant[column] + discordant[column] + tied[column]
        if not varying[column] or comparable == 0:
            continue
        ordered = concordant[column] if literal else max(concordant[column], discordant[column])
        strength = (ordered + tied[column] / 2) / comparable
        if strength >= threshold:
            columns[found], strengths[found] = column, strength
            found += 1
    return columns[:found], strengths[:found]
