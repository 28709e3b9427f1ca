"""Cox models with a penalty whose size the inner folds choose."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from radsurv.survival.elastic_net_path import JudgedPath, PathSettings, fit_coxnet
from radsurv.survival.model import RiskModel, model_of, z_scores
from radsurv.survival.model_options import ModelFit, ModelOptions, ReducedTrainingSet

if TYPE_CHECKING:
    from radsurv.survival.reduction import Reduction


class PenalizedCox(ModelOptions):
    """A Cox model on z-scored features, fitted along a path of penalties."""

    lambda_rule: Literal["min", "1se"]
    n_lambda: Annotated[int, Field(ge=5, le=1_000)]
    path: Literal["complete", "until_minimum"]

    has_coefficients: ClassVar[bool] = True
    has_penalty: ClassVar[bool] = True
    stratifies: ClassVar[bool] = True

    @property
    @abstractmethod
    def l1_ratio(self) -> float:
        """Share of the lasso in the penalty."""

    @property
    def settings(self) -> PathSettings:
        """Of the path."""
        return PathSettings(self.l1_ratio, self.n_lambda, self.path == "until_minimum")

    def n_free(self, reduction: Reduction) -> int:
        """How many of the kept features, the first ones, have no penalty."""
        return reduction.n_protected if self.clinical == "unpenalised" else 0

    def fit(self, training: ReducedTrainingSet) -> ModelFit:
        """At the λ that the rule chooses by the inner folds."""
        z, n_free = z_scores(training.values)[0], self.n_free(training.reduction)
        path = fit_coxnet(z, training.outcome, training.folds, self.settings, n_free, training.strata)
        return self.fit_of(training, path)

    def fit_of(self, training: ReducedTrainingSet, path: JudgedPath) -> ModelFit:
        """The models at the λs that the draws of the inner folds choose, together and each alone."""

        def at(position: int) -> RiskModel:
            coefficients, penalty = path.coefficients[position], float(path.lambdas[position])
            return model_of(
                training.values, training.reduction, training.outcome, coefficients, penalty, training.strata
            )

        drawn = path.chosen_by_draw(self.lambda_rule) if len(training.folds) > 1 else []
        return ModelFit(at(path.chosen(self.lambda_rule)), [at(position) for position in drawn])
