"""Gradient-boosted Cox trees."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from radsurv.options.base import Many
from radsurv.survival.grown_trees import Boosted
from radsurv.survival.trees import TreeOptions


class GradientBoosting(TreeOptions):
    """Gradient-boosted trees of scikit-survival, with the partial likelihood for their loss."""

    name: Literal["gbs"]
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    depth: Annotated[int, Field(ge=1, le=32)]
    leaf: Many

    plain: ClassVar[type[Boosted]] = Boosted

    def describe(self) -> str:
        return f"gradient-boosted Cox trees, {self.trees} trees of depth {self.depth}, learning rate {self.learning_rate:g}"

    def estimator(self, seed: int) -> Any:
        from sksurv.ensemble import GradientBoostingSurvivalAnalysis  # seconds, seldom needed

        return GradientBoostingSurvivalAnalysis(
            n_estimators=self.trees,
            learning_rate=self.learning_rate,
            max_depth=self.depth,
            min_samples_leaf=self.leaf,
            subsample=0.5,
            random_state=seed,
        )

    def risk(self, predicted: np.ndarray, smallest: float) -> np.ndarray:
        """The sum of the trees."""
        return predicted
