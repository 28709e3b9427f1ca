"""Which patients train the model that judges which others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from radsurv.config import ValidationConfig
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.survival.outcome import Outcome
from radsurv.validation.inner_folds import draw_folds

# From the multiplicities (set, patient) of training sets, the features (set, feature) that may take part in each.
Eligible = Callable[[Int[np.ndarray, "set patient"]], Bool[np.ndarray, "set feature"]]

FEWEST_PATIENTS = 4
# First numbers of the spawn keys, so that other uses of the same seed draw other numbers.
OUTER_FOLDS = 2
BOOTSTRAP_SAMPLES = 3


@dataclass(frozen=True)
class Splits:
    """Training sets, and the patients that each of their models judges.

    Attributes
    ----------
    weights : (set, patient) int64
        Multiplicities of the training sets.
    tested : (set, patient) bool
        Nobody of a training set; within a repeat every patient once, in a bootstrap at least once.
    repeat, fold : (set,) int64
        Number of the repeat, and of the set within it, both from 0. Sets are in this order.
    """

    weights: Int[np.ndarray, "set patient"]
    tested: Bool[np.ndarray, "set patient"]
    repeat: Int[np.ndarray, "set"]
    fold: Int[np.ndarray, "set"]

    def __len__(self) -> int:
        return len(self.weights)


def make_splits(
    outcome: Outcome, validation: ValidationConfig, seed: int, sites: Sequence[str | None] | None = None
) -> Splits:
    """The splits of a validation scheme.

    Parameters
    ----------
    outcome
        Folds of ``repeated_kfold`` differ by one event and by one patient at most.
    validation
        ``scheme``, ``n_splits``, ``repeats``, ``resamples``.
    seed
        Draws the folds of each repeat, or the samples.
    sites
        Of the patients, for ``leave_site_out``.

    Raises
    ------
    ConfigError
        For ``external``; when there are fewer patients than folds; when ``leave_site_out`` finds no two sites, or a
        patient without one; when a patient is in every bootstrap sample.
    """
    n_patients = len(outcome)
    if validation.scheme == "external":
        raise ConfigError("validation=external trains no model, so there are no training sets to cross-validate in")
    if validation.scheme == "bootstrap":
        return _bootstrap(outcome, validation.resamples, seed)
    if validation.scheme == "loocv":
        labels = np.arange(n_patients)[None]
    elif validation.scheme == "repeated_kfold":
        if n_patients < validation.n_splits:
            raise ConfigError(
                f"validation.n_splits={validation.n_splits}: there are {n_patients} patients; expected at most as many"
                " folds as patients"
            )
        labels = np.array(
            [
                draw_folds(outcome.event, validation.n_splits, _generator(seed, repeat)) - 1
                for repeat in range(validation.repeats)
            ]
        )
    else:
        labels = _site_numbers(sites)[None]
    tested = np.concatenate([np.arange(row.max() + 1)[:, None] == row for row in labels])
    sizes = labels.max(axis=1) + 1
    return Splits(
        weights=(~tested).astype(np.int64),
        tested=tested,
        repeat=np.repeat(np.arange(len(labels)), sizes),
        fold=np.concatenate([np.arange(size) for size in sizes]),
    )


def _bootstrap(outcome: Outcome, resamples: int, seed: int) -> Splits:
    """Samples as large as the cohort, with repetition, each judged by those who are not in it.

    A sample without an event, or with everybody in it, is drawn again: nothing can be learned there, or nobody judged.
    """
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BOOTSTRAP_SAMPLES,)))
    n_patients = len(outcome)
    weights = np.empty((resamples, n_patients), dtype=np.int64)
    for sample in weights:
        usable = False
        while not usable:
            sample[:] = np.bincount(generator.integers(n_patients, size=n_patients), minlength=n_patients)
            # Without any event at all, `check_trainable` has the words for it.
            usable = not sample.all() and bool(sample[outcome.event].any() or not outcome.event.any())
    tested = weights == 0
    always = np.flatnonzero(~tested.any(axis=0))
    if len(always):
        raise ConfigError(
            f"validation.resamples={resamples}: {len(always)} of {n_patients} patients are in every sample and would never"
            " be predicted; raise it"
        )
    return Splits(weights, tested, np.zeros(resamples, dtype=np.int64), np.arange(resamples))


def _generator(seed: int, repeat: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(OUTER_FOLDS, repeat)))


def _site_numbers(sites: Sequence[str | None] | None) -> Int[np.ndarray, "patient"]:
    """Sites numbered in the order of the alphabet."""
    asked = "validation=leave_site_out needs the column site of the cohort table"
    mapped = "name yours with 'cohort.columns={site: YOURS}', or choose validation=repeated_kfold"
    if sites is None:
        raise ConfigError(f"{asked}, which it does not have: {mapped}")
    named = [site if isinstance(site, str) else "" for site in sites]
    if "" in named:
        raise ConfigError(
            f"{asked}: it is empty for {named.count('')} of {len(named)} patients; fill it in, or {mapped}"
        )
    known = sorted(set(named))
    if len(known) < 2:
        raise ConfigError(f"{asked} with at least two sites, and found only {known[0]!r}: {mapped}")
    return np.array([known.index(site) for site in named])


def leave_one_out(n_patients: int) -> Int[np.ndarray, "set patient"]:
    """Training sets as multiplicities: set i holds everybody but patient i."""
    return 1 - np.eye(n_patients, dtype=np.int64)


def check_trainable(outcome: Outcome, sets: Int[np.ndarray, "set patient"]) -> None:
    """Make sure that a model can be trained in every set.

    Raises
    ------
    TrainingSetError
        With too few patients, or when leaving some out would leave no event to learn from.
    """
    if len(outcome) < FEWEST_PATIENTS:
        raise TrainingSetError(f"found {len(outcome)} patients: cross-validation needs at least {FEWEST_PATIENTS}")
    without = np.flatnonzero(sets @ outcome.event.astype(np.int64) == 0)
    if len(without):
        raise TrainingSetError(
            f"the cohort has {outcome.event.sum()} events among {len(outcome)} patients, and {len(without)} of"
            f" {len(sets)} training sets hold none, so nothing can be learned there: at least two events are needed"
        )
