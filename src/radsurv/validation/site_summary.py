"""What sites say together: a random-effects meta-analysis of their numbers, and where those of another site would lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from radsurv.formats import plural
from radsurv.survival.random_effects import random_effects
from radsurv.validation.finding import Finding

# Of a site in a summary. With fewer the estimated variances are so rough that prediction intervals are too short: with sites of
# 8 to 60 patients that differ, 86 % of them held another site's C, with ten 94 % (docs/statistics.md).
FEWEST_EVENTS_SUMMARISED = 10
FEWEST_SUMMARISED = 2


@dataclass(frozen=True)
class Measure:
    """A number that every site has, with its standard error in column ``NAME_se``.

    Attributes
    ----------
    name
        Its column; its metrics are ``NAME_over_sites…``.
    said
    to_scale, from_scale
        To where its distribution over sites is about normal, and back.
    steepness
        Derivative of the first.
    known
        Whether a value can be taken there.
    """

    name: str
    said: str
    to_scale: Callable[[float], float]
    from_scale: Callable[[float], float]
    steepness: Callable[[float], float]
    known: Callable[[float], bool]

    def reason(self, row: pd.Series) -> str | None:
        """Why a site cannot take part; None where it can."""
        value, error = float(row[self.name]), float(row[f"{self.name}_se"])
        if row["pooled"]:
            return "several sites together"
        if row["events"] < FEWEST_EVENTS_SUMMARISED:
            return f"fewer than {FEWEST_EVENTS_SUMMARISED} events"
        if not np.isfinite(value):
            return f"no {self.said}"
        if not self.known(value):
            return f"{self.said} of {value:g}, which has no logit"
        return None if np.isfinite(error) and error > 0 else f"no standard error of {self.said}"


# Snell et al., Stat Methods Med 2018;27:3505-3522: C is about normal over studies on the scale of its logit, the slope as it is.
MEASURES = (
    Measure("harrell_c", "C", logit, expit, lambda c: 1 / (c * (1 - c)), lambda c: 0 < c < 1),
    Measure("calibration_slope", "calibration slope", float, float, lambda slope: 1.0, lambda slope: True),
)  # fmt: skip


def site_summary(rows: pd.DataFrame, small: Sequence[str]) -> tuple[pd.DataFrame, Finding]:
    """Summarise what the sites have, by :func:`radsurv.survival.random_effects.random_effects`.

    Parameters
    ----------
    rows : columns site, pooled, n, events, harrell_c, harrell_c_se, calibration_slope, calibration_slope_se
        As in table `SITES`.
    small
        Sites too small for a row of their own, with their counts, and patients without a site.

    Returns
    -------
    rows
        With two more columns: ``summarised``, whether a site is in the summary of C, and ``reason``, why it is not in one;
        empty where it is in all.
    Finding
        Of each measure ``NAME_over_sites`` with 95 % limits ``_low, _high``, prediction interval ``_prediction_low,
        _prediction_high``, ``_tau2`` (on the scale of the logit for C), ``_i2`` and ``_count`` (sites in it); NaN with a reason
        of fewer than two sites. A note names who is left out.
    """
    lacking = [{measure: measure.reason(row) for measure in MEASURES} for _, row in rows.iterrows()]
    reasons = ["; ".join(dict.fromkeys(filter(None, one.values()))) for one in lacking]
    metrics: dict[str, float] = {}
    why: dict[str, str] = {}
    for measure in MEASURES:
        taken = rows[[one[measure] is None for one in lacking]]
        found, reason = _summary(measure, taken)
        metrics |= found
        why |= {name: reason for name, value in found.items() if np.isnan(value)}
    out = [
        f"{row['site']} ({counted(row['n'], row['events'])}): {reason}"
        for (_, row), reason in zip(rows.iterrows(), reasons, strict=True)
        if reason and not row["pooled"]
    ]
    if small:
        out.append(f"{', '.join(small)}: fewer than {FEWEST_EVENTS_SUMMARISED} events, or no site")
    first = [one[MEASURES[0]] is None for one in lacking]
    return rows.assign(summarised=first, reason=reasons), Finding(
        metrics=metrics, reasons=why, notes=[_note(out)] if out else []
    )


def counted(n_patients: int, n_events: int) -> str:
    """How large a site is."""
    return f"{plural(int(n_patients), 'patient')}, {plural(int(n_events), 'event')}"


def _note(left_out: list[str]) -> str:
    return f"left out of the summary over sites: {'; '.join(left_out)}"


def _summary(measure: Measure, taken: pd.DataFrame) -> tuple[dict[str, float], str]:
    """The metrics of one measure, and why some of them are NaN."""
    name = f"{measure.name}_over_sites"
    keys = [f"{name}{ending}" for ending in ("", "_low", "_high", "_prediction_low", "_prediction_high")]
    if len(taken) < FEWEST_SUMMARISED:
        reason = (
            f"fewer than {FEWEST_SUMMARISED} sites have {FEWEST_EVENTS_SUMMARISED} events and a usable {measure.said}"
        )
        return dict.fromkeys([*keys, f"{name}_tau2", f"{name}_i2"], np.nan) | {f"{name}_count": len(taken)}, reason
    values, errors = (taken[column].to_numpy(np.float64) for column in (measure.name, f"{measure.name}_se"))
    estimates = np.array([measure.to_scale(value) for value in values])
    found = random_effects(estimates, (errors * [measure.steepness(value) for value in values]) ** 2)
    ends = (found.mean, found.low, found.high, found.prediction_low, found.prediction_high)
    metrics = {key: float(measure.from_scale(end)) for key, end in zip(keys, ends, strict=True)}
    more = {f"{name}_tau2": found.tau2, f"{name}_i2": found.i2, f"{name}_count": len(taken)}
    return metrics | more, "a prediction interval needs three sites"
