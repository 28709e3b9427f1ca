"""How well scores and risk groups of left-out patients agree with what happened to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from radsurv.survival.concordance import PairCounts, concordance
from radsurv.survival.group_comparison import hazard_ratio, log_rank, proportional_hazards
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.restricted_mean import restricted_means
from radsurv.survival.training_sets import training_sets


@dataclass(frozen=True)
class Evaluation:
    """Named numbers, and why some of them are NaN.

    Attributes
    ----------
    values
        ``n_short, n_long, harrell_c, log_rank_chi2, log_rank_p, hazard_ratio, hazard_ratio_low, hazard_ratio_high,
        proportional_hazards_p, rmst_until, rmst_difference, rmst_difference_low, rmst_difference_high``; the last four in the unit of
        the outcome.
    reasons
        One sentence for each thing that could not be computed.
    """

    values: dict[str, float]
    reasons: list[str]


def harrell_c(outcome: Outcome, score: Float[np.ndarray, "patient"]) -> float:
    """Harrell's C of a risk score: above 0.5 where high scores mean early events; equal scores count half.

    NaN where no two patients are comparable.
    """
    everybody = training_sets(np.ones((1, len(outcome)), dtype=np.int64))
    return float(concordance(rank_table(score[:, None]), outcome, everybody).index()[0, 0])


def harrell_c_within(
    outcome: Outcome, score: Float[np.ndarray, "patient"], groups: Bool[np.ndarray, "group patient"]
) -> float:
    """Harrell's C over the pairs whose patients are of the same group, such as a site: R's ``concordance`` with ``strata()``.

    NaN where no two patients of a group are comparable.
    """
    counts = concordance(rank_table(score[:, None]), outcome, training_sets(groups.astype(np.int64)))
    within = (pairs.sum(axis=0, keepdims=True) for pairs in (counts.concordant, counts.discordant, counts.tied))
    return float(PairCounts(*within).index()[0, 0])


def evaluate(outcome: Outcome, score: Float[np.ndarray, "patient"], short: Bool[np.ndarray, "patient"]) -> Evaluation:
    """Concordance of the score, and the separation of short from long survivors (ties in the hazard ratio by Efron)."""
    test, ratio = log_rank(outcome, short), hazard_ratio(outcome, short)
    constant, means = proportional_hazards(outcome, short), restricted_means(outcome, short)
    c_index = harrell_c(outcome, score)
    values = {
        "n_short": int(np.count_nonzero(short)),
        "n_long": int(np.count_nonzero(~short)),
        "harrell_c": c_index,
        "log_rank_chi2": test.chi2,
        "log_rank_p": test.p,
        "hazard_ratio": ratio.ratio,
        "hazard_ratio_low": ratio.low,
        "hazard_ratio_high": ratio.high,
        "proportional_hazards_p": constant.p,
        "rmst_until": means.until,
        "rmst_difference": means.difference,
        "rmst_difference_low": means.low,
        "rmst_difference_high": means.high,
    }
    faults = {
        "Harrell's C": "no two patients are comparable" if np.isnan(c_index) else None,
        "the log-rank test": test.reason,
        "the hazard ratio (short against long survivors)": ratio.reason,
        # What keeps the ratio from being computed keeps its test as well.
        "the test of proportional hazards": None if ratio.reason else constant.reason,
    }
    return Evaluation(values, [f"{what} cannot be computed: {why}" for what, why in faults.items() if why])
