"""Cumulative incidence of one cause among several: the Aalen-Johansen estimate.

Where patients can leave by another cause, such as death before a progression, 1 − Kaplan-Meier with that cause censored says how
many would have the event if nobody could leave so. It is larger than the share that has it [1]_, which is estimated here.

References
----------
.. [1] Putter H, Fiocco M, Geskus RB. Tutorial in biostatistics: competing risks and multi-state models. Stat Med 2007;26:2389.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.special import ndtri

from radsurv.errors import TrainingSetError

CENSORED = 0


@dataclass(frozen=True)
class Causes:
    """Follow-up that ends by one of several causes.

    Attributes
    ----------
    time : (patient,) float64
        Positive and finite.
    cause : (patient,) int64
        1, 2, … of what ended it; 0 where it ended before any.
    """

    time: Float[np.ndarray, "patient"]
    cause: Int[np.ndarray, "patient"]

    def __len__(self) -> int:
        return len(self.time)


def cumulative_incidence(causes: Causes, of: int, confidence: float = 0.95) -> pd.DataFrame:
    """Estimate the share of patients in whom a cause has come by every observed time.

    ``F(t) = Σ S(s−)·d₁(s)/n(s)`` over times s up to t, where S is the Kaplan-Meier estimate of being free of every cause. The
    standard error is the infinitesimal jackknife, the root of ``Σ (∂F(t)/∂wᵢ)²`` over the patients, and the interval
    ``F·exp(±z·se/F)``, cut at 1: the defaults of R's ``survfit`` for an outcome of several states.

    Parameters
    ----------
    causes
    of
        The cause.
    confidence

    Returns
    -------
    table
        One row per distinct time: ``time, n_risk, n_event, n_other, n_censor, incidence, se, lower, upper``; limits are NaN before
        the first event.

    Raises
    ------
    TrainingSetError
        For a group without patients.
    """
    if len(causes) == 0:
        raise TrainingSetError("a cumulative incidence needs at least one patient, found an empty group")
    times, position = np.unique(causes.time, return_inverse=True)
    n_event, n_other, n_censor = (
        np.bincount(position, weights=kind, minlength=len(times)).astype(np.int64)
        for kind in (causes.cause == of, (causes.cause != of) & (causes.cause != CENSORED), causes.cause == CENSORED)
    )
    n_left = n_event + n_other
    n_risk = len(causes) - np.concatenate([[0], np.cumsum(n_left + n_censor)[:-1]])
    before = np.concatenate([[1.0], np.cumprod(1 - n_left / n_risk)[:-1]])  # free of every cause just before
    step = before * n_event / n_risk
    incidence = np.cumsum(step)
    se = _jackknife(before / n_risk, step, incidence, n_risk, n_event, n_other, n_censor)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(ndtri(0.5 + confidence / 2) * se / incidence)
        lower, upper = incidence / spread, np.minimum(incidence * spread, 1.0)
    return pd.DataFrame(
        {
            "time": times,
            "n_risk": n_risk,
            "n_event": n_event,
            "n_other": n_other,
            "n_censor": n_censor,
            "incidence": incidence,
            "se": se,
            "lower": lower,
            "upper": upper,
        }
    )


def _jackknife(
    share: Float[np.ndarray, "time"],
    step: Float[np.ndarray, "time"],
    incidence: Float[np.ndarray, "time"],
    n_risk: Int[np.ndarray, "time"],
    n_event: Int[np.ndarray, "time"],
    n_other: Int[np.ndarray, "time"],
    n_censor: Int[np.ndarray, "time"],
) -> Float[np.ndarray, "time"]:
    """Standard errors from the derivatives of F by the weight of each patient.

    Patients who left at the same time in the same way have the same derivative. Until they leave it is ``b(t)``, the same for all;
    afterwards it is ``a − F(t)·l`` with numbers of their own. So its square needs cumulative sums only, and no table of patients by
    times.

    Parameters
    ----------
    share
        ``S(s−)/n(s)``: what one patient is worth.
    step, incidence
        Of F.
    """
    n_left = n_event + n_other
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = np.where(n_risk > n_left, 1 / (n_risk - n_left), 0.0)  # where nobody is left, F rises no more
    hazard = np.cumsum(n_left * beyond / n_risk)  # Σ d/(n(n−d)) up to and with a time
    earlier = np.concatenate([[0.0], hazard[:-1]])
    at_risk = np.cumsum(step * earlier - share * n_event / n_risk)  # b(t)
    n_still = n_risk - n_left - n_censor  # followed beyond
    squares = n_still * at_risk**2
    constant, mixed, quadratic = np.zeros(len(step)), np.zeros(len(step)), np.zeros(len(step))
    for count, own, left in ((n_event, share, beyond), (n_other, 0.0, beyond), (n_censor, 0.0, 0.0)):
        slope = left - hazard  # l
        a = at_risk + own + incidence * slope
        constant += count * a**2
        mixed += count * a * slope
        quadratic += count * slope**2
    squares = squares + np.cumsum(constant) - 2 * incidence * np.cumsum(mixed) + incidence**2 * np.cumsum(quadratic)
    return np.sqrt(np.maximum(squares, 0.0))
