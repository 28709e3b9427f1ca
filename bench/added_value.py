"""The P of what images add: uniform where they add nothing, and its power where they do.

    python bench/added_value.py [--cohorts N] [--jobs N] [--tiny]

Cohorts of 60 patients with an age of hazard ratio e per standard deviation, tied times, 30 % censored, and 60 image features in
blocks of six that share a factor. Each goes through 5-fold cross-validation, C ≥ 0.6, |r| ≤ 0.85, elastic net with the age
unpenalised (α = 0.1, 30 λs, 5 inner folds); images are shuffled 39 times, without an early stop. Three sets: images that are
noise; images of which a factor shows the age and nothing else, for which the test promises nothing; images of which a factor has
a hazard ratio of e per standard deviation.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from configured import FIVE_FOLDS, configured_protocol
from joblib import Parallel, delayed
from made_up import patients_with
from null_calibration import share
from scipy.stats import kstest

from radsurv.options.run import Permutations
from radsurv.survival.outcome import check_outcome
from radsurv.validation.added_value import added_value
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources

AGE, PER_FACTOR, CENSORED = "clinical_age", 6, 0.3
OVERRIDES = (
    "cohort.covariates=[age]",
    *("reduction.cindex=0.6", "model.n_lambda=30", "validation.inner_splits=5"),
    *FIVE_FOLDS,
)
LEVELS = (0.05, 0.1, 0.25, 0.5)
# Of the first factor of the images: its part of the age, and its log hazard ratio.
SETS = {"images are noise": (0.0, 0.0), "images show the age": (0.8, 0.0), "images add": (0.0, 1.0)}


@dataclass(frozen=True)
class Size:
    """Of the cohorts, how many there are of each set, and the most repetitions."""

    n_patients: int
    n_features: int
    n_cohorts: int
    permutations: int


FULL = Size(n_patients=60, n_features=60, n_cohorts=200, permutations=39)
TINY = Size(n_patients=20, n_features=12, n_cohorts=2, permutations=19)


def simulated(seed: int, of_age: float, log_hazard_ratio: float, size: Size) -> Patients:
    """One cohort, with follow-up in months."""
    generator = np.random.default_rng(seed)
    n_patients = size.n_patients
    age = generator.normal(size=n_patients)
    factors = generator.normal(size=(n_patients, size.n_features // PER_FACTOR))
    factors[:, 0] = of_age * age + np.sqrt(1 - of_age**2) * factors[:, 0]
    images = 0.8 * factors.repeat(PER_FACTOR, axis=1) + 0.6 * generator.normal(size=(n_patients, size.n_features))
    months = generator.exponential(15 * np.exp(-age - log_hazard_ratio * factors[:, 0]))
    censored = generator.random(n_patients) < CENSORED
    months = np.ceil(np.where(censored, months * generator.random(n_patients), months)) + 1
    patients = patients_with(np.column_stack([age, images]), check_outcome(months, ~censored))
    measured = patients.measured.with_values(patients.measured.values, (AGE, *patients.names[1:]))
    return replace(patients, measured=measured)


def p_and_gain(
    seed: int, of_age: float, log_hazard_ratio: float, size: Size, protocol: Protocol
) -> tuple[float, float]:
    """Of one simulated cohort."""
    patients = simulated(seed, of_age, log_hazard_ratio, size)
    asked = Permutations(
        name="permutation",
        permutations=size.permutations,
        stop_after=1_000,
        within="none",
        added_value=True,
        refits=0,
    )
    own = replace(protocol, seed=seed)
    predictions = cross_validate(patients, own, Resources()).predictions
    metrics = added_value(patients, own, predictions, {}, asked, Resources()).metrics
    return metrics["added_value_p"], metrics["added_value_delta_c"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, help=f"of each set (default: {FULL.n_cohorts})")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    size = TINY if asked.tiny else FULL
    n_cohorts = size.n_cohorts if asked.cohorts is None else asked.cohorts
    protocol = configured_protocol(*OVERRIDES)
    for name, effects in SETS.items():
        start = time.perf_counter()
        found = Parallel(n_jobs=asked.jobs)(
            delayed(p_and_gain)(seed, *effects, size, protocol) for seed in range(n_cohorts)
        )
        p, gain = np.array(found).T
        print(f"{name}, {n_cohorts} cohorts ({time.perf_counter() - start:.0f} s)")
        for level in LEVELS:
            print(f"  P ≤ {level:<4}: {share(p <= level)}")
        print(
            f"  KS P that P is uniform: {kstest(p, 'uniform').pvalue:.3f}; mean difference of C {gain.mean():+.3f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
