"""Confidence limits that hold what was learned as well as who was judged: the whole procedure repeated on resampled patients.

What is estimated is what the *procedure* reaches on new patients of the population of these, trained on about as many as there are:
not what the one finished model reaches, and not what all procedures could. Patients are drawn with replacement, as many as there are,
and the validation is repeated on them from the folds on: reduction, scaling, λ, search, thresholds. All copies of a patient are in
one fold, otherwise a model would be judged by patients whom it has seen.

A resample holds 63 % of the patients, so that models of it are worse, and what is found in resamples lies lower than what was found
on the patients as they are. Percentiles of it would too. So only its *spread* is taken, a bootstrap standard error, and put about what
was found. (Noma et al. 2021, Stat Med 40:5691, have the same trouble with limits of a C corrected for optimism.) How often such limits
hold is measured by ``bench/interval_coverage.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import stdtrit

from radsurv.compute.progress import among
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.group_metrics import harrell_c
from radsurv.validation.bootstrap_interval import LARGEST_SHARE_LOST
from radsurv.validation.cross_validate import left_out
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.finding import Finding
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.resampled import Refit, Series, refitted, training_on
from radsurv.validation.training import Training

TAIL = 0.975
RESAMPLES = 13  # first number of every spawn key: whatever is refitted on them can be paired
SERIES = Series("refitted limits", ("significance.refits", "0"), stream=RESAMPLES)


@dataclass(frozen=True)
class Scale:
    """On what scale limits stand equally far below and above what was found, and what they cannot exceed.

    Attributes
    ----------
    to, back
        From the value of the metric, and to it.
    """

    to: Callable[[float], float]
    back: Callable[[float], float]


CONCORDANCE = Scale(float, lambda c: min(max(c, 0.0), 1.0))
DIFFERENCE = Scale(float, lambda delta: min(max(delta, -1.0), 1.0))
SCALES: Mapping[str, Scale] = {
    "harrell_c": CONCORDANCE,
    "hazard_ratio": Scale(lambda ratio: float(np.log(ratio)), lambda log_ratio: float(np.exp(log_ratio))),
    "added_value_delta_c": DIFFERENCE,
}


def refitted_limits(
    patients: Patients,
    protocol: Protocol,
    found: Mapping[str, float | None],
    refits: int,
    resources: Resources,
    beside: tuple[Patients, Protocol] | None = None,
) -> Finding:
    """Repeat the experiment on resampled patients.

    Parameters
    ----------
    patients, protocol
        Of the experiment.
    found
        What it found, by the names of `SCALES`: limits are about these values, and there are none about what is missing.
    refits
        How often.
    resources
        Refits that are done are kept in its store; more of them can be asked for later.
    beside
        The same patients and protocol without images, where ``added_value_delta_c`` is to have limits too: both are judged in the
        same resamples and folds.

    Returns
    -------
    Finding
        ``harrell_c_refit_low, harrell_c_refit_high``, the same for ``hazard_ratio`` and with `beside` ``added_value_delta_c``; NaN with a
        reason where more than a twentieth of the refits has no value, or 100 resamples in a row cannot be analysed. ``refit_count``,
        where there are any.
    """
    names = list(SCALES)[: 2 if beside is None else 3]
    key = experiment_hash(patients, protocol, refitted=None if beside is None else experiment_hash(*beside))
    refit = of_resample(patients, protocol, beside)
    try:
        drawn = refitted(refit, len(names), patients, key, protocol.seed, refits, resources, SERIES)
    except TrainingSetError as error:
        lacking = [f"{name}_refit_{end}" for name in names for end in ("low", "high")]
        return Finding(
            metrics=dict.fromkeys(lacking, np.nan), reasons=dict.fromkeys(lacking, str(error)), notes=[str(error)]
        )
    finding = Finding(metrics={"refit_count": refits}, notes=[_note(refits, drawn.refused)])
    if drawn.kept:
        finding.run_notes.append(f"{drawn.kept:,} of {plural(refits, 'refit')} from an earlier run")
    for name, values in zip(names, drawn.values.T, strict=True):
        _put(finding, name, found.get(name), values)
    return finding


def of_resample(patients: Patients, protocol: Protocol, beside: tuple[Patients, Protocol] | None) -> Refit:
    """C, log hazard ratio, and C minus the C of `beside`, each the mean over repeats, of the procedure on patients drawn so often."""

    def refit(times: Int[np.ndarray, "patient"], seed: int) -> Float[np.ndarray, "statistic"]:
        if beside is None:
            return separation_of(training_on(patients, protocol, times, seed))
        with among(2, "procedures"):
            found = separation_of(training_on(patients, protocol, times, seed))
            return np.append(found, found[0] - separation_of(training_on(*beside, times, seed))[0])

    return refit


def limits(found: float, drawn: Float[np.ndarray, "refit"], scale: Scale) -> tuple[float, float]:
    """95 % limits about what was found: Student's t, one degree of freedom less than refits, times their standard deviation."""
    known = drawn[np.isfinite(drawn)]
    reach = stdtrit(len(known) - 1, TAIL) * np.std(known, ddof=1)
    return scale.back(scale.to(found) - reach), scale.back(scale.to(found) + reach)


def separation_of(training: Training) -> Float[np.ndarray, "statistic"]:
    """C and log hazard ratio of left-out predictions, each the mean of those repeats in which there is one."""
    scores, rows = left_out(training), np.repeat(np.arange(len(training.patients)), training.copies)
    outcome = training.patients.outcome.take(rows)
    repeats = np.array(
        [
            (harrell_c(outcome, risk[rows]), np.log(hazard_ratio(outcome, short[rows]).ratio))
            for risk, short in zip(scores.risk, scores.short, strict=True)
        ]
    )
    there = np.isfinite(repeats)
    n_there = there.sum(axis=0)
    return np.where(n_there > 0, np.where(there, repeats, 0.0).sum(axis=0) / np.maximum(n_there, 1), np.nan)


def no_limits(name: str, found: float | None, drawn: Float[np.ndarray, "refit"]) -> str:
    """Why there are none about what was found; empty where there are."""
    if found is None or not np.isfinite(found):
        return f"{name} itself has no value"
    n_lost = np.count_nonzero(~np.isfinite(drawn))
    if n_lost > LARGEST_SHARE_LOST * len(drawn):
        return f"{n_lost} of {plural(len(drawn), 'refit')} on resampled patients give no value"
    return ""


def _put(finding: Finding, name: str, found: float | None, drawn: Float[np.ndarray, "refit"]) -> None:
    ends, why = (f"{name}_refit_low", f"{name}_refit_high"), no_limits(name, found, drawn)
    if why or found is None:
        finding.metrics.update(dict.fromkeys(ends, np.nan))
        finding.reasons.update(dict.fromkeys(ends, why))
    else:
        finding.metrics.update(zip(ends, limits(found, drawn, SCALES[name]), strict=True))


def _note(refits: int, refused: int) -> str:
    again = f"; {plural(refused, 'resample')} on which nothing can be learned drawn again" if refused else ""
    return (
        f"refitted limits: the whole procedure was repeated on {plural(refits, 'resample')} of the patients, all copies of a patient in"
        f" one fold, and their spread put about what was found{again}"
    )
