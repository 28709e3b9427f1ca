"""Models made of many trees (grown by scikit-survival), judged like any other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from radsurv.options.base import Many
from radsurv.survival.grown_trees import Boosted, Forest, GrownTrees
from radsurv.survival.model import Baseline, RiskModel, power_of_two
from radsurv.survival.model_options import ModelFit, ModelOptions, ReducedTrainingSet
from radsurv.survival.risk_groups import risk_threshold

# Largest values of 2 to the power of up to this in size, either way, are left as they are: single precision ends at ±126.
SINGLE = 100


class TreeOptions(ModelOptions):
    """What models of trees share.

    Attributes
    ----------
    plain
        Its trees as numbers.
    """

    trees: Many

    has_coefficients: ClassVar[bool] = False
    plain: ClassVar[type[Forest] | type[Boosted]]

    @abstractmethod
    def estimator(self, seed: int) -> Any:
        """The estimator of scikit-survival, not fitted yet."""

    @abstractmethod
    def risk(self, predicted: Float[np.ndarray, "patient"], smallest: float) -> Float[np.ndarray, "patient"]:
        """Log relative risk from what the estimator predicts, not followed below `smallest`."""

    def fit(self, training: ReducedTrainingSet) -> ModelFit:
        """Grow the trees of one training set."""
        scale = power_of_two(training.values, beyond=SINGLE)
        values = np.ascontiguousarray(_single(training.values, scale))  # the rounding of a sum follows the layout
        grown = self.plain.of_estimator(self.estimator(training.seed).fit(values, training.outcome.structured()))
        smallest = 1.0 / (self.trees * len(training.outcome))
        reduction = training.reduction
        model = TreeModel(
            options=self,
            features=reduction.kept,
            strength=reduction.strength,
            coefficients=np.full(len(reduction.kept), np.nan),
            penalty=np.nan,
            threshold=risk_threshold(self.risk(grown.predict(values), smallest)),
            mean=values.mean(axis=0) * scale,
            sd=values.std(axis=0, ddof=1) * scale,
            scale=scale,
            trees=grown,
            smallest=smallest,
        )
        return ModelFit(model, [])

    def model_from(self, stored: dict[str, Any], names: list[str]) -> RiskModel:
        """Read `TreeModel.to_dict` back, for a feature table with these columns, which has those of the model; or a null model.

        Raises
        ------
        ValueError
            When the trees are none of this kind.
        """
        if "trees" not in stored:
            return super().model_from(stored, names)
        n_features = len(stored["features"])
        vectors = {part: np.array(stored[part], dtype=np.float64) for part in ("strength", "mean", "sd", "scale")}
        return TreeModel(
            options=self,
            features=np.array([names.index(name) for name in stored["features"]], dtype=np.int64),
            coefficients=np.full(n_features, np.nan),
            penalty=np.nan,
            threshold=stored["threshold"],
            trees=self.plain.read(stored["trees"], n_features),
            smallest=stored["smallest"],
            **vectors,
        )


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
    mean, sd : (kept,) float64
        Of the training set; SD with n − 1. No prediction hangs on them: they say how far away a patient is.
    scale : (kept,) float64
        By what features are divided for the trees.
    trees
        Of scikit-survival, as numbers: those of a file predict the same bits.
    smallest : float
        Expected number of events below which the logarithm is not followed: one event seen by one of the trees.
    """

    options: TreeOptions
    features: Int[np.ndarray, "kept"]
    strength: Float[np.ndarray, "kept"]
    coefficients: Float[np.ndarray, "kept"]
    penalty: float
    threshold: float
    mean: Float[np.ndarray, "kept"]
    sd: Float[np.ndarray, "kept"]
    scale: Float[np.ndarray, "kept"]
    trees: GrownTrees
    smallest: float

    @property
    def strata(self) -> Mapping[str, Baseline]:
        """None: trees have no baseline hazard."""
        return {}

    @property
    def is_null(self) -> bool:
        """Never: without features there is no tree, but the null model of `radsurv.survival.model`."""
        return False

    def score(self, table: Float[np.ndarray, "patient feature"]) -> Float[np.ndarray, "patient"]:
        """Log relative risk: of boosted trees their sum, of a forest the logarithm of its expected number of events."""
        return self.options.risk(self.trees.predict(self._values(table)), self.smallest)

    def survival(
        self,
        table: Float[np.ndarray, "patient feature"],
        times: Float[np.ndarray, "time"],
        strata: Sequence[object] | None = None,
    ) -> Float[np.ndarray, "patient time"]:
        """Probability of being event-free at some times, whatever the stratum; 1 before the first time of the training set."""
        return self.trees.survival(self._values(table), times)

    def _values(self, table: Float[np.ndarray, "patient feature"]) -> Float[np.ndarray, "patient kept"]:
        return _single(table[:, self.features], self.scale)

    def to_dict(self, names: list[str]) -> dict[str, Any]:
        """The model in plain numbers and words, ready for JSON. `names` are those of all columns of the table."""
        return {
            "features": [names[position] for position in self.features],
            "strength": self.strength.tolist(),
            "mean": self.mean.tolist(),
            "sd": self.sd.tolist(),
            "scale": self.scale.tolist(),
            "threshold": self.threshold,
            "smallest": self.smallest,
            "trees": self.trees.to_dict(),
        }


def _single(
    values: Float[np.ndarray, "patient kept"], scale: Float[np.ndarray, "kept"]
) -> Float[np.ndarray, "patient kept"]:
    """What scikit-learn can store with single precision; of a patient beyond that, the largest number, on the same side of every split."""
    most = float(np.finfo(np.float32).max)
    return np.clip(values / scale, -most, most)
