"""Cox regression on a few covariates, without a penalty to speak of: what a model of age and sex is held against."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from radsurv.errors import TrainingSetError
from radsurv.survival.model import z_scores
from radsurv.survival.outcome import Outcome

# Per patient, on coefficients of z-scores: keeps them finite under separation, and moves others by a thousandth or so.
RIDGE = 1e-3


def cox_coefficients(values: Float[np.ndarray, "patient kept"], outcome: Outcome) -> Float[np.ndarray, "kept"]:
    """Log hazard ratios per standard deviation, ties by Breslow (scikit-survival's Newton steps).

    Raises
    ------
    TrainingSetError
        When the steps do not settle: too many features for the number of events.
    """
    from sksurv.linear_model import CoxPHSurvivalAnalysis  # a second that most experiments need not spend

    regression = CoxPHSurvivalAnalysis(alpha=RIDGE * len(outcome), ties="breslow")
    try:
        # What it makes of the baseline hazard is not used here, and can overflow where scores are far apart.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            regression.fit(z_scores(values)[0], outcome.structured())
    except (ValueError, FloatingPointError, np.linalg.LinAlgError) as error:
        raise TrainingSetError(
            f"model=cox does not settle on {values.shape[1]} features and {outcome.event.sum()} events ({error}): take"
            " model=ridge_cox or model=coxnet, or reduce the features further"
        ) from None
    return np.asarray(regression.coef_, dtype=np.float64)
