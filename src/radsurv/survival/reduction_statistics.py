"""The reduction with its thresholds left open: what a search over thresholds shares."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from radsurv.config import ReductionConfig
from radsurv.survival.concordance import concordance
from radsurv.survival.mad import spread
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.reduction import Reduction, reduce_set
from radsurv.survival.training_sets import TrainingSets


class ReductionStatistics:
    """MAD and pair counts of every feature in every training set, for one outcome.

    `radsurv.survival.reduction.FeatureReduction` is the other way round: fixed thresholds, any outcome.

    Parameters
    ----------
    table, outcome, sets
        The same patients in the same order.
    eligible
        Features that may take part in each training set; all of them if left out.
    by_mad
        Whether there will be a threshold on the MAD.
    """

    def __init__(
        self,
        table: RankedTable,
        outcome: Outcome,
        sets: TrainingSets,
        eligible: Bool[np.ndarray, "set feature"] | None = None,
        *,
        by_mad: bool = True,
    ) -> None:
        self._table, self._sets = table, sets
        mad = spread(table, sets, by_mad=by_mad)
        if eligible is not None:
            mad[~eligible] = -1.0  # below any threshold
        self._features = np.flatnonzero((mad > 0).any(axis=0))
        self._mad = mad[:, self._features]
        self._counts = concordance(table, outcome, sets, self._features)

    def reduce(
        self, which: int, config: ReductionConfig, among: Bool[np.ndarray, "feature"] | None = None
    ) -> Reduction:
        """Reduce in one training set, by these thresholds, among these of the eligible features (all if left out)."""
        varying = self._mad[which] > (config.mad or 0.0)
        if among is not None:
            varying &= among[self._features]
        return reduce_set(self._table, self._sets.rows(which), self._features, varying, self._counts, which, config)
