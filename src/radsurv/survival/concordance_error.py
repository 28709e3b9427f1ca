"""How exactly Harrell's C is known from one group of patients: its infinitesimal jackknife variance."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from radsurv.survival.outcome import Outcome


def concordance_variance(outcome: Outcome, score: Float[np.ndarray, "patient"]) -> float:
    """The variance of C that R's ``survival::concordance`` gives; NaN without a comparable pair.

    C is a ratio of sums over pairs; the variance is the sum over patients of the squared derivative of C by the weight of a
    patient (Therneau and Atkinson, *Concordance*, vignette of the package survival). It supposes that patients are
    independent, and takes the scores as given.

    Parameters
    ----------
    outcome
    score
        Higher for those who are expected to have the event sooner; equal ones count half.
    """
    n_patients = len(outcome)
    concordant, comparable = np.zeros(n_patients), np.zeros(n_patients)  # pairs of each patient
    for early in np.flatnonzero(outcome.event):
        time = outcome.time[early]
        later = (outcome.time > time) | ((outcome.time == time) & ~outcome.event)
        right = later * ((score < score[early]) + 0.5 * (score == score[early]))
        concordant += right
        concordant[early] += right.sum()
        comparable += later
        comparable[early] += np.count_nonzero(later)
    n_pairs = comparable.sum() / 2
    if n_pairs == 0:
        return np.nan
    index = concordant.sum() / 2 / n_pairs
    influence = (concordant - index * comparable) / n_pairs
    return float((influence**2).sum())
