"""Whether predicted probabilities can be taken at their word."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.special import chdtrc

from radsurv.survival.kaplan_meier import kaplan_meier
from radsurv.survival.outcome import Outcome

MOST_BINS = 10  # of D-calibration, as in its paper
FEWEST_PER_BIN = 5  # expected patients, so that the χ² distribution holds
MOST_GROUPS = 5  # of the calibration curve
FEWEST_PER_GROUP = 10


class DCalibration(NamedTuple):
    """χ² test of uniform survival probabilities; NaN with a `reason` where it cannot be made."""

    chi2: float
    p: float
    n_bins: int
    reason: str | None = None


def d_calibration(outcome: Outcome, survival_at_end: Float[np.ndarray, "patient"]) -> DCalibration:
    """Whether patients die as evenly over their predicted survival probabilities as they should.

    If the predictions hold, a tenth of the patients have the event while their predicted survival falls from 1 to 0.9,
    a tenth while it falls from 0.9 to 0.8, and so on. A censored patient is spread over what lies below the probability
    at censoring (Haider et al., JMLR 2020;21(85):1-63). Ten bins, or as many as hold 5 expected patients each.

    Parameters
    ----------
    survival_at_end
        Each patient's predicted probability of surviving beyond their own time.
    """
    n_bins = min(MOST_BINS, len(outcome) // FEWEST_PER_BIN)
    if n_bins < 2:
        needed = 2 * FEWEST_PER_BIN
        return DCalibration(np.nan, np.nan, n_bins, f"found {len(outcome)} patients, at least {needed} are needed")
    lower = np.arange(n_bins) / n_bins
    reached = survival_at_end[:, None]
    # A probability on a limit belongs to the bin above it, 1 to the topmost.
    own = lower == lower[np.minimum((reached * n_bins).astype(np.int64), n_bins - 1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.clip(reached - lower, 0, 1 / n_bins) / reached
    spread = np.where(reached > 0, spread, own)
    observed = np.where(outcome.event[:, None], own, spread).sum(axis=0)
    expected = len(outcome) / n_bins
    chi2 = float(((observed - expected) ** 2).sum() / expected)
    return DCalibration(chi2, float(chdtrc(n_bins - 1, chi2)), n_bins)


def calibration_curve(outcome: Outcome, survival: Float[np.ndarray, "patient"], horizon: float) -> pd.DataFrame:
    """Predicted and observed share of events until a horizon, in up to five groups of patients of similar risk.

    Groups are fifths of the predicted risk, or coarser where a group would have fewer than 10 patients. Patients of
    equal risk stay together. What was observed is a Kaplan-Meier estimate with 95 % limits (Greenwood's variance,
    log-log scale). It is NaN where no patient of a group is followed until the horizon, and so are the limits while a
    group has no event and once everybody had it.

    Parameters
    ----------
    survival
        Predicted probability of being event-free at the horizon.

    Returns
    -------
    curve
        One row per group: ``horizon, n, predicted, observed, low, high``, by rising predicted risk.
    """
    risk = 1 - survival
    group = calibration_groups(risk)
    rows = []
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        observed, low, high = observed_risk(outcome.take(members), horizon)
        rows.append((horizon, len(members), float(risk[members].mean()), observed, low, high))
    return pd.DataFrame(rows, columns=["horizon", "n", "predicted", "observed", "low", "high"])


def calibration_groups(risk: Float[np.ndarray, "patient"]) -> Int[np.ndarray, "patient"]:
    """The group of each patient, a number that rises with the risk; see `calibration_curve`."""
    n_groups = int(np.clip(len(risk) // FEWEST_PER_GROUP, 1, MOST_GROUPS))
    edges = np.sort(risk)[-(-np.arange(1, n_groups) * len(risk) // n_groups) - 1]
    return np.searchsorted(edges, risk, side="left")


def observed_risk(outcome: Outcome, horizon: float) -> tuple[float, float, float]:
    """Kaplan-Meier estimate of the share of events until a horizon, and its 95 % limits (log-log scale)."""
    curve = kaplan_meier(outcome)
    before = curve[curve["time"] <= horizon]
    survival = float(before["survival"].iloc[-1]) if len(before) else 1.0
    if survival > 0 and curve["time"].iloc[-1] < horizon:
        return np.nan, np.nan, np.nan
    if survival in (0.0, 1.0):
        return 1 - survival, np.nan, np.nan
    # `kaplan_meier` has its limits on the log scale, from the same variance: S exp(∓spread).
    spread = np.log(survival / before["lower"].iloc[-1])
    exponents = np.exp(np.array([-spread, spread]) / -np.log(survival))
    low, high = 1 - survival**exponents
    return 1 - survival, float(low), float(high)
