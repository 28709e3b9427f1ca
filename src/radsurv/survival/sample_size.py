"""How many patients a prediction model needs, or how many candidate predictors it may have, so that it does not overfit much.

Criteria of Riley et al. (2019, Stat Med 38:1276) for survival outcomes, as their package pmsampsize computes them. They are for
models without selection or penalty: with a penalty somewhat fewer patients do, but it is chosen by the same patients and cannot make
up for far too few (Riley et al. 2021, J Clin Epidemiol 132:88).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SHRINKAGE = 0.9  # expected slope in other patients: at most 10 % of overfitting
OPTIMISM = 0.05  # of Nagelkerke's R²
NAGELKERKE = 0.15  # what Riley et al. advise to expect where nothing is known


@dataclass(frozen=True)
class RequiredPatients:
    """The least number of patients by each of the two criteria.

    Attributes
    ----------
    by_shrinkage
        So that the expected slope is at least `SHRINKAGE`.
    by_optimism
        So that R² looks at most `OPTIMISM` better than it is.
    """

    by_shrinkage: int
    by_optimism: int

    @property
    def needed(self) -> int:
        return max(self.by_shrinkage, self.by_optimism)


def largest_r2(events_per_patient: float) -> float:
    """The largest Cox-Snell R² that a model of such a cohort can have: that of Nagelkerke's R² = 1."""
    return 1 - math.exp(2 * (events_per_patient * math.log(events_per_patient) - events_per_patient))


def required_patients(n_parameters: int, r2: float, events_per_patient: float) -> RequiredPatients:
    """How many patients so many candidate parameters need.

    Parameters
    ----------
    n_parameters
        Candidates, not those that are selected: selection by the same patients is part of the fit.
    r2
        Expected Cox-Snell R² of the model, below `largest_r2`.
    events_per_patient
        In (0, 1].
    """
    largest = largest_r2(events_per_patient)
    slopes = SHRINKAGE, r2 / (r2 + OPTIMISM * largest)
    return RequiredPatients(*(math.ceil(n_parameters / _per_patient(r2, slope)) for slope in slopes))


def most_parameters(n_patients: int, r2: float, events_per_patient: float) -> int:
    """How many candidate parameters so many patients bear by both criteria; 0 where not even one."""
    largest = largest_r2(events_per_patient)
    slopes = SHRINKAGE, r2 / (r2 + OPTIMISM * largest)
    return min(math.floor(n_patients * _per_patient(r2, slope)) for slope in slopes)


def _per_patient(r2: float, slope: float) -> float:
    """Candidate parameters per patient at which the expected slope is just this one."""
    return (slope - 1) * math.log(1 - r2 / slope)
