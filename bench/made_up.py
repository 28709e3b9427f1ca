"""Made-up patients for benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radsurv.survival.measurements import Measurements
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.validation.patients import Patients

PER_FACTOR, PER_DENSE_FACTOR = 32, 29


@dataclass(frozen=True)
class CohortSize:
    """How large a made-up cohort is.

    Attributes
    ----------
    n_patients
    n_factors
        Hidden factors, each with `PER_FACTOR` sparse features; two of them drive the hazard.
    n_dense_factors
        Those of them that have `PER_DENSE_FACTOR` dense features as well.
    """

    n_patients: int
    n_factors: int
    n_dense_factors: int

    @property
    def n_features(self) -> int:
        return self.n_factors * PER_FACTOR + self.n_dense_factors * PER_DENSE_FACTOR


PAPER_SIZE = CohortSize(n_patients=128, n_factors=256, n_dense_factors=12)  # 8540 features
TINY_SIZE = CohortSize(n_patients=16, n_factors=8, n_dense_factors=2)


def made_up_cohort(size: CohortSize, seed: int = 0) -> Patients:
    """Sparse non-negative "deep" features in blocks, most without any deviation, and dense ones in units from 1e-4 to 1e5."""
    generator = np.random.default_rng(seed)
    n_patients, n_sparse = size.n_patients, size.n_factors * PER_FACTOR
    n_dense = size.n_dense_factors * PER_DENSE_FACTOR
    factors = generator.normal(size=(n_patients, size.n_factors))
    noise = generator.uniform(0.2, 0.9, n_sparse) * generator.normal(size=(n_patients, n_sparse))
    deep = np.maximum(0.0, factors.repeat(PER_FACTOR, axis=1) + noise - generator.normal(0.2, 0.6, n_sparse))
    dense = factors[:, : size.n_dense_factors].repeat(PER_DENSE_FACTOR, axis=1)
    dense = dense + 0.7 * generator.normal(size=(n_patients, n_dense))
    values = np.hstack([deep, dense * 10.0 ** generator.uniform(-4, 5, n_dense)])
    survival = generator.exponential(400 * np.exp(-1.6 * factors[:, 0] - 1.2 * factors[:, 1]))
    follow_up = generator.exponential(2500, n_patients)
    return patients_with(values, check_outcome(np.ceil(np.minimum(survival, follow_up) + 1), survival <= follow_up))


def patients_with(values: np.ndarray, outcome: Outcome) -> Patients:
    """Patients of whom nothing is known but features (patient, feature) and follow-up."""
    n_patients, n_features = values.shape
    names = tuple(f"feature {column}" for column in range(n_features))
    measured = Measurements(values, names, pd.DataFrame(index=range(n_patients)))
    return Patients(tuple(f"patient {row}" for row in range(n_patients)), measured, outcome)


def first(patients: Patients, n_patients: int) -> Patients:
    """The first patients of a cohort."""
    return patients_with(patients.measured.values[:n_patients], patients.outcome.take(np.arange(n_patients)))
