"""Random survival forests."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from radsurv.options.base import Many
from radsurv.survival.grown_trees import Forest
from radsurv.survival.trees import TreeOptions


class RandomSurvivalForest(TreeOptions):
    """A random survival forest of scikit-survival."""

    name: Literal["rsf"]
    leaf: Many

    plain: ClassVar[type[Forest]] = Forest

    def describe(self) -> str:
        return f"random survival forest, {self.trees} trees"

    def estimator(self, seed: int) -> Any:
        from sksurv.ensemble import RandomSurvivalForest as Estimator  # seconds, seldom needed

        return Estimator(
            n_estimators=self.trees, min_samples_leaf=self.leaf, max_features="sqrt", n_jobs=1, random_state=seed
        )

    def risk(self, predicted: np.ndarray, smallest: float) -> np.ndarray:
        """The logarithm of the expected number of events."""
        return np.asarray(np.log(np.maximum(predicted, smallest)))
