"""Which patients train the model that judges which others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import Outcome

FEWEST_PATIENTS = 4
EVERYBODY = -1  # the fold of a training set of all patients


@dataclass(frozen=True)
class Place:
    """Where a training set stands in an experiment: what it draws at random hangs on this and the seed, not on who computes it.

    Attributes
    ----------
    repeat, fold
        Both from 0; fold `EVERYBODY` is the training set of all patients.
    """

    repeat: int
    fold: int


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

    @property
    def places(self) -> list[Place]:
        """Of the sets, in their order."""
        return [Place(*place) for place in zip(self.repeat.tolist(), self.fold.tolist(), strict=True)]


def splits_of_labels(labels: Int[np.ndarray, "repeat patient"]) -> Splits:
    """Cross-validation: in each repeat every patient is judged by the model of all who have another label (from 0)."""
    tested = np.concatenate([np.arange(row.max() + 1)[:, None] == row for row in labels])
    sizes = labels.max(axis=1) + 1
    return Splits(
        weights=(~tested).astype(np.int64),
        tested=tested,
        repeat=np.repeat(np.arange(len(labels)), sizes),
        fold=np.concatenate([np.arange(size) for size in sizes]),
    )


def check_trainable(outcome: Outcome, sets: Int[np.ndarray, "set patient"]) -> None:
    """Make sure that a model can be trained in every set.

    Raises
    ------
    TrainingSetError
        With too few patients, or the same time for all, or when leaving some out would leave no event to learn from.
    """
    if len(outcome) < FEWEST_PATIENTS:
        raise TrainingSetError(f"found {len(outcome)} patients: cross-validation needs at least {FEWEST_PATIENTS}")
    if (outcome.time == outcome.time[0]).all():
        raise TrainingSetError(
            f"all {len(outcome)} patients have the time {outcome.time[0]:g}, so that no two can be compared: expected times of"
            " follow-up that differ; see which column is taken for the time (cohort.columns)"
        )
    without = np.flatnonzero(sets @ outcome.event.astype(np.int64) == 0)
    if len(without):
        raise TrainingSetError(
            f"the cohort has {outcome.event.sum()} events among {len(outcome)} patients, and {len(without)} of"
            f" {len(sets)} training sets hold none, so nothing can be learned there: at least two events are needed"
        )
