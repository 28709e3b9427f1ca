"""How good left-out predictions are in each site, and within sites altogether."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import SITES
from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.group_metrics import harrell_c_within
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.risk_groups import SHORT
from radsurv.validation.bootstrap_interval import percentile_limits, resampled_concordance
from radsurv.validation.finding import Finding
from radsurv.validation.repeats import average
from radsurv.validation.site_strata import Stratum, members_by_site, site_strata

NUMBERS = ("harrell_c", "harrell_c_low", "harrell_c_high", "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high")


def by_site(predictions: pd.DataFrame, sites: Sequence[object] | None, seed: int) -> Finding:
    """Judge the patients of each site by themselves.

    Parameters
    ----------
    predictions : columns time, event, risk, group, repeat
        One row per patient and repeat, patients in the same order in each.
    sites
        Of the patients, where the cohort table has them.
    seed
        Of the experiment: draws the resamples behind the limits of C.

    Returns
    -------
    Finding
        Table `SITES`, without rows where there are no two usable sites (`radsurv.validation.site_strata`): Harrell's C with
        bootstrap limits, hazard ratio of the groups with Wald limits, averaged over repeats; NaN where there is none. With
        rows also ``harrell_c_within_sites``, of the pairs in which both patients are of the same site, however small.
    """
    repeats = [rows for _, rows in predictions.groupby("repeat")]
    outcome = check_outcome(repeats[0]["time"], repeats[0]["event"])
    strata = site_strata(sites, outcome)
    if sites is None or not strata:
        return Finding({SITES: pd.DataFrame(columns=list(SITES.columns))})
    rows = [
        {"site": one.name, "pooled": one.pooled, "n": len(one), "events": one.n_events}
        | average([_judge(one, outcome, repeat, seed) for repeat in repeats])
        for one in strata
    ]
    groups = np.stack(list(members_by_site(sites).values()))
    within = [
        {"harrell_c_within_sites": harrell_c_within(outcome, repeat["risk"].to_numpy(np.float64), groups)}
        for repeat in repeats
    ]
    metrics = average(within)
    lacking = np.isnan(metrics["harrell_c_within_sites"])
    reasons = {"harrell_c_within_sites": "no two patients of a site are comparable"} if lacking else {}
    return Finding({SITES: pd.DataFrame(rows, columns=list(SITES.columns))}, metrics, reasons)


def _judge(site: Stratum, outcome: Outcome, predictions: pd.DataFrame, seed: int) -> dict[str, float]:
    """The numbers of one site in one repeat; none of so few patients that no site of them has a row of its own."""
    if not site.usable:
        return dict.fromkeys(NUMBERS, np.nan)
    own = outcome.take(site.members)
    score = predictions["risk"].to_numpy(np.float64)[site.members]
    c_index, drawn = resampled_concordance(own, score[None], seed)
    ratio = hazard_ratio(own, (predictions["group"] == SHORT).to_numpy()[site.members])
    values = (float(c_index[0]), *percentile_limits(drawn[:, 0]), ratio.ratio, ratio.low, ratio.high)
    return dict(zip(NUMBERS, values, strict=True))
