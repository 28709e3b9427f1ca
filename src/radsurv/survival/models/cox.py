"""Plain Cox regression, for a few covariates."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from radsurv.survival.cox_regression import cox_coefficients
from radsurv.survival.model import model_of
from radsurv.survival.model_options import ModelFit, ModelOptions, ReducedTrainingSet


class Cox(ModelOptions):
    """Cox regression without a penalty to speak of."""

    name: Literal["cox"]

    has_coefficients: ClassVar[bool] = True

    def describe(self) -> str:
        return "Cox regression without a penalty"

    def fit(self, training: ReducedTrainingSet) -> ModelFit:
        coefficients = cox_coefficients(training.values, training.outcome)
        return ModelFit(model_of(training.values, training.reduction, training.outcome, coefficients, np.nan), [])
