"""Confidence limits of left-out predictions, from resampled patients."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.concordance import concordance
from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import training_sets

# First number of the spawn key: other uses of the same seed draw other numbers.
BOOTSTRAP = 6
DRAWS = 1000
DRAWS_AT_ONCE = 100  # bounds the memory of large cohorts
LARGEST_SHARE_LOST = 0.05


@dataclass(frozen=True)
class BootstrapInterval:
    """Limits by name.

    Attributes
    ----------
    values
        ``harrell_c_low, harrell_c_high, hazard_ratio_bootstrap_low, hazard_ratio_bootstrap_high``: 95 % percentile
        limits, NaN where there are none.
    reasons
        For each value that is NaN, why.
    """

    values: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, drawn: Float[np.ndarray, "draw"]) -> None:
        """The limits of a statistic from its values in the draws, those without a value being NaN.

        There are none where more than a twentieth of the draws has no value: what is left would be a selection.
        """
        known = drawn[np.isfinite(drawn)]
        lost = len(drawn) - len(known)
        enough = lost <= LARGEST_SHARE_LOST * len(drawn)
        limits = np.quantile(known, [0.025, 0.975]) if enough else np.full(2, np.nan)
        for end, limit in zip(("low", "high"), limits, strict=True):
            self.values[f"{name}_{end}"] = float(limit)
            if not enough:
                self.reasons[f"{name}_{end}"] = f"{lost} of {len(drawn)} bootstrap samples give no value"


def bootstrap_interval(
    outcome: Outcome, score: Float[np.ndarray, "patient"], short: Bool[np.ndarray, "patient"], seed: int
) -> BootstrapInterval:
    """Limits for Harrell's C and the hazard ratio over 1,000 resamples of patients with their predictions.

    The predictions stay as they are: no model is fitted again. So the limits say how much the statistics depend on who
    happened to be judged, not how much the predictions depend on who happened to be trained on.

    Parameters
    ----------
    outcome, score, short
        Of the left-out patients: what happened, predicted log hazard, predicted group.
    seed
        Of the experiment.
    """
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BOOTSTRAP,)))
    table = rank_table(score[:, None])
    c_index, ratio = np.empty(DRAWS), np.empty(DRAWS)
    for start in range(0, DRAWS, DRAWS_AT_ONCE):
        drawn = generator.integers(len(outcome), size=(DRAWS_AT_ONCE, len(outcome)))
        here = slice(start, start + DRAWS_AT_ONCE)
        c_index[here] = concordance(table, outcome, training_sets(_multiplicities(drawn))).index()[:, 0]
        ratio[here] = [hazard_ratio(outcome.take(patients), short[patients]).ratio for patients in drawn]
    interval = BootstrapInterval()
    interval.put("harrell_c", c_index)
    interval.put("hazard_ratio_bootstrap", ratio)
    return interval


def _multiplicities(drawn: Int[np.ndarray, "draw patient"]) -> Int[np.ndarray, "draw patient"]:
    n_patients = drawn.shape[1]
    return np.stack([np.bincount(patients, minlength=n_patients) for patients in drawn])
