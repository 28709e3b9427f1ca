"""Real patients in two groups, and what R says of them: survival 3.5-3 of R 4.2.2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from lifelines.datasets import load_lung
from sksurv.datasets import load_veterans_lung_cancer

from radsurv.survival.outcome import Outcome

AML_TIME = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
AML_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]


@dataclass(frozen=True)
class RealGroups:
    """Patients, and reference values.

    Attributes
    ----------
    patients
        Outcome, and who is in the first group.
    cox_zph
        χ² and P of ``cox.zph``.
    until
        Least of the longest follow-up times of both groups.
    first, second
        Mean survival until then and its standard error: ``summary(survfit(...), rmean = until)$table``.
    """

    patients: Callable[[], tuple[Outcome, np.ndarray]]
    cox_zph: tuple[float, float]
    until: float
    first: tuple[float, float]
    second: tuple[float, float]


def _aml() -> tuple[Outcome, np.ndarray]:
    """First: chemotherapy not maintained."""
    outcome = Outcome(np.array(AML_TIME, dtype=float), np.array(AML_EVENT, dtype=bool))
    return outcome, np.arange(len(AML_TIME)) >= 11


def _lung() -> tuple[Outcome, np.ndarray]:
    """First: men."""
    rows = load_lung()
    return Outcome(rows["time"].to_numpy(float), rows["status"].to_numpy() == 1), (rows["sex"] == 1).to_numpy()


def _veteran() -> tuple[Outcome, np.ndarray]:
    """First: standard treatment."""
    rows, outcome = load_veterans_lung_cancer()
    event, time = outcome.dtype.names
    return Outcome(outcome[time].astype(float), outcome[event]), (rows["Treatment"] == "standard").to_numpy()


REAL_GROUPS = {
    "aml": RealGroups(
        _aml, (0.00787507772332374, 0.929287243364592), 45,
        (22.7083333333333, 4.18094198103315), (30.7386363636364, 4.11408624001147),
    ),
    "lung": RealGroups(
        _lung, (2.86323514932059, 0.0906250642529966), 965,
        (324.048419062146, 22.2979392341438), (455.904087511673, 32.9174156887350),
    ),
    "veteran": RealGroups(
        _veteran, (3.53697278233406, 0.0600149002726883), 553,
        (123.928166661530, 14.8435180438941), (125.265931722689, 18.9342750768064),
    ),
}  # fmt: skip
