"""How good hyper-parameters are in the inner training sets, and the model of the whole training set with the best of them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

from radsurv.survival.elastic_net_path import PathSettings
from radsurv.survival.model_options import ModelFit, ModelOptions, ReducedTrainingSet
from radsurv.survival.nested_path import NestedPath, nested_path
from radsurv.survival.outcome import Outcome
from radsurv.survival.penalized_cox import PenalizedCox
from radsurv.survival.reduction import Reduction
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.survival.strata import Strata
from radsurv.validation.feature_groups import Groups
from radsurv.validation.inner_sets import InnerSets
from radsurv.validation.search_options import FEATURES
from radsurv.validation.search_space import HyperParameters, configured

NOTHING = np.zeros(0, dtype=np.int64)


class InnerSearch:
    """What all hyper-parameters of one training set share.

    Parameters
    ----------
    sets
        The training set and its inner ones.
    outcome, folds
        Of its members; inner folds from 1, one row per draw.
    reduction, model
        What is not searched.
    groups
        The features of each group that a search may choose.
    seed
        Of whatever the model draws at random.
    strata
        Of the members, where the model is stratified.
    """

    def __init__(
        self,
        sets: InnerSets,
        outcome: Outcome,
        folds: Int[np.ndarray, "draw member"],
        reduction: ReductionOptions,
        model: ModelOptions,
        groups: Groups,
        seed: int,
        strata: Strata | None = None,
    ) -> None:
        self._sets, self._outcome, self._folds = sets, outcome, folds
        self._reduction, self._model, self._groups, self._seed = reduction, model, groups, seed
        self._strata = strata
        self._reduced: dict[tuple[ReductionOptions, str | None], list[Reduction]] = {}
        self._paths: dict[tuple[PathSettings, bytes], NestedPath] = {}

    def value(self, chosen: HyperParameters, objective: str) -> float:
        """Deviance per left-out event, or Harrell's C, at the λ that the rule chooses on the same inner folds."""
        reduction, model = configured(self._reduction, self._model, chosen)
        assert isinstance(model, PenalizedCox)
        path = self._path(self._reduce(reduction, _group(chosen)), model)
        place = path.chosen(model.lambda_rule)
        return float(path.cv_deviance[place] if objective == "deviance" else path.concordance[place])

    def fit(self, chosen: HyperParameters, *, nested: bool) -> tuple[Reduction, ModelFit]:
        """The model of the whole training set.

        Parameters
        ----------
        nested
            Choose λ on features reduced anew in every inner training set, not once.
        """
        reduction, model = configured(self._reduction, self._model, chosen)
        group = _group(chosen)
        reductions = self._reduce(reduction, group) if nested else [self._sets.reduce(0, reduction, self._among(group))]
        training = ReducedTrainingSet(
            self._sets.kept(0, reductions[0]), reductions[0], self._outcome, self._folds, self._seed, self._strata
        )
        if not nested or not len(reductions[0].kept):
            return reductions[0], model.fit_reduced(training)
        assert isinstance(model, PenalizedCox)
        return reductions[0], model.fit_of(training, self._path(reductions, model))

    def _among(self, group: str | None) -> Bool[np.ndarray, "feature"] | None:
        return None if group is None else self._groups[group]

    def _reduce(self, options: ReductionOptions, group: str | None) -> list[Reduction]:
        key = (options, group)
        if key not in self._reduced:
            among = self._among(group)
            self._reduced[key] = [self._sets.reduce(which, options, among) for which in range(self._sets.n_sets)]
        return self._reduced[key]

    def _path(self, reductions: list[Reduction], model: PenalizedCox) -> NestedPath:
        """Different thresholds often leave the same features, and the rule for λ needs no new path."""
        if len(reductions[0].kept) == 0:  # the null model, whatever the inner training sets keep
            reductions = [Reduction(NOTHING, np.zeros(0), NOTHING, 0)] * self._sets.n_sets
        key = (model.settings, b"|".join(one.kept.tobytes() for one in reductions))
        if key not in self._paths:
            kept = [self._sets.kept(which, one) for which, one in enumerate(reductions)]
            n_free = [model.n_free(one) for one in reductions]
            self._paths[key] = nested_path(kept, self._outcome, self._folds, model.settings, n_free, self._strata)
        return self._paths[key]


def _group(chosen: HyperParameters) -> str | None:
    """The chosen group of features, where groups are searched."""
    return str(chosen[FEATURES]) if FEATURES in chosen else None
