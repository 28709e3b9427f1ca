"""How good left-out predictions are in each site, and within sites altogether."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import SITES
from radsurv.formats import plural
from radsurv.survival.calibration_slope import calibration_slope
from radsurv.survival.concordance_error import concordance_variance
from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.group_metrics import harrell_c_within
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.risk_groups import SHORT
from radsurv.validation.bootstrap_interval import percentile_limits, resampled_concordance
from radsurv.validation.finding import Finding, together
from radsurv.validation.repeats import average
from radsurv.validation.site_strata import Stratum, members_by_site, site_names, site_strata
from radsurv.validation.site_summary import counted, site_summary

NUMBERS = (
    *("harrell_c", "harrell_c_low", "harrell_c_high", "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high"),
    "calibration_slope",
)
ERRORS = ("harrell_c_se", "calibration_slope_se")


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
        bootstrap limits, hazard ratio of the groups with Wald limits, calibration slope, averaged over repeats; NaN where there
        is none. With rows also ``harrell_c_within_sites``, of the pairs in which both patients are of the same site, however
        small, and the metrics of `radsurv.validation.site_summary`.
    """
    repeats = [rows for _, rows in predictions.groupby("repeat")]
    outcome = check_outcome(repeats[0]["time"], repeats[0]["event"])
    strata = site_strata(sites, outcome)
    if sites is None or not strata:
        return Finding({SITES: pd.DataFrame(columns=list(SITES.columns))})
    rows = []
    for one in strata:
        numbers, variances = zip(*(_judge(one, outcome, repeat, seed) for repeat in repeats), strict=True)
        counts = {"site": one.name, "pooled": one.pooled, "n": len(one), "events": one.n_events}
        rows.append(counts | average(numbers) | _errors(variances))
    table = pd.DataFrame(rows)
    table, summary = site_summary(table, _too_small(sites, strata, outcome))
    groups = np.stack(list(members_by_site(sites).values()))
    within = [
        {"harrell_c_within_sites": harrell_c_within(outcome, repeat["risk"].to_numpy(np.float64), groups)}
        for repeat in repeats
    ]
    metrics = average(within)
    lacking = np.isnan(metrics["harrell_c_within_sites"])
    reasons = {"harrell_c_within_sites": "no two patients of a site are comparable"} if lacking else {}
    return together([Finding({SITES: table[list(SITES.columns)]}, metrics, reasons), summary])


def _judge(
    site: Stratum, outcome: Outcome, predictions: pd.DataFrame, seed: int
) -> tuple[dict[str, float], tuple[float, float]]:
    """The numbers of one site in one repeat, and the variances of C and slope, its patients being the only thing that varies; none of
    so few patients that no site of them has a row of its own."""
    if not site.usable:
        return dict.fromkeys(NUMBERS, np.nan), (np.nan, np.nan)
    own = outcome.take(site.members)
    score = predictions["risk"].to_numpy(np.float64)[site.members]
    c_index, drawn = resampled_concordance(own, score[None], seed)
    ratio = hazard_ratio(own, (predictions["group"] == SHORT).to_numpy()[site.members])
    slope = calibration_slope(own, score)
    values = (float(c_index[0]), *percentile_limits(drawn[:, 0]), ratio.ratio, ratio.low, ratio.high, slope.slope)
    return dict(zip(NUMBERS, values, strict=True)), (concordance_variance(own, score), slope.error**2)


def _errors(variances: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Standard errors of averages over repeats, which judge the same patients: averaging makes them no more exact."""
    known = [[value for value in of_repeats if np.isfinite(value)] for of_repeats in zip(*variances, strict=True)]
    return {name: float(np.sqrt(np.mean(of))) if of else np.nan for name, of in zip(ERRORS, known, strict=True)}


def _too_small(sites: Sequence[object], strata: Sequence[Stratum], outcome: Outcome) -> list[str]:
    """Sites without a row of their own, and patients without a site."""
    shown = {one.name for one in strata if not one.pooled}
    small = [
        f"{name} ({counted(int(inside.sum()), int(outcome.event[inside].sum()))})"
        for name, inside in members_by_site(sites).items()
        if name not in shown
    ]
    nowhere = int(np.count_nonzero(site_names(sites) == ""))
    return [*small, f"{plural(nowhere, 'patient')} without a site"] if nowhere else small
