"""What a survival model is to the rest: options that fit a reduced training set, and what can be done with the result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int

from radsurv.options.base import Alternative, alternatives, one_of
from radsurv.survival.model import RiskModel, SurvivalModel, null_model
from radsurv.survival.outcome import Outcome
from radsurv.survival.strata import Strata

if TYPE_CHECKING:
    from radsurv.survival.reduction import Reduction


@dataclass(frozen=True)
class ReducedTrainingSet:
    """The members of a training set with the features that survived the reduction there.

    Attributes
    ----------
    values : (member, kept)
        The kept features, in order of keeping.
    reduction
        Which features these are.
    outcome
        Of the members, with at least one event.
    folds : (draw, member)
        Inner fold of each member, from 1: they choose λ. One row per draw.
    seed
        Of whatever the model draws at random.
    strata
        Of the members, where the model has a baseline hazard for each stratum.
    """

    values: Float[np.ndarray, "member kept"]
    reduction: Reduction
    outcome: Outcome
    folds: Int[np.ndarray, "draw member"]
    seed: int
    strata: Strata | None = None


@dataclass(frozen=True)
class ModelFit:
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


class ModelOptions(Alternative, ABC):
    """A survival model: its options, and how it is fitted.

    Attributes
    ----------
    clinical
        What covariates are to it: a block that the reduction leaves alone, with (``penalised``) or without (``unpenalised``) a part in
        the penalty, which is the same for models that have none; or features like all others (``none``).
    strata
        Column of the cohort table whose values have a baseline hazard each: risk sets end at the border of a stratum, so that
        coefficients come from comparisons within strata alone. One baseline hazard for everybody where None.
    has_coefficients
        Whether it is a linear score with one coefficient per feature.
    has_penalty
        Whether inner folds choose a penalty λ.
    stratifies
        Whether it can have `strata`.
    searchable
        Options that a nested search may vary.
    nests
        Whether its inner folds can be judged on features reduced anew in each of them, which a nested search needs.
    """

    name: str
    clinical: Literal["unpenalised", "penalised", "none"]
    strata: Literal["site"] | None

    has_coefficients: ClassVar[bool]
    has_penalty: ClassVar[bool] = False
    stratifies: ClassVar[bool] = False
    searchable: ClassVar[tuple[str, ...]] = ()
    nests: ClassVar[bool] = False

    @abstractmethod
    def describe(self) -> str:
        """Name and options in a few words, for a reader."""

    @abstractmethod
    def fit(self, training: ReducedTrainingSet) -> ModelFit:
        """Fit a training set with at least one feature."""

    def fit_reduced(self, training: ReducedTrainingSet) -> ModelFit:
        """Fit a training set; without any feature the model is null: it gives everybody the score 0."""
        if training.values.shape[1]:
            return self.fit(training)
        # Null for every draw of the folds, where draws choose something.
        model = null_model(training.reduction, training.outcome, training.strata)
        return ModelFit(model, several([model] * len(training.folds)) if self.has_penalty else [])

    def model_from(self, stored: dict[str, Any], names: list[str]) -> RiskModel:
        """Read `RiskModel.to_dict` of one of its models back, for a feature table with these columns: it predicts the same bits.

        Raises
        ------
        TrainingSetError
            When the table lacks a feature of the model.
        """
        return SurvivalModel.from_dict(stored, names)

    @property
    def protects_clinical(self) -> bool:
        """Whether covariates are a block that no step of the reduction looks at."""
        return self.clinical != "none"

    def describe_clinical(self) -> str:
        """What covariates are to it, for a reader of a run that has some."""
        if not self.protects_clinical:
            return "covariates reduced like images"
        penalty = "with the penalty" if self.clinical == "penalised" else "without a penalty"
        return "covariates in every model" + (f", {penalty}" if self.has_penalty else "")

    def describe_strata(self) -> str:
        """How baseline hazards are told apart, for a reader; empty where there is one."""
        return f", stratified by {self.strata}" if self.strata else ""

    def with_options(self, chosen: Mapping[str, object]) -> ModelOptions:
        """The same model with other values of some options."""
        return self.model_copy(update=dict(chosen))


def several(draws: list[RiskModel]) -> list[RiskModel]:
    """Models of the single draws, where there is more than one."""
    return draws if len(draws) > 1 else []


MODELS = alternatives("radsurv.survival.models", ModelOptions)
if TYPE_CHECKING:
    Model = ModelOptions
else:
    Model = one_of(MODELS)
