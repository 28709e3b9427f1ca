"""What a step of the feature reduction is: a filter by a score, or a pruning of features that say the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.training_sets import TrainingSets

if TYPE_CHECKING:
    from radsurv.features.readings import Readings


@dataclass(frozen=True)
class Screened:
    """What a filter looks at: features in training sets.

    Attributes
    ----------
    table, sets
        Patients in the same order in both. A score of a set must hang on its members alone.
    readings
        Further readings of the features, where there are any.
    features : (counted,) int64
        Positions of the features that are to be scored.
    outcome
        None for filters that do not look at it.
    strength : (set, counted) float64
        Univariate concordance with the outcome, max(C, 1 − C), or C itself where ``reduction.orientation=literal``; NaN where it
        does not matter any more. None without an outcome.
    """

    table: RankedTable
    sets: TrainingSets
    readings: Readings | None
    features: Int[np.ndarray, "counted"]
    outcome: Outcome | None = None
    strength: Float[np.ndarray, "set counted"] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ReductionStep(ABC):
    """One step with its threshold.

    Attributes
    ----------
    name
        What it is called in ``reduction.steps``, and the option that holds its threshold.
    allowed
        The pydantic type of the threshold.
    searchable
        Whether a nested search may vary the threshold.
    """

    name: ClassVar[str]
    allowed: ClassVar[Any]
    searchable: ClassVar[bool] = True

    threshold: float

    @classmethod
    @abstractmethod
    def loosest(cls, thresholds: Iterable[float]) -> float:
        """The threshold that leaves every feature which any of these would leave."""

    @abstractmethod
    def describe(self) -> str:
        """The condition for staying, for a reader."""


class FeatureFilter(ReductionStep):
    """Scores of all features in all training sets at once; a feature stays where its score passes the threshold.

    Attributes
    ----------
    sees_outcome
        Whether scores hang on the outcome; those of other filters are computed once for all shuffled outcomes.
    drops_constant
        Whether a feature that is constant in a training set can never pass.
    """

    sees_outcome: ClassVar[bool]
    drops_constant: ClassVar[bool] = False

    @abstractmethod
    def scores(self, screened: Screened) -> Float[np.ndarray, "set counted"]:
        """One score per training set and feature; NaN for a feature that cannot be judged, and so does not stay."""

    def passes(self, scores: Float[np.ndarray, "..."]) -> Bool[np.ndarray, "..."]:
        """Where a feature stays."""
        return np.asarray(scores >= self.threshold)

    @classmethod
    def loosest(cls, thresholds: Iterable[float]) -> float:
        return min(thresholds)


class Pruning(ReductionStep):
    """Of features that say the same in a training set, the strongest stays."""

    @abstractmethod
    def prune(
        self,
        values: Float[np.ndarray, "feature patient"],
        candidates: Int[np.ndarray, "candidate"],
        rows: Int[np.ndarray, "drawn"],
    ) -> Int[np.ndarray, "kept"]:
        """Those that stay, in their order.

        Parameters
        ----------
        values
            All features of all patients.
        candidates
            Positions of features, strongest first.
        rows
            Patients of the training set, with repetition.
        """

    @classmethod
    def loosest(cls, thresholds: Iterable[float]) -> float:
        return max(thresholds)
