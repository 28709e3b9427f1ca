"""How far predicted probabilities of survival are from what happened: the Brier score."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from sksurv.metrics import brier_score

from radsurv.survival.outcome import Outcome


def brier_at_horizons(
    outcome: Outcome, survival: Float[np.ndarray, "patient horizon"], horizons: Float[np.ndarray, "horizon"]
) -> Float[np.ndarray, "horizon"]:
    """Mean squared error of survival probabilities, censored patients made up for by weights (Graf et al. 1999).

    0 is perfect; a coin's 0.5 for everybody scores 0.25.

    Parameters
    ----------
    survival
        Predicted probability of being event-free at each horizon.
    horizons
        As `radsurv.survival.horizons.choose_horizons` gives them; at least one.
    """
    untied, moments = outcome.untied(horizons)
    everybody = untied.structured()
    return np.asarray(brier_score(everybody, everybody, survival, moments)[1])


def integrated_brier(brier: Float[np.ndarray, "horizon"], horizons: Float[np.ndarray, "horizon"]) -> float:
    """Brier score averaged over the time from the first horizon to the last, by the trapezoidal rule.

    Of two horizons at least.
    """
    return float(np.trapezoid(brier, horizons) / (horizons[-1] - horizons[0]))
