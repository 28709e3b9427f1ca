"""Models made of many trees (scikit-survival), judged like any other."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from radsurv.options.base import Many
from radsurv.survival.model import power_of_two
from radsurv.survival.model_options import ModelFit, ModelOptions, ReducedTrainingSet
from radsurv.survival.risk_groups import risk_threshold

# Largest values of 2 to the power of up to this in size, either way, are left as they are: single precision ends at ±126.
SINGLE = 100


class TreeOptions(ModelOptions):
    """What models of trees share."""

    trees: Many

    has_coefficients: ClassVar[bool] = False
    storable: ClassVar[bool] = False  # trees have no form without pickle yet

    @abstractmethod
    def estimator(self, seed: int) -> Any:
        """The estimator of scikit-survival, not fitted yet."""

    @abstractmethod
    def risk(self, predicted: Float[np.ndarray, "patient"], smallest: float) -> Float[np.ndarray, "patient"]:
        """Log relative risk from what the estimator predicts, not followed below `smallest`."""

    def fit(self, training: ReducedTrainingSet) -> ModelFit:
        """Grow the trees of one training set."""
        scale = power_of_two(training.values, beyond=SINGLE)
        values = _single(training.values, scale)
        forest = self.estimator(training.seed).fit(values, training.outcome.structured())
        smallest = 1.0 / (self.trees * len(training.outcome))
        reduction = training.reduction
        model = TreeModel(
            options=self,
            features=reduction.kept,
            strength=reduction.strength,
            coefficients=np.full(len(reduction.kept), np.nan),
            penalty=np.nan,
            threshold=risk_threshold(self.risk(_predict(forest, values), smallest)),
            scale=scale,
            forest=forest,
            smallest=smallest,
        )
        return ModelFit(model, [])


@dataclass(frozen=True)
class TreeModel:
    """A risk score from many trees.

    Attributes
    ----------
    options
        Which trees.
    features : (kept,) int64
        Positions in the feature table.
    strength : (kept,) float64
        Univariate concordance in the training set.
    coefficients : (kept,) float64
        NaN: trees have none.
    penalty : float
        NaN, likewise.
    threshold : float
        Median score of the training set: above it a patient counts as a short survivor.
    scale : (kept,) float64
        By what features are divided for the trees.
    forest
        Fitted estimator of scikit-survival.
    smallest : float
        Expected number of events below which the logarithm is not followed: one event seen by one of the trees.
    """

    options: TreeOptions
    features: Int[np.ndarray, "kept"]
    strength: Float[np.ndarray, "kept"]
    coefficients: Float[np.ndarray, "kept"]
    penalty: float
    threshold: float
    scale: Float[np.ndarray, "kept"]
    forest: Any
    smallest: float

    @property
    def is_null(self) -> bool:
        """Never: without features there is no tree, but the null model of `radsurv.survival.model`."""
        return False

    def score(self, table: Float[np.ndarray, "patient feature"]) -> Float[np.ndarray, "patient"]:
        """Log relative risk: of boosted trees their sum, of a forest the logarithm of its expected number of events."""
        return self.options.risk(_predict(self.forest, self._values(table)), self.smallest)

    def survival(
        self, table: Float[np.ndarray, "patient feature"], times: Float[np.ndarray, "time"]
    ) -> Float[np.ndarray, "patient time"]:
        """Probability of being event-free at some times; 1 before the first time of the training set."""
        known = self.forest.predict_survival_function(self._values(table), return_array=True)
        steps = np.concatenate([np.ones((len(known), 1)), known], axis=1)
        return np.asarray(steps[:, np.searchsorted(self.forest.unique_times_, times, side="right")])

    def _values(self, table: Float[np.ndarray, "patient feature"]) -> Float[np.ndarray, "patient kept"]:
        return _single(table[:, self.features], self.scale)

    def to_dict(self, names: list[str]) -> dict[str, Any]:
        """All but the trees, which have no form without pickle: the same data, configuration and seed grow them again."""
        return {
            "features": [names[position] for position in self.features],
            "strength": self.strength.tolist(),
            "threshold": self.threshold,
            "trees": f"{self.options.choice()}: not stored; run the stored config again to grow them",
        }


def _single(
    values: Float[np.ndarray, "patient kept"], scale: Float[np.ndarray, "kept"]
) -> Float[np.ndarray, "patient kept"]:
    """What scikit-learn can store with single precision; of a patient beyond that, the largest number, on the same side of every split."""
    most = float(np.finfo(np.float32).max)
    return np.clip(values / scale, -most, most)


def _predict(forest: Any, values: Float[np.ndarray, "patient kept"]) -> Float[np.ndarray, "patient"]:
    return np.asarray(forest.predict(values), dtype=np.float64)
