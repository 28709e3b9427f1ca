"""The whole pipeline as a function of the outcome, in arrays: what a permutation test repeats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig
from radsurv.survival.fit import fit_reduced
from radsurv.survival.model import RiskModel
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.separation import mean_separation
from radsurv.survival.training_sets import TrainingSets, training_sets
from radsurv.validation.inner_folds import draw_member_folds, fold_generator, model_seed
from radsurv.validation.left_out import left_out_scores
from radsurv.validation.splits import Eligible, Splits, check_trainable, make_splits


class Pipeline:
    """Splits, reduction, scaling, λ by inner cross-validation, threshold and prediction, for any outcome of the patients.

    What depends on the features alone (their ranks; their MAD, as long as the training sets stay the same) is computed
    once and shared by all calls, which may come from several threads at a time.

    Parameters
    ----------
    values
        Complete feature table.
    reduction, model, validation
        Sections of the configuration. The inner folds are always drawn, also where `validation` names given ones.
    sites, eligible
        As `radsurv.validation.cross_validate.cross_validate` takes them.
    """

    def __init__(
        self,
        values: Float[np.ndarray, "patient feature"],
        reduction: ReductionConfig,
        model: ModelConfig,
        validation: ValidationConfig,
        *,
        sites: Sequence[str | None] | None = None,
        eligible: Eligible | None = None,
    ) -> None:
        self._values = np.asarray(values, dtype=np.float64)
        self._table = rank_table(self._values)
        self._config, self._model, self._validation = reduction, model, validation
        self._sites, self._eligible = sites, eligible
        self._prepared: tuple[TrainingSets, FeatureReduction] | None = None

    def __call__(self, outcome: Outcome, seed: int) -> Float[np.ndarray, "statistic"]:
        """Statistics of the predictions, see `radsurv.survival.separation.mean_separation`."""
        return mean_separation(outcome, *self.predict(outcome, seed))

    def predict(
        self, outcome: Outcome, seed: int
    ) -> tuple[Float[np.ndarray, "repeat patient"], Bool[np.ndarray, "repeat patient"]]:
        """Score of every patient, and whether it is a short survivor's, by models that have not seen the patient.

        Parameters
        ----------
        outcome
            Of the patients of the table, in its order.
        seed
            Draws outer and inner folds, as `radsurv.validation.cross_validate.cross_validate` does.
        """
        splits = make_splits(outcome, self._validation, seed, self._sites)
        check_trainable(outcome, splits.weights)
        sets, reduction = self._prepare(splits)
        reduced = enumerate(reduction.reduce(outcome))
        # Without a feature the model is null, as is a set that is not named here.
        models = (
            (which, self._fit(outcome, sets.rows(which), one, seed, int(splits.repeat[which]), int(splits.fold[which])))
            for which, one in reduced
            if len(one.kept)
        )
        scores = left_out_scores(splits, models, self._values)
        return scores.risk, scores.short

    def _prepare(self, splits: Splits) -> tuple[TrainingSets, FeatureReduction]:
        prepared = self._prepared
        if prepared is None or not np.array_equal(prepared[0].weights, splits.weights):
            sets = training_sets(splits.weights)
            allowed = None if self._eligible is None else self._eligible(sets.weights)
            prepared = sets, FeatureReduction(self._table, sets, self._config, allowed)
            self._prepared = prepared
        return prepared

    def _fit(
        self, outcome: Outcome, rows: np.ndarray, reduced: Reduction, seed: int, repeat: int, fold: int
    ) -> RiskModel:
        splits, draws = self._validation.inner_splits, self._validation.inner_repeats
        folds = draw_member_folds(outcome.event, rows, splits, draws, fold_generator(seed, repeat, fold))
        kept, members = self._values[np.ix_(rows, reduced.kept)], outcome.take(rows)
        return fit_reduced(kept, reduced, members, folds, self._model, model_seed(seed, repeat, fold)).model
