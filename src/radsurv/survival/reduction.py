"""From thousands of features to the few that a training set supports, by the steps that are configured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.compiling import kernel
from radsurv.features.readings import Readings
from radsurv.survival.absolute_deviation import varies
from radsurv.survival.concordance import concordance
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.survival.reduction_step import FeatureFilter, Pruning, ReductionStep, Screened
from radsurv.survival.training_sets import TrainingSets


@dataclass(frozen=True)
class Reduction:
    """What the reduction left in one training set.

    Attributes
    ----------
    kept : (kept,) int64
        Positions of the protected features that vary, in column order, then of those that survive all steps, strongest first.
    strength : (kept,) float64
        Their univariate concordance: max(C, 1 − C), or C itself where ``orientation=literal``.
    candidates : (candidate,) int64
        Survivors of the filters before the first pruning, strongest first, equally strong ones in column order.
    n_varying : int
        Survivors of those of these filters that do not look at the outcome.
    n_protected : int
        How many of `kept`, the first ones, no step looked at; neither `candidates` nor `n_varying` counts them.
    """

    kept: Int[np.ndarray, "kept"]
    strength: Float[np.ndarray, "kept"]
    candidates: Int[np.ndarray, "candidate"]
    n_varying: int
    n_protected: int = 0


def _nothing(n_varying: int) -> Reduction:
    nothing = np.empty(0, dtype=np.int64)
    return Reduction(nothing, np.empty(0), nothing, n_varying)


class FeatureReduction:
    """The reduction for one table and one list of training sets, ready for any outcome.

    What does not depend on the outcome is done once, here. A permutation test calls :meth:`given` a thousand times, from
    several threads.

    Parameters
    ----------
    table, sets
        Patients in the same order in both.
    options
        Steps and thresholds. Where thresholds will vary, the loosest of each.
    readings
        Further readings of the features, for steps that look at them.
    among
        Features that may take part; all of them if left out.
    protected
        Features that stay wherever they vary, whatever `among` and the steps say, and for which no other has to go.
    """

    def __init__(
        self,
        table: RankedTable,
        sets: TrainingSets,
        options: ReductionOptions,
        readings: Readings | None = None,
        among: Bool[np.ndarray, "feature"] | None = None,
        protected: Bool[np.ndarray, "feature"] | None = None,
    ) -> None:
        self.table, self.sets, self.options, self.readings = table, sets, options, readings
        everything = Screened(table, sets, readings, np.arange(table.n_features))
        steps = options.taken()
        blind = [step for step in _filters(steps) if not step.sees_outcome]
        scores = {step.name: step.scores(everything) for step in blind}
        first = [step for step in _filters(steps[: _first_pruning(steps)]) if not step.sees_outcome]
        left = np.ones((len(sets), table.n_features), dtype=np.bool_)
        if among is not None:
            left &= among
        for step in first:
            left &= step.passes(scores[step.name])
        if not any(step.drops_constant for step in first):
            left &= varies(table, sets)
        exempt = np.zeros_like(left)
        if protected is not None:
            left &= ~protected
            exempt = protected & varies(table, sets)
        self.features = np.flatnonzero((left | exempt).any(axis=0))
        self.left: Bool[np.ndarray, "set counted"] = np.ascontiguousarray(left[:, self.features])
        self.exempt: Bool[np.ndarray, "set counted"] = np.ascontiguousarray(exempt[:, self.features])
        self.scores = {name: found[:, self.features] for name, found in scores.items()}

    def given(self, outcome: Outcome, n_threads: int = 1) -> ScoredFeatures:
        """All scores for one outcome."""
        counts = concordance(self.table, outcome, self.sets, self.features, n_threads)
        strength = _strength(
            counts.concordant,
            counts.discordant,
            counts.tied,
            self.left | self.exempt,
            self.options.orientation == "literal",
        )
        seen = Screened(self.table, self.sets, self.readings, self.features, outcome, strength)
        scores = {step.name: step.scores(seen) for step in _filters(self.options.taken()) if step.sees_outcome}
        return ScoredFeatures(self, strength, {**self.scores, **scores})

    def reduce(self, outcome: Outcome, n_threads: int = 1) -> list[Reduction]:
        """Reduce in every training set."""
        return self.given(outcome, n_threads).reduce_all()


class ScoredFeatures:
    """Scores of all features in all training sets for one outcome, for any thresholds no looser than those screened with."""

    def __init__(
        self,
        screened: FeatureReduction,
        strength: Float[np.ndarray, "set counted"],
        scores: dict[str, Float[np.ndarray, "set counted"]],
    ) -> None:
        self._screened, self._strength, self._scores = screened, strength, scores

    def reduce(
        self,
        which: int,
        options: ReductionOptions | None = None,
        among: Bool[np.ndarray, "feature"] | None = None,
    ) -> Reduction:
        """Reduce in one training set.

        Parameters
        ----------
        which
            The set.
        options
            Thresholds, if others than those of the screening.
        among
            Features that may take part; all of them if left out.
        """
        steps = (self._screened.options if options is None else options).taken()
        left, n_varying = self._filtered(which, steps, among)
        return self._pruned(which, left, int(n_varying), steps)

    def reduce_all(self) -> list[Reduction]:
        """Reduce in every training set, with the thresholds of the screening."""
        steps = self._screened.options.taken()
        left, n_varying = self._filtered(slice(None), steps, None)
        something = (left | self._screened.exempt).any(axis=1)
        return [
            self._pruned(which, left[which], int(n_varying[which]), steps)
            if something[which]
            else _nothing(int(n_varying[which]))
            for which in range(len(something))
        ]

    def _filtered(
        self, which: int | slice, steps: Sequence[ReductionStep], among: Bool[np.ndarray, "feature"] | None
    ) -> tuple[Bool[np.ndarray, "... counted"], Int[np.ndarray, "..."]]:
        """What is left before the first pruning, in one set or several; how many of those vary."""
        screened, first = self._screened, _filters(steps[: _first_pruning(steps)])
        left = screened.left[which].copy()
        if among is not None:
            left &= among[screened.features]
        for step in first:
            if not step.sees_outcome:
                left &= step.passes(self._scores[step.name][which])
        n_varying = np.count_nonzero(left, axis=-1)
        left &= ~np.isnan(self._strength[which])
        for step in first:
            if step.sees_outcome:
                left &= step.passes(self._scores[step.name][which])
        return left, n_varying

    def _pruned(
        self, which: int, left: Bool[np.ndarray, "counted"], n_varying: int, steps: Sequence[ReductionStep]
    ) -> Reduction:
        """What stays of it after the first pruning and what follows."""
        screened = self._screened
        columns = np.flatnonzero(left)
        if len(columns):
            columns = columns[np.argsort(-self._strength[which, columns], kind="stable")]
        candidates = screened.features[columns]
        exempt = np.flatnonzero(screened.exempt[which] & ~np.isnan(self._strength[which]))
        columns = np.concatenate([exempt, self._after(steps[_first_pruning(steps) :], which, columns)])
        strength = self._strength[which, columns]
        return Reduction(screened.features[columns], strength, candidates, n_varying, len(exempt))

    def _after(
        self, steps: Sequence[ReductionStep], which: int, columns: Int[np.ndarray, "candidate"]
    ) -> Int[np.ndarray, "kept"]:
        """The first pruning and what follows it."""
        screened = self._screened
        if not len(columns):
            return columns
        rows = screened.sets.rows(which)
        for step in steps:
            if isinstance(step, Pruning):
                candidates = screened.features[columns]
                kept = step.prune(screened.table.values, candidates, rows)
                columns = columns[np.isin(candidates, kept, assume_unique=True)]  # a subsequence of the candidates
            elif isinstance(step, FeatureFilter):
                columns = columns[step.passes(self._scores[step.name][which, columns])]
        return columns


def _first_pruning(steps: Sequence[ReductionStep]) -> int:
    """Its place: what comes later must not decide who takes part in it. The end where nothing is pruned."""
    return next((place for place, step in enumerate(steps) if isinstance(step, Pruning)), len(steps))


def _filters(steps: Sequence[ReductionStep]) -> list[FeatureFilter]:
    return [step for step in steps if isinstance(step, FeatureFilter)]


@kernel()
def _strength(concordant, discordant, tied, left, literal):  # type: ignore[no-untyped-def]
    """Univariate concordance of the features that are left; NaN for others, and where no two patients are comparable."""
    n_sets, n_features = left.shape
    strength = np.full((n_sets, n_features), np.nan)
    for which in range(n_sets):
        for column in range(n_features):
            comparable = concordant[which, column] + discordant[which, column] + tied[which, column]
            if not left[which, column] or comparable == 0:
                continue
            ordered = concordant[which, column]
            if not literal:
                ordered = max(ordered, discordant[which, column])
            strength[which, column] = (ordered + tied[which, column] / 2) / comparable
    return strength
