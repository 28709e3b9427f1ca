"""The folds inside a training set that choose λ: drawn at random, or given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Int

from radsurv.cohort.identifiers import counterparts
from radsurv.errors import ConfigError
from radsurv.validation.splits import EVERYBODY, Place

if TYPE_CHECKING:
    import pandas as pd

# First number of every spawn key, so that other uses of the same seed draw other numbers.
INNER_FOLDS = 1
MODEL = 9
ALL = "all"


def draw_folds(
    event: Bool[np.ndarray, "patient"], n_splits: int, generator: np.random.Generator
) -> Int[np.ndarray, "patient"]:
    """Deal the patients to folds 1 to `n_splits`, those with an event first.

    So folds differ by one event and by one patient at most. A training set smaller than `n_splits` gets one fold per
    patient.
    """
    shuffled = generator.permutation(len(event))
    dealt = np.concatenate([shuffled[event[shuffled]], shuffled[~event[shuffled]]])
    folds = np.empty(len(event), dtype=np.int64)
    folds[dealt] = np.arange(len(event)) % n_splits + 1
    return folds


def draw_member_folds(
    event: Bool[np.ndarray, "patient"],
    rows: Int[np.ndarray, "drawn"],
    n_splits: int,
    n_draws: int,
    generator: np.random.Generator,
) -> Int[np.ndarray, "draw drawn"]:
    """Several draws of folds for a training set, in which a patient may come more than once.

    All copies of a patient are in one fold: otherwise a fold would be judged by models that have seen its patients.

    Parameters
    ----------
    event
        Of all patients.
    rows
        Rising positions of those in the training set.
    """
    members, place = np.unique(rows, return_inverse=True)
    return np.stack([draw_folds(event[members], n_splits, generator)[place] for _ in range(n_draws)])


def fold_generator(seed: int, place: Place) -> np.random.Generator:
    """Random numbers of one training set: they depend on its place in the experiment, not on who computes it."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(INNER_FOLDS, place.repeat, place.fold)))


def model_seed(seed: int, place: Place) -> int:
    """For what a model draws at random in one training set."""
    return int(np.random.SeedSequence(seed, spawn_key=(MODEL, place.repeat, place.fold + 1)).generate_state(1)[0])


@dataclass(frozen=True)
class FoldedSet:
    """A training set with its inner folds.

    Attributes
    ----------
    rows : (drawn,) int64
        Rising positions of the members, with repetition.
    place
        In the experiment.
    folds : (draw, drawn) int64
        Inner fold of every member, from 1.
    """

    rows: Int[np.ndarray, "drawn"]
    place: Place
    folds: Int[np.ndarray, "draw drawn"]


@dataclass(frozen=True)
class InnerFolds:
    """The inner folds of every training set of an experiment.

    Attributes
    ----------
    n_splits, n_draws
        How many folds, and how often they are drawn.
    seed
        Of the experiment.
    given : (1 + patient, patient)
        In place of drawn ones, as :func:`given_folds` reads them: of all patients, then of each leave-one-out set.
    """

    n_splits: int
    n_draws: int
    seed: int
    given: Int[np.ndarray, "set patient"] | None = None

    def of(self, event: Bool[np.ndarray, "patient"], rows: Int[np.ndarray, "drawn"], place: Place) -> FoldedSet:
        """A training set with its inner folds.

        Parameters
        ----------
        event
            Of all patients.
        rows, place
            Of the training set.
        """
        return FoldedSet(rows, place, self._drawn(event, rows, place))

    def _drawn(
        self, event: Bool[np.ndarray, "patient"], rows: Int[np.ndarray, "drawn"], place: Place
    ) -> Int[np.ndarray, "draw drawn"]:
        if self.given is not None:
            return self.given[place.fold - EVERYBODY][None, rows]
        if place.fold == EVERYBODY:
            place = Place(0, len(event))  # one place after the last patient's
        return draw_member_folds(event, rows, self.n_splits, self.n_draws, fold_generator(self.seed, place))


def given_folds(table: pd.DataFrame, patient_ids: Sequence[str]) -> Int[np.ndarray, "set patient"]:
    """Read inner folds from a table instead of drawing them.

    Parameters
    ----------
    table
        Columns ``patient_id``, ``all`` (folds among all patients) and one per left-out patient id, holding whole
        numbers from 1 on, and nothing for that patient. Read the ids as text.
    patient_ids
        The patients of the experiment; the table may hold others.

    Returns
    -------
    folds : (1 + patient, patient)
        Row 0 for all patients, row i + 1 for the training set without patient i; 0 for those outside of it.

    Raises
    ------
    ConfigError
        When a patient, a column or a fold is missing, or a fold is not a whole number ≥ 1.
    """
    # Imported here because options are read without pandas.
    import pandas as pd

    ids = [str(patient) for patient in patient_ids]
    columns = [ALL, *ids]
    if "patient_id" not in table:
        raise ConfigError("validation.inner_folds: the table has no column patient_id")
    indexed = table.set_index(table["patient_id"].astype(str))
    lacking = [patient for patient in ids if patient not in indexed.index] or [
        column for column in columns if column not in indexed
    ]
    if lacking:
        pairs, what = counterparts(
            lacking, [one for one in map(str, dict.fromkeys([*indexed.index, *indexed])) if one not in columns]
        )
        remedy = f" ({len(pairs)} would match but for {what})" if pairs else ""
        raise ConfigError(
            f"validation.inner_folds: {len(lacking)} rows or columns are missing, the first for {lacking[0]}{remedy};"
            f" expected a row and a column for every patient, and a column {ALL}"
        )
    if not indexed.index.is_unique:
        raise ConfigError("validation.inner_folds: a patient has two rows")
    given = indexed.loc[ids, columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64).T
    expected = np.vstack([np.ones((1, len(ids)), dtype=np.bool_), ~np.eye(len(ids), dtype=np.bool_)])
    wrong = np.argwhere(expected & ~((given >= 1) & (given == np.floor(given))))
    if len(wrong):
        row, patient = wrong[0]
        raise ConfigError(
            f"validation.inner_folds: column {columns[row]}, patient {ids[patient]}: expected a whole number from 1 on,"
            f" found {given[row, patient]}"
        )
    return np.where(expected, given, 0).astype(np.int64)
