"""Toy patients, readings and transforms, for tests of everything that trains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import create_model

import conf
from radsurv.features.readings import Readings
from radsurv.survival.measurements import Measurements
from radsurv.survival.outcome import check_outcome
from radsurv.survival.transform import FittedTransform, Transform
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol
from radsurv.validation.subsampled import Subsampled


def patients(values: Any, time: Any, event: Any, *, readings: Readings | None = None, **cohort: Any) -> Patients:
    """Patients 0, 1, … with features 0, 1, …; `cohort` are columns of the cohort table."""
    values = np.asarray(values, dtype=np.float64)
    names = tuple(f"feature {column}" for column in range(values.shape[1]))
    measured = Measurements(values, names, pd.DataFrame(cohort, index=range(len(values))))
    ids = tuple(f"patient {row}" for row in range(len(values)))
    return Patients(ids, measured, check_outcome(time, event), readings)


def changed(
    one: Patients, *, values: Any = None, time: Any = None, event: Any = None, readings: Any = None, **cohort: Any
) -> Patients:
    """The same patients with something else measured, or another fate."""
    measured = one.measured if values is None else one.measured.with_values(np.asarray(values, float), one.names)
    measured = replace(measured, cohort=measured.cohort.assign(**cohort))
    outcome = check_outcome(one.outcome.time if time is None else time, one.outcome.event if event is None else event)
    further = one.readings if readings is None else replace(one.readings, values=readings)
    return Patients(one.ids, measured, outcome, further)


def cohort(n_patients: int = 20, n_features: int = 12, seed: int = 7) -> Patients:
    """Patients with tied times, of two sites and an age, features of which three matter, and a second reading of all but the
    last two, of some of which it agrees badly.
    """
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(n_patients, n_features))
    time = np.ceil(12 * generator.exponential(np.exp(-values[:, :3].sum(axis=1))))
    event = generator.random(n_patients) < 0.8
    sites = np.where(np.arange(n_patients) % 3 == 0, "b", "a").astype(object)
    age = generator.normal(60, 9, n_patients).round()
    read = np.arange(n_features - 2)
    noise = generator.normal(size=(n_patients, len(read))) * np.linspace(0.1, 1.2, len(read))
    names = [f"feature {column}" for column in range(n_features)]
    readings = Readings(names, read, np.stack([values[:, read], values[:, read] + noise]))
    return patients(values, time, event, readings=readings, site=sites, age=age)


AGE, LABEL = "clinical_age", "clinical_grade_4"


def with_covariates(label: Any, age: Any = None) -> Patients:
    """The same with an age that says nothing of survival, if no other is given, and a label of 0 and 1, before all features."""
    plain = cohort()
    age = np.arange(20.0) % 7 if age is None else age
    names = (AGE, LABEL, *plain.names)
    measured = plain.measured.with_values(np.column_stack([age, label, plain.measured.values]), names)
    return replace(plain, measured=measured, readings=plain.readings.of(names))


# Transforms


@dataclass(frozen=True)
class Centred(FittedTransform):
    """Means by class of a column; nobody's for a class without members."""

    means: dict[str, np.ndarray]
    column: str | None
    names: tuple[str, ...]

    @property
    def makes(self) -> tuple[str, ...]:
        return self.names

    def apply(self, patients: Measurements) -> Measurements:
        zeros = np.zeros(patients.values.shape[1])
        own = np.stack([self.means.get(name, zeros) for name in _classes(patients, self.column)])
        return patients.with_values(patients.values - own, patients.names)

    def passed(self, patients: Measurements) -> np.ndarray:
        return np.array([name not in self.means for name in _classes(patients, self.column)])

    def restricted(self, names_out: tuple[str, ...]) -> tuple[FittedTransform, tuple[str, ...]]:
        where = [self.names.index(name) for name in names_out]
        return Centred({name: mean[where] for name, mean in self.means.items()}, self.column, names_out), names_out

    def to_dict(self) -> dict[str, Any]:
        means = {name: mean.tolist() for name, mean in self.means.items()}
        return {"means": means, "column": self.column, "names": list(self.names)}


class Centre(Transform):
    """Features minus their means among the members, of each class of a column of the cohort table where one is named."""

    name: Literal["centre"] = "centre"
    column: str | None = None

    def needs(self) -> tuple[str, ...]:
        return () if self.column is None else (self.column,)

    def names_out(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return names

    def fit(self, members: Measurements) -> Centred:
        classes = np.array(_classes(members, self.column))
        means = {str(name): members.values[classes == name].mean(axis=0) for name in np.unique(classes)}
        return Centred(means, self.column, members.names)

    def read(self, stored: dict[str, Any]) -> Centred:
        means = {name: np.array(mean) for name, mean in stored["means"].items()}
        return Centred(means, stored["column"], tuple(stored["names"]))

    def describe(self) -> str:
        return f"centred by {self.column}"

    def told_of_passed(self, n_passed: int, n_predictions: int) -> str:
        return f"{n_passed} of {n_predictions} not centred" if n_passed else ""


def _classes(patients: Measurements, column: str | None) -> list[str]:
    return ["all"] * len(patients) if column is None else [str(one) for one in patients.cohort[column]]


@dataclass(frozen=True)
class Summed(FittedTransform):
    """Signs of the features in their sum."""

    signs: np.ndarray
    names: tuple[str, ...]

    @property
    def makes(self) -> tuple[str, ...]:
        return (*self.names, "total")

    def apply(self, patients: Measurements) -> Measurements:
        total = patients.values @ self.signs
        return patients.with_values(np.column_stack([patients.values, total]), (*patients.names, "total"))

    def passed(self, patients: Measurements) -> np.ndarray:
        return np.zeros(len(patients), dtype=bool)

    def restricted(self, names_out: tuple[str, ...]) -> tuple[FittedTransform, tuple[str, ...]]:
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        return {"signs": self.signs.tolist(), "names": list(self.names)}


class Total(Transform):
    """One more feature: the sum of all, each with the sign of its mean among the members."""

    name: Literal["total"] = "total"

    def needs(self) -> tuple[str, ...]:
        return ()

    def names_out(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return (*names, "total")

    def fit(self, members: Measurements) -> Summed:
        return Summed(np.sign(members.values.mean(axis=0)), members.names)

    def read(self, stored: dict[str, Any]) -> Summed:
        return Summed(np.array(stored["signs"]), tuple(stored["names"]))

    def describe(self) -> str:
        return "total"

    def told_of_passed(self, n_passed: int, n_predictions: int) -> str:
        return ""


@dataclass(frozen=True)
class Unchanged(FittedTransform):
    """Nothing to learn."""

    names: tuple[str, ...]

    @property
    def makes(self) -> tuple[str, ...]:
        return self.names

    def apply(self, patients: Measurements) -> Measurements:
        return patients

    def passed(self, patients: Measurements) -> np.ndarray:
        return np.zeros(len(patients), dtype=bool)

    def restricted(self, names_out: tuple[str, ...]) -> tuple[FittedTransform, tuple[str, ...]]:
        return Unchanged(names_out), names_out

    def to_dict(self) -> dict[str, Any]:
        return {"names": list(self.names)}


class Same(Transform):
    """Features as they are, by the way of those that are not."""

    name: Literal["same"] = "same"

    def needs(self) -> tuple[str, ...]:
        return ()

    def names_out(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return names

    def fit(self, members: Measurements) -> Unchanged:
        return Unchanged(members.names)

    def read(self, stored: dict[str, Any]) -> Unchanged:
        return Unchanged(tuple(stored["names"]))

    def describe(self) -> str:
        return "the same"

    def told_of_passed(self, n_passed: int, n_predictions: int) -> str:
        return ""


def transforms(*steps: Transform) -> Any:
    """Options with these transforms, which are in no folder of the package."""
    kind = create_model("Toys", __base__=TransformsOptions, **{one.name: (type(one) | None, None) for one in steps})
    return kind.model_construct(steps=tuple(one.name for one in steps), **{one.name: one for one in steps})


# Protocols


REDUCTION = {"cindex": 0.55, "pearson": 0.85}
FEW_TRIALS = {
    "trials": 3,
    "cindex": [0.5, 0.55, 0.6],
    "pearson": [0.6, 0.9],
    "alpha": [0.1, 0.5, 1.0],
    "lambda_rule": ["min", "1se"],
}
GROUPS = {"all": ["*"], "late": ["feature 1?"], "early": ["feature ?"]}  # of feature 0 to feature 11


def protocols() -> dict[str, Protocol]:
    """The ways of training, each in a small form."""
    loocv = conf.scheme("loocv", inner_splits=4)
    kfold = conf.scheme("repeated_kfold", n_splits=4, repeats=1, inner_splits=4)
    nested = kfold.model_copy(update={"inner": "nested"})
    searched = conf.search("optuna", **FEW_TRIALS)
    parts: dict[str, dict[str, Any]] = {
        "plain": {"scheme": loocv},
        "nested": {"scheme": nested},
        "several draws": {"scheme": kfold.model_copy(update={"inner_repeats": 3})},
        "searched": {"scheme": kfold, "search": searched},
        "searched, nested, in groups": {
            "scheme": nested,
            "search": conf.search("optuna", **FEW_TRIALS, features=GROUPS, objective="c"),
        },
        "readings agree": {"scheme": kfold, "reduction": conf.reduction(**REDUCTION, icc=0.8)},
        "readings agree, searched": {
            "scheme": kfold,
            "reduction": conf.reduction(**REDUCTION, icc=0.8),
            "search": searched,
        },
        "forest": {"scheme": kfold, "model": conf.model("rsf", trees=5)},
        "boosted": {"scheme": kfold, "model": conf.model("gbs", trees=5)},
        "ridge": {"scheme": kfold, "model": conf.model("ridge_cox")},
        "cox": {"scheme": kfold, "model": conf.model("cox"), "reduction": conf.reduction(cindex=0.65, pearson=0.85)},
        "bootstrap": {"scheme": conf.scheme("bootstrap", resamples=10, inner_splits=4)},
        "bootstrap, searched": {
            "scheme": conf.scheme("bootstrap", resamples=10, inner_splits=4),
            "search": searched,
        },
        "bootstrap, nested": {"scheme": conf.scheme("bootstrap", resamples=10, inner_splits=4, inner="nested")},
        "sites": {"scheme": conf.scheme("leave_site_out", inner_splits=4)},
        "parts of training sets": {"scheme": Subsampled.of(kfold, 0.7, 1)},
        "stratified": {"scheme": kfold, "model": conf.model("coxnet", strata="site")},
        "stratified, searched, nested": {
            "scheme": nested,
            "model": conf.model("coxnet", strata="site"),
            "search": conf.search("optuna", **FEW_TRIALS, objective="c"),
        },
        "stratified cox": {
            "scheme": kfold,
            "model": conf.model("cox", strata="site"),
            "reduction": conf.reduction(cindex=0.65, pearson=0.85),
        },
    }
    return {name: conf.protocol(**{"reduction": conf.reduction(**REDUCTION), **one}) for name, one in parts.items()}


def everything(learned: LearnedModel, probed: Measurements) -> str:
    """All that a model has learned, as text because NaN does not equal itself; trees by what they say of some patients."""
    rows = np.arange(len(probed))
    return repr(
        [
            learned.model.features.tolist(),
            learned.model.coefficients.tolist(),
            learned.model.penalty,
            learned.model.to_dict([str(number) for number in range(1 + 2 * len(probed.names))]),
            [one.to_dict() for one in learned.transforms if not isinstance(one, Unchanged)],
            learned.score(probed, rows).tolist(),
        ]
    )
