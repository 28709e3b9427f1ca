"""How far predictions separate early from late events, with a value for every possible prediction.

A permutation test ranks the observed statistic among those of shuffled outcomes, so a statistic must always have a
value, by one rule for all of them, and must be large only where the prediction is right.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from radsurv.survival.group_comparison import hazard_ratio, log_rank
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.outcome import Outcome

STATISTICS = ("signed_log_rank", "log_hazard_ratio", "harrell_c")


def separation(
    outcome: Outcome, score: Float[np.ndarray, "patient"], short: Bool[np.ndarray, "patient"]
) -> Float[np.ndarray, "statistic"]:
    """The statistics of `STATISTICS`, each the larger, the better the prediction.

    Parameters
    ----------
    outcome, score, short
        Of left-out patients: what happened, predicted log hazard, predicted group.

    Returns
    -------
    signed_log_rank
        Log-rank χ²; negative where predicted short survivors have fewer events than expected, 0 without two groups.
    log_hazard_ratio
        Of short against long survivors; 0 where the likelihood has no maximum.
    harrell_c
        0.5 where no two patients are comparable.
    """
    test = log_rank(outcome, short)
    signed = np.sign(test.observed - test.expected) * test.chi2
    values = np.array([signed, np.log(hazard_ratio(outcome, short).ratio), harrell_c(outcome, score)])
    return np.where(np.isfinite(values), values, [0.0, 0.0, 0.5])


def mean_separation(
    outcome: Outcome, score: Float[np.ndarray, "repeat patient"], short: Bool[np.ndarray, "repeat patient"]
) -> Float[np.ndarray, "statistic"]:
    """The statistics of each repeat, averaged: one prediction per patient would throw the other repeats away."""
    repeats = [separation(outcome, *repeat) for repeat in zip(score, short, strict=True)]
    return np.asarray(np.mean(repeats, axis=0))


def mean_concordance(outcome: Outcome, score: Float[np.ndarray, "repeat patient"]) -> float:
    """Harrell's C alone, averaged likewise; 0.5 where no two patients are comparable."""
    found = np.array([harrell_c(outcome, one) for one in score])
    return float(np.mean(np.where(np.isfinite(found), found, 0.5)))
