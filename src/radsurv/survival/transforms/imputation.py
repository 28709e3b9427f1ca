"""Missing feature values: the median of the training set in their place."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float

from radsurv.errors import ConfigError, TrainingSetError
from radsurv.formats import first_few
from radsurv.options.base import Section
from radsurv.survival.measurements import Measurements
from radsurv.survival.transform import FittedTransform, Transform

MISSING = "_missing"


class _Stored(Section):
    names: tuple[str, ...]
    medians: tuple[float, ...]
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class FittedImputation(FittedTransform):
    """The medians of one training set.

    Attributes
    ----------
    medians
        By feature, 0 where no member has a value.
    indicators
        Features that get a column of 0 and 1, in the order of the columns.
    """

    medians: dict[str, float]
    indicators: tuple[str, ...]

    def apply(self, patients: Measurements) -> Measurements:
        """Fill in; every patient can be served.

        Raises
        ------
        TrainingSetError
            Naming a feature with an infinite value.
        """
        if patients.names != tuple(self.medians):
            raise ValueError(
                f"{len(self.medians)} medians were taken, and here are {len(patients.names)} other features"
            )
        _refuse_infinite(patients)
        missing = np.isnan(patients.values)
        medians = np.array(list(self.medians.values()))
        flagged = [patients.names.index(name) for name in self.indicators]
        values = np.hstack([np.where(missing, medians, patients.values), missing[:, flagged].astype(np.float64)])
        return patients.with_values(values, patients.names + tuple(f"{name}{MISSING}" for name in self.indicators))

    def passed(self, patients: Measurements) -> Bool[np.ndarray, "patient"]:
        """Nobody."""
        return np.zeros(len(patients), dtype=np.bool_)

    @property
    def makes(self) -> tuple[str, ...]:
        """All features, then the indicators."""
        return (*self.medians, *(f"{name}{MISSING}" for name in self.indicators))

    def restricted(self, names_out: tuple[str, ...]) -> tuple[FittedImputation, tuple[str, ...]]:
        """With a feature for each indicator."""
        indicators = tuple(name for name in self.indicators if f"{name}{MISSING}" in names_out)
        needed = tuple(dict.fromkeys([*(name for name in names_out if name in self.medians), *indicators]))
        return FittedImputation({name: self.medians[name] for name in needed}, indicators), needed

    def to_dict(self) -> dict[str, Any]:
        return {
            "names": list(self.medians),
            "medians": list(self.medians.values()),
            "indicators": list(self.indicators),
        }


class Imputation(Transform):
    """The median of the members who have a value takes the place of a missing one.

    A member who comes several times counts several times. A feature without a value in any member gets 0: it is constant
    among them, so the reduction drops it. Which indicators there are hangs on names alone: one that is 0 in all members is
    dropped by the reduction as well.

    Attributes
    ----------
    statistic
        What is filled in.
    indicator
        Shell-style patterns of feature names, upper and lower case distinguished. Each feature that matches one of them gets
        an additional column ``NAME_missing``, 1 where the value was missing.
    """

    name: Literal["imputation"]

    fills_in: ClassVar[bool] = True

    statistic: Literal["median"]
    indicator: list[str]

    def needs(self) -> tuple[str, ...]:
        return ()

    def names_out(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """These, then the indicators in the same order.

        Raises
        ------
        ConfigError
            When an indicator would have the name of a feature.
        """
        added = tuple(f"{name}{MISSING}" for name in self._flagged(names))
        clash = sorted(set(added) & set(names))
        if clash:
            raise ConfigError(
                f"transforms.imputation.indicator: the table has a feature {clash[0]} of its own; choose patterns that leave"
                f" {clash[0].removesuffix(MISSING)} out, or rename it"
            )
        return names + added

    def check_names(self, names: tuple[str, ...]) -> None:
        """Every pattern of `indicator` matches a feature."""
        for pattern in self.indicator:
            if not any(fnmatchcase(name, pattern) for name in names):
                raise ConfigError(
                    f"transforms.imputation.indicator: the pattern {pattern!r} matches none of the {len(names)} features, such as"
                    f" {first_few(names, 3)}; upper and lower case are distinguished"
                )

    def fit(self, members: Measurements) -> FittedImputation:
        """Take the medians.

        Raises
        ------
        TrainingSetError
            Naming a feature with an infinite value.
        """
        _refuse_infinite(members)
        there = ~np.isnan(members.values)
        medians = np.zeros(len(members.names))
        some = there.any(axis=0)
        medians[some] = _median_of_those_there(members.values[:, some])
        return FittedImputation(
            dict(zip(members.names, medians.tolist(), strict=True)),
            self._flagged(members.names),
        )

    def read(self, stored: dict[str, Any]) -> FittedImputation:
        found = _Stored.model_validate(stored)
        medians = dict(zip(found.names, found.medians, strict=True))
        if not np.all(np.isfinite(found.medians)) or not set(found.indicators) <= set(medians):
            raise ValueError("a median that is no number, or an indicator of a feature that is not there")
        return FittedImputation(medians, found.indicators)

    def describe(self) -> str:
        flagged = f", indicators for {', '.join(self.indicator)}" if self.indicator else ""
        return f"missing values: median of the training set{flagged}"

    def told_of_passed(self, n_passed: int, n_predictions: int) -> str:
        return ""

    def _flagged(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if any(fnmatchcase(name, pattern) for pattern in self.indicator))


def _median_of_those_there(
    values: Float[np.ndarray, "patient feature"],
) -> Float[np.ndarray, "feature"]:
    """As NumPy's ``nanmedian``, without its loop over features."""
    ordered = np.sort(values, axis=0)  # NaN last
    there = np.count_nonzero(~np.isnan(values), axis=0)
    columns = np.arange(values.shape[1])
    low, high = ordered[(there - 1) // 2, columns], ordered[there // 2, columns]
    # Halves first, so that two large values do not overflow; equal ones are themselves.
    return np.where(low == high, low, low / 2 + high / 2)


def _refuse_infinite(patients: Measurements) -> None:
    infinite = np.isinf(patients.values)
    if infinite.any():
        raise TrainingSetError(
            f"{patients.where(infinite)} infinite: imputation replaces missing values only; correct the table, or leave the value"
            " empty"
        )
