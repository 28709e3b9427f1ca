"""What a transform of feature values is: fitted on the members of a training set, applied to everybody."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool

from radsurv.options.base import Alternative
from radsurv.survival.measurements import Measurements


class FittedTransform(ABC):
    """What a transform has learned from one training set."""

    @abstractmethod
    def apply(self, patients: Measurements) -> Measurements:
        """The patients with transformed features; their rows hang on nothing but themselves and what was learned.

        Raises
        ------
        TrainingSetError
            For a patient whom the transform cannot serve, where its policy says so, naming what was found.
        """

    @abstractmethod
    def passed(self, patients: Measurements) -> Bool[np.ndarray, "patient"]:
        """Whom it could not serve, and let pass as they are."""

    def refusals(self, patients: Measurements) -> list[str]:
        """Of each patient, why `apply` would raise because of them; empty for those whom it serves, or lets pass."""
        return [""] * len(patients)

    @property
    @abstractmethod
    def makes(self) -> tuple[str, ...]:
        """Names of the features that it makes, in their order."""

    @abstractmethod
    def restricted(self, names_out: tuple[str, ...]) -> tuple[FittedTransform, tuple[str, ...]]:
        """The same for some of the features that it makes, and the features that it needs for these."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """All that was learned, in plain numbers and words, ready for JSON."""


def apply_all(fitted: Sequence[FittedTransform], patients: Measurements) -> Measurements:
    """One transform after the other."""
    for transform in fitted:
        patients = transform.apply(patients)
    return patients


def restrict_all(
    fitted: Sequence[FittedTransform], names_out: tuple[str, ...]
) -> tuple[list[FittedTransform], tuple[str, ...]]:
    """Transforms for some of the features that they make together, and the measured features that they need for these."""
    found: list[FittedTransform] = []
    for transform in reversed(fitted):
        own, names_out = transform.restricted(names_out)
        found.insert(0, own)
    return found, names_out


@dataclass(frozen=True)
class Diagnosis:
    """What a transform can say of its effect: metrics, reasons for those that are NaN, remarks."""

    metrics: dict[str, float] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Transform(Alternative, ABC):
    """The options of a transform, and how it learns.

    Attributes
    ----------
    name
        What it is called in ``transforms.steps``, and the key of its options.
    """

    name: str

    fills_in: ClassVar[bool] = False  # missing values

    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """Columns of the cohort table that it looks at."""

    @abstractmethod
    def names_out(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the features that it makes of these; they hang on the names alone, never on values."""

    @abstractmethod
    def fit(self, members: Measurements) -> FittedTransform:
        """Learn from the members of a training set (a member may come several times).

        Raises
        ------
        TrainingSetError
            When they are too few, or hold nothing to learn from, naming what was found and what to do.
        """

    @abstractmethod
    def read(self, stored: dict[str, Any]) -> FittedTransform:
        """What :meth:`FittedTransform.to_dict` wrote, read back.

        Raises
        ------
        ValueError
            When it is not that.
        """

    @abstractmethod
    def describe(self) -> str:
        """In a few words for a reader, such as ``ComBat by site, age protected``."""

    @abstractmethod
    def told_of_passed(self, n_passed: int, n_predictions: int) -> str:
        """The sentence on patients who were let pass; empty where that cannot happen."""

    def check_names(self, names: tuple[str, ...]) -> None:
        """Whether its options hold for all features of a run.

        Raises
        ------
        ConfigError
            When one names what no feature is called.
        """

    def diagnose(self, patients: Measurements, before: Sequence[Transform], seed: int) -> Diagnosis:
        """What it does to patients whom neither it nor the transforms before it were fitted on.

        No outcome plays a part, and no number of the analysis hangs on it.
        """
        return Diagnosis()
