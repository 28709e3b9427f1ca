"""Something done on resampled patients, again and again: resamples that cannot be analysed are drawn again, and what is done is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from radsurv.compute.parallel import all_cores, in_threads
from radsurv.compute.progress import Effort
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.formats import plural
from radsurv.validation.finished_repetitions import FinishedRepetitions, repetitions_key
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.training import Training

KIND = "refit"  # of entries in the store
RESAMPLES = 100  # of one refit, until one of them can be analysed

# From how often each patient was drawn, and the seed of everything random, the values that one refit gives.
Refit = Callable[[Int[np.ndarray, "patient"], int], Float[np.ndarray, "value"]]


@dataclass(frozen=True)
class Series:
    """What is done on resamples.

    Attributes
    ----------
    label
        Of the progress bar.
    option
        By which it is asked for, and the value that leaves it out.
    stream
        First number of every spawn key, so that other uses of the same seed draw other numbers.
    """

    label: str
    option: tuple[str, str]
    stream: int


@dataclass(frozen=True)
class Refits:
    """What came out.

    Attributes
    ----------
    values : (refit, value) float64
    refused
        Resamples that could not be analysed, and were drawn again.
    kept
        Refits that an earlier run had done.
    """

    values: Float[np.ndarray, "refit value"]
    refused: int
    kept: int


def training_on(patients: Patients, protocol: Protocol, times: Int[np.ndarray, "patient"], seed: int) -> Training:
    """The experiment on those who were drawn; inner folds are drawn, also where given ones belong to the patients as they are.

    Parameters
    ----------
    times
        How often each patient was drawn. All copies of a patient are in one fold, or outside of it.
    seed
        Of everything random in it.
    """
    members = np.flatnonzero(times)
    return Training(patients.take(members), protocol.reseeded(seed), copies=times[members])


def refitted(
    refit: Refit,
    n_values: int,
    patients: Patients,
    experiment: str,
    seed: int,
    refits: int,
    resources: Resources,
    series: Series,
) -> Refits:
    """Draw the patients with replacement, as many as there are, and refit, so many times; the number of workers changes no digit.

    Parameters
    ----------
    refit, n_values
        Refused resamples raise :class:`TrainingSetError` or :class:`ConfigError`.
    patients, experiment, seed
        `experiment` is a hash of all that a refit depends on besides: refits that are done are kept under it, and more of them can be
        asked for later.
    refits, resources, series

    Raises
    ------
    TrainingSetError
        When 100 resamples in a row are refused.
    """
    key = repetitions_key(f"{series.label}, {experiment}", patients.outcome, None, seed, n_values)
    finished = FinishedRepetitions(resources.store, key, n_values, KIND)
    done, refused = [*finished.statistics[:refits]], finished.refused[:refits].tolist()
    n_kept, n_patients = len(done), len(patients)
    shorter = ", ".join([f"fewer of them ({series.option[0]})", *all_cores(resources.n_jobs)])
    effort = Effort(plural(refits, "refit"), shorter, kept=resources.store is not None)
    try:
        with resources.bar(series.label, refits, n_kept, effort) as advance:
            for values, n_refused in in_threads(
                lambda number: _one(refit, n_patients, seed, number, series), range(n_kept, refits), resources.n_jobs
            ):
                done.append(values)
                refused.append(n_refused)
                finished.keep(done, refused)
                advance()
    finally:  # also when it is interrupted
        finished.keep(done, refused, at_last=True)
    return Refits(np.array(done).reshape(-1, n_values), sum(refused), n_kept)


def _one(
    refit: Refit, n_patients: int, seed: int, number: int, series: Series
) -> tuple[Float[np.ndarray, "value"], int]:
    """Refit of this number; what cannot be analysed, such as a resample without an event outside of a fold, is drawn again.

    Returns the values, and how many resamples were refused before.
    """
    resampling, drawing = np.random.SeedSequence(seed, spawn_key=(series.stream, number)).spawn(2)
    generator, drawn = np.random.default_rng(resampling), int(drawing.generate_state(1, np.uint64)[0])
    for refused in range(RESAMPLES):
        times = np.bincount(generator.integers(n_patients, size=n_patients), minlength=n_patients)
        try:
            return refit(times, drawn), refused
        except (TrainingSetError, ConfigError) as error:
            why = str(error)
    option, none = series.option
    raise TrainingSetError(
        f"{option}: {RESAMPLES} resamples of {n_patients} patients in a row cannot be analysed, which hold about"
        f" {0.632 * n_patients:.0f} of them each; the last: {why}; set {option}={none}"
    )
