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
    stratifies: ClassVar[bool] = True

    def describe(self) -> str:
        return f"Cox regression without a penalty{self.describe_strata()}"

    def fit(self, training: ReducedTrainingSet) -> ModelFit:
        values, outcome, strata = training.values, training.outcome, training.strata
        coefficients = cox_coefficients(values, outcome, strata)
        return ModelFit(model_of(values, training.reduction, outcome, coefficients, np.nan, strata), [])
