"""Differences between batches (sites, scanners, sequences) taken out of the features: ComBat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from jaxtyping import Bool, Int
from pydantic import Field, model_validator

from radsurv.cohort.covariates import is_clinical
from radsurv.errors import TrainingSetError
from radsurv.options.base import Section
from radsurv.survival.batch_effects import BatchEffects, estimate_batch_effects, no_batch_effects
from radsurv.survival.batch_predictability import batch_predictability
from radsurv.survival.measurements import OUTCOME, Measurements
from radsurv.survival.protected_covariates import Covariate, design_columns, is_number, labels_of, learn_covariate
from radsurv.survival.transform import Diagnosis, FittedTransform, Transform
from radsurv.survival.transforms.imputation import MISSING

if TYPE_CHECKING:
    import pandas as pd

# Of the cross-validation that tells how well a batch can be told from the features.
FOLDS = 5
Unseen = Literal["error", "pass"]


class _Stored(Section):
    names: tuple[str, ...]
    members: dict[str, int]
    batches: tuple[str, ...]
    covariates: tuple[Covariate, ...]
    mean: list[float]
    sd: list[float]
    coefficients: list[list[float]]
    shift: list[list[float]]
    scale: list[list[float]]


@dataclass(frozen=True)
class FittedCombat(FittedTransform):
    """Batch effects of one training set.

    Attributes
    ----------
    options
        By which they were learned.
    names
        Of the features.
    members
        Different members of every batch of the training set.
    batches
        Those with enough of them, in the order of `effects`.
    covariates, effects
        What is kept, and what is removed.
    """

    options: Combat
    names: tuple[str, ...]
    members: Mapping[str, int]
    batches: tuple[str, ...]
    covariates: tuple[Covariate, ...]
    effects: BatchEffects

    def apply(self, patients: Measurements) -> Measurements:
        """Take the effect of each patient's batch out.

        Raises
        ------
        TrainingSetError
            For a feature value that is missing or infinite; for a patient without batch or protected covariate; and, with
            ``unseen: error``, for patients whose batch (or label of a protected covariate) the training set did not have, or
            not often enough.
        """
        if patients.names != self.names:
            raise ValueError(
                f"{len(self.names)} features were harmonised in training, and here are {len(patients.names)} others"
            )
        _refuse_unknown_values(patients)
        passed = self.passed(patients)
        if self.options.unseen == "error" and passed.any():
            raise TrainingSetError(self._refusal(patients.cohort[passed]))
        served = np.flatnonzero(~passed)
        cohort = patients.cohort.iloc[served]
        values = patients.values.copy()
        values[served] = self.effects.remove(
            values[served], self._position(cohort), design_columns(self.covariates, cohort)
        )
        return patients.with_values(values, self.names)

    def passed(self, patients: Measurements) -> Bool[np.ndarray, "patient"]:
        """Those whose batch, or label of a protected covariate, is not among the ones learned."""
        _refuse_missing_columns(patients.cohort, self.options.needs())
        known = self._position(patients.cohort) >= 0
        for covariate in self.covariates:
            known &= covariate.known(patients.cohort)
        return ~known

    def refusals(self, patients: Measurements) -> list[str]:
        """Patients without batch or protected covariate; with ``unseen: error``, those of whom the training set had too few."""
        cohort, options = patients.cohort, self.options
        _refuse_absent_columns(cohort, options.needs())
        said = [""] * len(patients)
        looked_at = [(options.batch, self._position(cohort) >= 0)]
        looked_at += [(covariate.name, covariate.known(cohort)) for covariate in self.covariates]
        for column, known in looked_at:
            labels, empty = labels_of(cohort[column]), _empty(cohort[column])
            for row in np.flatnonzero(empty | (~known & (options.unseen == "error"))).tolist():
                said[row] = said[row] or (
                    f"{column} is empty, and ComBat by {options.batch} cannot do without"
                    if empty[row]
                    else f"{column}={labels[row]} is nothing that ComBat by {options.batch} has learned (batches:"
                    f" {', '.join(self.batches)}), and its policy is to refuse it (transforms.combat.unseen=error)"
                )
        return said

    @property
    def makes(self) -> tuple[str, ...]:
        """The same features."""
        return self.names

    def restricted(self, names_out: tuple[str, ...]) -> tuple[FittedCombat, tuple[str, ...]]:
        """Each feature is harmonised by itself, once the effects are known."""
        where = [self.names.index(name) for name in names_out]
        return replace(self, names=names_out, effects=self.effects.of(where)), names_out

    def to_dict(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "members": dict(self.members),
            "batches": list(self.batches),
            "covariates": [covariate.model_dump(mode="json") for covariate in self.covariates],
            **{name: part.tolist() for name, part in vars(self.effects).items()},
        }

    def _position(self, cohort: pd.DataFrame) -> Int[np.ndarray, "patient"]:
        """Of each patient's batch among the learned ones, −1 where it is none of them."""
        # Imported here because options are read without pandas.
        import pandas as pd

        return pd.Index(self.batches).get_indexer(pd.Index(labels_of(cohort[self.options.batch])))

    def _refusal(self, cohort: pd.DataFrame) -> str:
        options, said = self.options, []
        labels = labels_of(cohort[options.batch])[self._position(cohort) < 0]
        for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
            of_them = f"{self.members.get(label, 0)} of its patients in the training set"
            said.append(f"{count} patients of {options.batch}={label}, with {of_them}")
        for covariate in self.covariates:
            strange = labels_of(cohort[covariate.name])[~covariate.known(cohort)]
            for label, count in zip(*np.unique(strange, return_counts=True), strict=True):
                said.append(f"{count} patients of {covariate.name}={label}, which no member of the training set has")
        return (
            f"ComBat by {options.batch} cannot harmonise {'; '.join(said)} (at least {options.min_patients} are needed). Merge"
            f" small batches with cohort.values.{options.batch}, leave these patients out with cohort.select, or let their"
            " values pass as they are with transforms.combat.unseen=pass"
        )


class Combat(Transform):
    """ComBat by one column of the cohort table, covariates protected, outcomes never.

    Shift and scale of each batch are learned from the members of a training set, by the method of Johnson et al. 2007 with
    the covariates of Fortin et al. 2018 (`radsurv.survival.batch_effects`), and taken out of everybody's values.

    - Batches with fewer than `min_patients` different members take no part. Nor do theirs and unseen batches' patients: see
      `unseen`. A member who comes several times (a bootstrap sample) counts once here, and several times in the estimates.
    - With one batch left there is nothing to harmonise: its patients' values stay as they are.
    - A feature that is constant among the members of one batch, or explained by batch and covariates without a remainder (age,
      where age is protected), stays as it is for everybody, to the last bit.
    - Clinical covariates among the features, and indicators of missing values, stay as they are: no scanner made them.
    - A protected covariate that is text has an effect per label; one of numbers a linear one. One that is constant among the
      members is not in the model. A patient with a label that no member has cannot be served, see `unseen`.

    Attributes
    ----------
    batch
        Column of the cohort table.
    protect
        Columns whose effect on the features is kept. Not the outcome: whatever is derived from it must not be here either.
    min_patients
        Fewest different members of a batch.
    unseen
        Patients who cannot be served: ``error``, or ``pass`` for values as they are.
    """

    name: Literal["combat"]
    batch: str
    protect: list[str]
    min_patients: Annotated[int, Field(ge=2)]
    unseen: Unseen

    @model_validator(mode="after")
    def _no_outcome(self) -> Combat:
        for column in self.needs():
            if column.strip().lower() in OUTCOME:
                raise ValueError(
                    f"{column!r} is an outcome: a design that holds it hands it to the features, of left-out patients too;"
                    " remove it"
                )
        if len(set(self.needs())) < len(self.needs()):
            raise ValueError(
                f"found a column twice in batch={self.batch}, protect={self.protect}: each can be there once"
            )
        return self

    def needs(self) -> tuple[str, ...]:
        return (self.batch, *self.protect)

    def names_out(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return names

    def fit(self, members: Measurements) -> FittedCombat:
        """Learn the effects of the batches with enough members.

        Raises
        ------
        TrainingSetError
            When there is no such batch; a value, label or covariate is missing; or a protected covariate cannot be told from
            the batch.
        """
        _refuse_unknown_values(members)
        _refuse_missing_columns(members.cohort, self.needs())
        labels = labels_of(members.cohort[self.batch])
        counts = {str(label): _different(members.take(np.flatnonzero(labels == label))) for label in np.unique(labels)}
        batches = tuple(label for label, count in counts.items() if count >= self.min_patients)
        if not batches:
            found = ", ".join(f"{label} ({count})" for label, count in counts.items())
            raise TrainingSetError(
                f"no {self.batch} has {self.min_patients} different members in a training set, found {found}: merge batches"
                f" with cohort.values.{self.batch}, or lower transforms.combat.min_patients"
            )
        chosen = members.take(np.flatnonzero(np.isin(labels, batches)))
        covariates = tuple(learn_covariate(chosen.cohort[column]) for column in self.protect)
        touched = [place for place, name in enumerate(members.names) if not _no_measurement(name)]
        position = np.searchsorted(batches, labels_of(chosen.cohort[self.batch]))
        try:
            estimated = estimate_batch_effects(
                chosen.values[:, touched], position, design_columns(covariates, chosen.cohort)
            )
        except TrainingSetError as error:
            raise TrainingSetError(
                f"ComBat by {self.batch}, protecting {', '.join(self.protect) or 'nothing'}, in a training set of"
                f" {len(chosen)} patients of {len(batches)} batches: {error}; protect less"
            ) from error
        effects = no_batch_effects(len(batches), estimated.coefficients.shape[0], len(members.names))
        for name, part in vars(effects).items():
            part[..., touched] = getattr(estimated, name)
        return FittedCombat(self, members.names, counts, batches, covariates, effects)

    def read(self, stored: dict[str, Any]) -> FittedCombat:
        found = _Stored.model_validate(stored)
        expected = no_batch_effects(
            len(found.batches), sum(one.n_columns for one in found.covariates), len(found.names)
        )
        arrays = {}
        for name, part in vars(expected).items():
            arrays[name] = np.array(getattr(found, name), dtype=np.float64).reshape(part.shape)
            if not np.all(np.isfinite(arrays[name])):
                raise ValueError(f"{name} holds a value that is no number")
        if tuple(one.name for one in found.covariates) != tuple(self.protect):
            raise ValueError(f"it protects {[one.name for one in found.covariates]}, and not {self.protect}")
        return FittedCombat(self, found.names, found.members, found.batches, found.covariates, BatchEffects(**arrays))

    def describe(self) -> str:
        kept = f", {' and '.join(self.protect)} protected" if self.protect else ""
        return f"ComBat by {self.batch}{kept}"

    def told_of_passed(self, n_passed: int, n_predictions: int) -> str:
        if n_passed == 0:
            return ""
        return (
            f"ComBat by {self.batch} could not harmonise the feature values behind {n_passed} of {n_predictions} predictions,"
            f" because the training set had fewer than {self.min_patients} patients of the {self.batch} in question"
            f"{' (or none with their protected label)' if self.protect else ''}: these values are as measured."
        )

    def diagnose(self, patients: Measurements, before: Sequence[Transform], seed: int) -> Diagnosis:
        """How well the batch of left-out patients can be told from the features, before and after."""
        after = [*before, self]
        found = batch_predictability(
            patients, self.batch, before=before, after=after, n_folds=FOLDS, min_patients=self.min_patients, seed=seed
        )
        metrics = {"batch_predictability_before": found.before, "batch_predictability_after": found.after}
        if found.reason is not None:
            return Diagnosis(metrics, dict.fromkeys(metrics, found.reason), [])
        note = (
            f"{self.describe()}: of left-out patients, a classifier tells the {self.batch} with a balanced accuracy of"
            f" {found.before:.2f} from the features as measured and {found.after:.2f} from the harmonised ones (chance:"
            f" {found.chance:.2f}, {len(found.batches)} batches)"
        )
        return Diagnosis(metrics, {}, [note])


def _no_measurement(name: str) -> bool:
    return is_clinical(name) or name.endswith(MISSING)


def _different(members: Measurements) -> int:
    """Different patients among these: one who was drawn several times has the same row each time."""
    rows = zip(
        (row.tobytes() for row in members.values), members.cohort.itertuples(index=False, name=None), strict=True
    )
    return len({(values, str(row)) for values, row in rows})


def _refuse_absent_columns(cohort: pd.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in cohort:
            raise TrainingSetError(
                f"transforms.combat: the cohort table has no column {column!r}; add it, or name another one"
            )


def _empty(column: pd.Series) -> Bool[np.ndarray, "patient"]:
    if is_number(column):
        return ~np.isfinite(column.to_numpy(dtype=np.float64, na_value=np.nan))
    return column.isna().to_numpy(dtype=np.bool_)


def _refuse_missing_columns(cohort: pd.DataFrame, columns: tuple[str, ...]) -> None:
    _refuse_absent_columns(cohort, columns)
    for column in columns:
        missing = int(np.count_nonzero(_empty(cohort[column])))
        if missing:
            raise TrainingSetError(
                f"transforms.combat: column {column!r} is empty for {missing} of {len(cohort)} patients: fill it in, leave"
                f" them out with cohort.select, or name another column"
            )


def _refuse_unknown_values(patients: Measurements) -> None:
    unknown = ~np.isfinite(patients.values)
    if unknown.any():
        raise TrainingSetError(
            f"{patients.where(unknown)} missing or infinite: put imputation before ComBat, transforms=imputation_combat"
        )
