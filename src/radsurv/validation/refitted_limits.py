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
from scipy.stats import t

from radsurv.compute.parallel import all_cores, in_threads
from radsurv.compute.progress import Effort
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.formats import plural
from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.group_metrics import harrell_c
from radsurv.validation.bootstrap_interval import LARGEST_SHARE_LOST
from radsurv.validation.cross_validate import left_out
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.finding import Finding
from radsurv.validation.finished_repetitions import FinishedRepetitions, repetitions_key
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.training import Training

# First number of every spawn key, so that other uses of the same seed draw other numbers.
REFITS = 13
RESAMPLES = 100  # of one refit, until one of them can be analysed
TAIL = 0.975

# From how often each patient was drawn, and the seed of everything random, the statistics of `Scale`.
Refit = Callable[[Int[np.ndarray, "patient"], int], Float[np.ndarray, "statistic"]]


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


SCALES: Mapping[str, Scale] = {
    "harrell_c": Scale(float, lambda c: min(max(c, 0.0), 1.0)),
    "hazard_ratio": Scale(lambda ratio: float(np.log(ratio)), lambda log_ratio: float(np.exp(log_ratio))),
    "added_value_delta_c": Scale(float, lambda delta: min(max(delta, -1.0), 1.0)),
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
        reason where more than a twentieth of the refits has no value. ``refit_count``.

    Raises
    ------
    TrainingSetError
        When 100 resamples in a row cannot be analysed.
    """
    names = list(SCALES)[: 2 if beside is None else 3]
    key = experiment_hash(patients, protocol, refitted=None if beside is None else experiment_hash(*beside))
    kept = FinishedRepetitions(
        resources.store, repetitions_key(key, patients.outcome, None, protocol.seed, len(names)), len(names)
    )
    drawn, refused, n_kept = _drawn(
        of_resample(patients, protocol, beside), len(patients), protocol.seed, refits, resources, kept
    )
    finding = Finding(metrics={"refit_count": refits}, notes=[_note(refits, refused)])
    if n_kept:
        finding.run_notes.append(f"{n_kept:,} of {plural(refits, 'refit')} from an earlier run")
    for name, values in zip(names, drawn.T, strict=True):
        _put(finding, name, found.get(name), values)
    return finding


def of_resample(patients: Patients, protocol: Protocol, beside: tuple[Patients, Protocol] | None) -> Refit:
    """C, log hazard ratio, and C minus the C of `beside`, each the mean over repeats, of the procedure on patients drawn so often."""

    def refit(times: Int[np.ndarray, "patient"], seed: int) -> Float[np.ndarray, "statistic"]:
        found = _separation(_resampled(patients, protocol, times, seed))
        if beside is None:
            return found
        return np.append(found, found[0] - _separation(_resampled(*beside, times, seed))[0])

    return refit


def limits(found: float, drawn: Float[np.ndarray, "refit"], scale: Scale) -> tuple[float, float]:
    """95 % limits about what was found: Student's t, one degree of freedom less than refits, times their standard deviation."""
    known = drawn[np.isfinite(drawn)]
    reach = t.ppf(TAIL, len(known) - 1) * np.std(known, ddof=1)
    return scale.back(scale.to(found) - reach), scale.back(scale.to(found) + reach)


def _resampled(patients: Patients, protocol: Protocol, times: Int[np.ndarray, "patient"], seed: int) -> Training:
    """Those who were drawn; inner folds are drawn, also where given ones belong to the patients as they are."""
    members = np.flatnonzero(times)
    return Training(patients.take(members), protocol.reseeded(seed), copies=times[members])


def _separation(training: Training) -> Float[np.ndarray, "statistic"]:
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


def _drawn(
    refit: Refit, n_patients: int, seed: int, refits: int, resources: Resources, kept: FinishedRepetitions
) -> tuple[Float[np.ndarray, "refit statistic"], int, int]:
    """The statistics of every refit, how many resamples were refused, and how many refits were done by an earlier run."""
    done, refused = kept.statistics[:refits], kept.refused[:refits]
    n_kept = len(done)
    shorter = ", ".join(["fewer of them (significance.refits)", *all_cores(resources.n_jobs)])
    effort = Effort(plural(refits, "refit"), shorter, kept=resources.store is not None)
    try:
        with resources.bar("refits", refits, n_kept, effort) as advance:
            for statistics, n_refused in in_threads(
                lambda number: _refit(refit, n_patients, seed, number), range(n_kept, refits), resources.n_jobs
            ):
                done, refused = np.vstack([done, statistics]), np.append(refused, n_refused)
                kept.keep(done, refused)
                advance()
    finally:  # also when it is interrupted
        kept.keep(done, refused, at_last=True)
    return done, int(refused.sum()), n_kept


def _refit(refit: Refit, n_patients: int, seed: int, number: int) -> tuple[Float[np.ndarray, "statistic"], int]:
    """Refit of this number; what cannot be analysed, such as a resample without an event outside of a fold, is drawn again.

    Returns the statistics, and how many resamples were refused before.
    """
    resampling, drawing = np.random.SeedSequence(seed, spawn_key=(REFITS, number)).spawn(2)
    generator, drawn = np.random.default_rng(resampling), int(drawing.generate_state(1, np.uint64)[0])
    for refused in range(RESAMPLES):
        times = np.bincount(generator.integers(n_patients, size=n_patients), minlength=n_patients)
        try:
            return refit(times, drawn), refused
        except (TrainingSetError, ConfigError) as error:
            why = str(error)
    raise TrainingSetError(
        f"significance.refits: {RESAMPLES} resamples of {n_patients} patients in a row cannot be analysed, which hold about"
        f" {0.632 * n_patients:.0f} of them each; the last: {why}; set significance.refits=0"
    )


def _put(finding: Finding, name: str, found: float | None, drawn: Float[np.ndarray, "refit"]) -> None:
    n_lost, there = np.count_nonzero(~np.isfinite(drawn)), found is not None and np.isfinite(found)
    low, high, why = np.nan, np.nan, f"{name} itself has no value"
    if there and n_lost > LARGEST_SHARE_LOST * len(drawn):
        why = f"{n_lost} of {plural(len(drawn), 'refit')} on resampled patients give no value"
    elif found is not None and there:
        low, high = limits(found, drawn, SCALES[name])
    for end, limit in (("low", low), ("high", high)):
        finding.metrics[f"{name}_refit_{end}"] = limit
        if np.isnan(limit):
            finding.reasons[f"{name}_refit_{end}"] = why


def _note(refits: int, refused: int) -> str:
    again = f"; {plural(refused, 'resample')} on which nothing can be learned drawn again" if refused else ""
    return (
        f"refitted limits: the whole procedure was repeated on {plural(refits, 'resample')} of the patients, all copies of a patient in"
        f" one fold, and their spread put about what was found{again}"
    )
