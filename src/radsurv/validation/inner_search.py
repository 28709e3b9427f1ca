"""How good hyper-parameters are, by cross-validation inside one training set."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from radsurv.config import ModelConfig, ReductionConfig, SearchConfig
from radsurv.survival.fit import Fit, fit_reduced
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.reduction import Reduction
from radsurv.survival.reduction_statistics import ReductionStatistics
from radsurv.survival.strict import StrictPath, fit_strictly, strict_path
from radsurv.survival.training_sets import training_sets
from radsurv.validation.feature_groups import Groups
from radsurv.validation.splits import Eligible

Parameters = dict[str, Any]
REDUCTION_PARAMETERS = ("mad", "cindex", "pearson")
MODEL_PARAMETERS = ("alpha", "lambda_rule")
FEATURES = "features"
NOTHING = np.zeros(0, dtype=np.int64)


class InnerSearch:
    """A training set with its inner training sets, and what all hyper-parameters share.

    Parameters
    ----------
    table, outcome
        All patients.
    members
        Patients of the training set, in rising order.
    folds
        Their inner folds, from 1; one row per draw.
    reduction, model
        What is not searched.
    eligible
        See `radsurv.validation.cross_validate.cross_validate`.
    groups
        The features of each group that a search may choose.
    """

    def __init__(
        self,
        table: RankedTable,
        outcome: Outcome,
        members: Int[np.ndarray, "member"],
        folds: Int[np.ndarray, "draw member"],
        reduction: ReductionConfig,
        model: ModelConfig,
        eligible: Eligible | None = None,
        groups: Groups | None = None,
    ) -> None:
        inner = (draw != left_out for draw in folds for left_out in range(1, int(folds.max()) + 1))
        sets = [members, *(members[inside] for inside in inner)]
        weights = np.stack([np.bincount(one, minlength=len(outcome)) for one in sets])
        allowed = None if eligible is None else eligible(weights)
        self._statistics = ReductionStatistics(
            table, outcome, training_sets(weights), allowed, by_mad=reduction.mad is not None
        )
        self._n_sets = len(weights)
        self._values = np.ascontiguousarray(table.values[:, members].T)
        self._outcome, self._folds = outcome.take(members), folds
        self._reduction, self._model, self._groups = reduction, model, groups or {}
        self._reduced: dict[tuple[float | str | None, ...], list[Reduction]] = {}
        self._paths: dict[tuple[float, bytes], StrictPath] = {}

    def configured(self, parameters: Parameters) -> tuple[ReductionConfig, ModelConfig]:
        """The configuration with these values in place of its own."""
        reduction = {name: parameters[name] for name in REDUCTION_PARAMETERS if name in parameters}
        model = {name: parameters[name] for name in MODEL_PARAMETERS if name in parameters}
        return self._reduction.model_copy(update=reduction), self._model.model_copy(update=model)

    def value(self, parameters: Parameters, objective: str) -> float:
        """Deviance per left-out event, or Harrell's C, at the λ that the rule chooses on the same inner folds."""
        reduction, model = self.configured(parameters)
        path = self._path(self._reduce(reduction, parameters.get(FEATURES)), model)
        chosen = path.chosen(model.lambda_rule)
        if objective == "deviance":
            return float(path.cv_deviance[chosen])
        return float(path.concordance[chosen])

    def fit(self, parameters: Parameters, *, strict: bool, seed: int) -> tuple[Reduction, Fit]:
        """The model of the whole training set.

        Parameters
        ----------
        strict
            Choose λ on features reduced anew in every inner training set, not once.
        seed
            Of whatever the model draws at random.
        """
        reduction, model = self.configured(parameters)
        group = parameters.get(FEATURES)
        if strict:
            reductions = self._reduce(reduction, group)
            return reductions[0], fit_strictly(self._values, reductions, self._outcome, self._folds, model)
        reduced = self._statistics.reduce(0, reduction, self._among(group))
        return reduced, fit_reduced(self._values[:, reduced.kept], reduced, self._outcome, self._folds, model, seed)

    def _among(self, group: str | None) -> Bool[np.ndarray, "feature"] | None:
        return None if group is None else self._groups[group]

    def _reduce(self, config: ReductionConfig, group: str | None) -> list[Reduction]:
        key = (config.mad, config.cindex, config.pearson, group)
        if key not in self._reduced:
            among = self._among(group)
            self._reduced[key] = [self._statistics.reduce(which, config, among) for which in range(self._n_sets)]
        return self._reduced[key]

    def _path(self, reductions: list[Reduction], model: ModelConfig) -> StrictPath:
        """Different thresholds often leave the same features, and the rule for λ needs no new path."""
        if len(reductions[0].kept) == 0:  # the null model, whatever the inner training sets keep
            reductions = [Reduction(NOTHING, np.zeros(0), NOTHING, 0)] * self._n_sets
        survivors = b"|".join(one.kept.tobytes() for one in reductions)
        key = (model.alpha, survivors)
        if key not in self._paths:
            self._paths[key] = strict_path(self._values, reductions, self._outcome, self._folds, model)
        return self._paths[key]


def searched(config: SearchConfig) -> dict[str, list[Any]]:
    """The hyper-parameters that are searched, and their values."""
    names = (*REDUCTION_PARAMETERS, *MODEL_PARAMETERS, FEATURES)
    return {name: list(getattr(config, name)) for name in names if getattr(config, name) is not None}
