"""Random survival forests and gradient-boosted Cox trees (scikit-survival), judged like any other model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from radsurv.config import ModelConfig
from radsurv.survival.outcome import Outcome
from radsurv.survival.reduction import Reduction
from radsurv.survival.risk_groups import risk_threshold


@dataclass(frozen=True)
class TreeModel:
    """A risk score from many trees.

    Attributes
    ----------
    name : str
        ``rsf`` or ``gbs``.
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
    forest
        Fitted estimator of scikit-survival.
    smallest : float
        Expected number of events below which the logarithm is not followed: one event seen by one of the trees.
    """

    name: str
    features: Int[np.ndarray, "kept"]
    strength: Float[np.ndarray, "kept"]
    coefficients: Float[np.ndarray, "kept"]
    penalty: float
    threshold: float
    forest: Any
    smallest: float

    @property
    def is_null(self) -> bool:
        """Never: without features there is no tree, but the null model of `radsurv.survival.model`."""
        return False

    def score(self, table: Float[np.ndarray, "patient feature"]) -> Float[np.ndarray, "patient"]:
        """Log relative risk: of boosted trees their sum, of a forest the logarithm of its expected number of events."""
        return _score(self.name, self.forest, table[:, self.features], self.smallest)

    def survival(
        self, table: Float[np.ndarray, "patient feature"], times: Float[np.ndarray, "time"]
    ) -> Float[np.ndarray, "patient time"]:
        """Probability of being event-free at some times; 1 before the first time of the training set."""
        known = self.forest.predict_survival_function(table[:, self.features], return_array=True)
        steps = np.concatenate([np.ones((len(known), 1)), known], axis=1)
        return np.asarray(steps[:, np.searchsorted(self.forest.unique_times_, times, side="right")])

    def to_dict(self, names: list[str]) -> dict[str, Any]:
        """All but the trees, which have no form without pickle: the same data, configuration and seed grow them again."""
        return {
            "features": [names[position] for position in self.features],
            "strength": self.strength.tolist(),
            "threshold": self.threshold,
            "trees": f"{self.name}: not stored; run the stored config again to grow them",
        }


def fit_trees(
    values: Float[np.ndarray, "patient kept"], reduction: Reduction, outcome: Outcome, config: ModelConfig, seed: int
) -> TreeModel:
    """Grow the trees of one training set; `values` holds its kept features, and there is at least one."""
    forest = _estimator(config, seed).fit(values, outcome.structured())
    smallest = 1.0 / (config.trees * len(outcome))
    return TreeModel(
        name=config.name,
        features=reduction.kept,
        strength=reduction.strength,
        coefficients=np.full(len(reduction.kept), np.nan),
        penalty=np.nan,
        threshold=risk_threshold(_score(config.name, forest, values, smallest)),
        forest=forest,
        smallest=smallest,
    )


def _score(name: str, forest: Any, values: Float[np.ndarray, "patient kept"], smallest: float) -> np.ndarray:
    risk = np.asarray(forest.predict(values), dtype=np.float64)
    return np.log(np.maximum(risk, smallest)) if name == "rsf" else risk


def _estimator(config: ModelConfig, seed: int) -> Any:
    from sksurv.ensemble import GradientBoostingSurvivalAnalysis, RandomSurvivalForest  # seconds, seldom needed

    if config.name == "rsf":
        return RandomSurvivalForest(
            n_estimators=config.trees, min_samples_leaf=config.leaf, max_features="sqrt", n_jobs=1, random_state=seed
        )
    return GradientBoostingSurvivalAnalysis(
        n_estimators=config.trees,
        learning_rate=config.learning_rate,
        max_depth=config.depth,
        min_samples_leaf=config.leaf,
        subsample=0.5,
        random_state=seed,
    )
