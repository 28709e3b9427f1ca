"""Confidence limits of left-out predictions, from resampled patients."""

from __future__ import annotations

from collections.abc import Iterator
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
        """The limits of a statistic from its values in the draws."""
        for end, limit in zip(("low", "high"), percentile_limits(drawn), strict=True):
            self.values[f"{name}_{end}"] = limit
            if np.isnan(limit):
                lost = np.count_nonzero(~np.isfinite(drawn))
                self.reasons[f"{name}_{end}"] = f"{lost} of {len(drawn)} bootstrap samples give no value"


def percentile_limits(drawn: Float[np.ndarray, "draw"]) -> tuple[float, float]:
    """95 % limits from the values of a statistic in the draws, those without a value being NaN.

    There are none where more than a twentieth of the draws has no value: what is left would be a selection.
    """
    known = drawn[np.isfinite(drawn)]
    if len(drawn) - len(known) > LARGEST_SHARE_LOST * len(drawn):
        return np.nan, np.nan
    low, high = np.quantile(known, [0.025, 0.975]).tolist()
    return low, high


def resampled_concordance(
    outcome: Outcome, scores: Float[np.ndarray, "model patient"], seed: int
) -> tuple[Float[np.ndarray, "model"], Float[np.ndarray, "draw model"]]:
    """Harrell's C of several models, and in resamples of patients: the same ones for all, so differences are paired."""
    table = rank_table(scores.T)
    everybody = training_sets(np.ones((1, len(outcome)), dtype=np.int64))
    drawn = [concordance(table, outcome, training_sets(counts)).index() for counts in resamples(len(outcome), seed)]
    return concordance(table, outcome, everybody).index()[0], np.concatenate(drawn)


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
    _, c_index = resampled_concordance(outcome, score[None], seed)
    ratio = [
        hazard_ratio(outcome.take(patients), short[patients]).ratio
        for drawn in _drawn(len(outcome), seed)
        for patients in drawn
    ]
    interval = BootstrapInterval()
    interval.put("harrell_c", c_index[:, 0])
    interval.put("hazard_ratio_bootstrap", np.array(ratio))
    return interval


def resamples(n_patients: int, seed: int) -> Iterator[Int[np.ndarray, "draw patient"]]:
    """How often each patient is in each of the resamples of an experiment, some resamples at a time."""
    for drawn in _drawn(n_patients, seed):
        yield np.stack([np.bincount(patients, minlength=n_patients) for patients in drawn])


def _drawn(n_patients: int, seed: int) -> Iterator[Int[np.ndarray, "draw patient"]]:
    """Who is in them."""
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BOOTSTRAP,)))
    for _ in range(DRAWS // DRAWS_AT_ONCE):
        yield generator.integers(n_patients, size=(DRAWS_AT_ONCE, n_patients))
