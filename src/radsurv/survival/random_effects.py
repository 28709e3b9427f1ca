"""Random-effects meta-analysis: one estimate out of several, how much they differ, and where another one would lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import stdtrit

CONFIDENCE = 0.95
FEWEST_FOR_PREDICTION = 3  # of studies: Student's t of the prediction interval has two degrees less
GRID = 400  # standard deviations between studies at which the likelihood is looked at, so that no maximum is missed
WIDEST = 10.0  # of these, in units of the spread of the estimates


@dataclass(frozen=True)
class RandomEffects:
    """A summary of studies.

    Attributes
    ----------
    mean
        Of the distribution of true values.
    low, high
        95 % limits of the mean.
    prediction_low, prediction_high
        95 % prediction interval: where the true value of another study lies; NaN of fewer than `FEWEST_FOR_PREDICTION`.
    tau2
        Variance of true values between studies.
    i2
        Share of it in the variance of an estimate of typical exactness.
    """

    mean: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    i2: float


def random_effects(estimates: Float[np.ndarray, "study"], variances: Float[np.ndarray, "study"]) -> RandomEffects:
    """Summarise estimates of independent studies, as R's ``metafor::rma(yi, vi, method="REML", test="adhoc")``.

    τ² by restricted maximum likelihood (Viechtbauer, J Educ Behav Stat 2005;30:261-293). Limits by Hartung and Knapp, and
    Sidik and Jonkman: Student's t with one degree less than studies, on a standard error that follows the spread of the
    estimates but is never below that of the usual weights (Röver et al., BMC Med Res Methodol 2015;15:99). Prediction
    interval ``mean ± t √(τ² + error²)`` with two degrees less than studies (Higgins et al., J R Stat Soc A
    2009;172:137-159). I² after Higgins and Thompson, Stat Med 2002;21:1539-1558, from τ² and their typical variance.

    Parameters
    ----------
    estimates, variances
        Of at least two studies; variances within studies, above 0.
    """
    n_studies = len(estimates)
    assert n_studies >= 2
    assert (variances > 0).all()
    tau2 = _restricted_maximum(estimates, variances)
    weights = 1.0 / (variances + tau2)
    mean = float(weights @ estimates / weights.sum())
    spread = float(weights @ (estimates - mean) ** 2) / (n_studies - 1)
    error = np.sqrt(max(spread, 1.0) / weights.sum())
    half = float(stdtrit(n_studies - 1, (1 + CONFIDENCE) / 2) * error)
    around = np.nan
    if n_studies >= FEWEST_FOR_PREDICTION:
        around = float(stdtrit(n_studies - 2, (1 + CONFIDENCE) / 2) * np.sqrt(tau2 + error**2))
    exact = 1.0 / variances
    typical = float((n_studies - 1) * exact.sum() / (exact.sum() ** 2 - (exact**2).sum()))
    return RandomEffects(
        mean, mean - half, mean + half, mean - around, mean + around, tau2, tau2 / (tau2 + typical)
    )  # fmt: skip


def _restricted_maximum(estimates: Float[np.ndarray, "study"], variances: Float[np.ndarray, "study"]) -> float:
    """The variance between studies of the largest restricted likelihood: 0, or where its derivative is."""
    spread = float(estimates.max() - estimates.min())
    if spread == 0:
        return 0.0
    grid = (np.linspace(0, WIDEST, GRID) * spread) ** 2
    best = int(np.argmax([_likelihood(tau2, estimates, variances) for tau2 in grid]))
    below, above = grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]
    if _slope(below, estimates, variances) <= 0:
        return float(below)
    return float(brentq(_slope, below, above, args=(estimates, variances), xtol=1e-15, rtol=1e-14))


def _likelihood(tau2: float, estimates: Float[np.ndarray, "study"], variances: Float[np.ndarray, "study"]) -> float:
    """Restricted log likelihood, less a constant."""
    weights = 1.0 / (variances + tau2)
    mean = weights @ estimates / weights.sum()
    fit = float(weights @ (estimates - mean) ** 2)
    return -0.5 * (float(np.log(variances + tau2).sum()) + float(np.log(weights.sum())) + fit)


def _slope(tau2: float, estimates: Float[np.ndarray, "study"], variances: Float[np.ndarray, "study"]) -> float:
    """Twice its derivative by the variance between studies."""
    weights = 1.0 / (variances + tau2)
    mean = weights @ estimates / weights.sum()
    squares = float(weights**2 @ (estimates - mean) ** 2)
    return squares - float(weights.sum() - (weights**2).sum() / weights.sum())
