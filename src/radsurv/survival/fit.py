"""From a reduced training set to a model, whichever is configured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.config import ModelConfig, ReductionConfig
from radsurv.survival.cox import cox_coefficients
from radsurv.survival.coxnet import JudgedPath, fit_coxnet
from radsurv.survival.model import RiskModel, model_of, z_scores
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.training_sets import training_sets
from radsurv.survival.trees import fit_trees

Each = TypeVar("Each")


@dataclass(frozen=True)
class Fit:
    """The model of a training set, and what single draws of the inner folds would have made of it.

    Attributes
    ----------
    model
        With λ chosen by all draws of the inner folds together.
    by_draw
        With λ chosen by each draw alone; empty where there is one draw, or no λ to choose.
    """

    model: RiskModel
    by_draw: Sequence[RiskModel]


def fit_reduced(
    values: Float[np.ndarray, "patient kept"],
    reduction: Reduction,
    outcome: Outcome,
    folds: Int[np.ndarray, "*draw patient"],
    config: ModelConfig,
    seed: int = 0,
) -> Fit:
    """Fit on a training set whose features are already reduced.

    Parameters
    ----------
    values
        The kept features, in order of keeping, of the training patients.
    reduction
        Which features these are. Without any, the model is null: it gives everybody the score 0.
    outcome
        Of the training patients, with at least one event.
    folds
        Inner fold of each training patient, from 1; they choose λ. One row per draw where there are several.
    config
        Which model, α, rule for λ, and so on.
    seed
        Of whatever the model draws at random (trees).
    """
    if len(reduction.kept) == 0:
        return null_fit(values, reduction, outcome, folds)
    if config.name == "cox":
        return Fit(model_of(values, reduction, outcome, cox_coefficients(values, outcome), np.nan), [])
    if config.name in ("rsf", "gbs"):
        return Fit(fit_trees(values, reduction, outcome, config, seed), [])
    path = fit_coxnet(z_scores(values)[0], outcome, folds, config)
    return fit_of_path(values, reduction, outcome, path, config.lambda_rule)


def null_fit(
    values: Float[np.ndarray, "patient kept"],
    reduction: Reduction,
    outcome: Outcome,
    folds: Int[np.ndarray, "*draw patient"],
) -> Fit:
    """The model without any feature, for every draw of the folds."""
    model = model_of(values, reduction, outcome, np.zeros(0), np.nan)
    return Fit(model, _several([model] * len(np.atleast_2d(folds))))


def fit_of_path(
    values: Float[np.ndarray, "patient kept"], reduction: Reduction, outcome: Outcome, path: JudgedPath, rule: str
) -> Fit:
    """The models at the λs that the draws of the inner folds choose, together and each alone."""

    def at(position: int) -> RiskModel:
        return model_of(values, reduction, outcome, path.coefficients[position], float(path.lambdas[position]))

    return Fit(at(path.chosen(rule)), [at(position) for position in _several(path.chosen_by_draw(rule))])


def _several(draws: list[Each]) -> list[Each]:
    return draws if len(draws) > 1 else []


def fit_model(
    table: Float[np.ndarray, "patient feature"],
    outcome: Outcome,
    folds: Int[np.ndarray, "*draw patient"],
    reduction: ReductionConfig,
    model: ModelConfig,
    eligible: Bool[np.ndarray, "1 feature"] | None = None,
) -> RiskModel:
    """Reduce, z-score and fit on all patients of a table: the whole of one training set.

    `eligible` are the features that may take part; all of them if left out.

    Raises
    ------
    TrainingSetError
        When the table holds a value that is not finite, or nobody had the event.
    """
    everybody = training_sets(np.ones((1, len(outcome)), dtype=np.int64))
    reduced = FeatureReduction(rank_table(table), everybody, reduction, eligible).reduce(outcome)[0]
    return fit_reduced(table[:, reduced.kept], reduced, outcome, folds, model).model
