"""Cross-validations of which no more than predictions and metrics are wanted, kept for a killed run that is started again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from radsurv.validation.cross_validate import FEWER, cross_validate
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources

KIND = "evaluation"  # of entries in the store


@dataclass(frozen=True)
class Judged:
    """A model on the common folds.

    Attributes
    ----------
    predictions : columns repeat, risk, and others
        One row per patient and repeat.
    metrics
        Numbers that describe it.
    kept
        Whether both are from an earlier run.
    """

    predictions: pd.DataFrame
    metrics: Mapping[str, float]
    kept: bool = False


def judged(patients: Patients, protocol: Protocol, resources: Resources, *, label: str, fewer: str = FEWER) -> Judged:
    """As :func:`cross_validate`, which is done only where the store does not have what it gives.

    Raises
    ------
    TrainingSetError, ConfigError
        As `cross_validate` does.
    """
    store = resources.store
    key = "" if store is None else experiment_hash(patients, protocol)
    found = None if store is None else store.get(KIND, key)
    if found is not None:
        metrics, repeat, risk = found
        known = {name: math.nan if value is None else float(value) for name, value in metrics.items()}
        return Judged(pd.DataFrame({"repeat": repeat, "risk": risk}), known, kept=True)
    own = cross_validate(patients, protocol, resources, label=label, fewer=fewer)
    numbers = {name: float(value) for name, value in own.metrics.items()}
    if store is not None:
        metrics = {name: None if math.isnan(value) else value for name, value in numbers.items()}
        columns = own.predictions[["repeat", "risk"]]
        store.put(KIND, key, [metrics, columns["repeat"].tolist(), columns["risk"].tolist()])
    return Judged(own.predictions, numbers)
