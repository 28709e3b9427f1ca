"""Seconds for 1,000 permutations of the paper's protocol, extrapolated from a sample.

    python bench/permutation.py [--sample N] [--jobs N]

(iv) Reduction, scaling, λ by 10-fold cross-validation, threshold and prediction in every leave-one-out training set,
     repeated on shuffled outcomes without early stopping: 50 patients × 8540 features (C ≥ 0.685) and 128 × 8540
     (C ≥ 0.66), with the table of `bench/survival.py`. Of 128 patients with a shuffled outcome hardly a feature reaches
     0.66, and what is not there costs nothing; so also with C ≥ 0.6, where about half a dozen do. The path goes as far as the
     minimum, which chooses the same λ.
"""

from __future__ import annotations

import argparse
import resource
import time

from radsurv.validation.pipeline import Pipeline
from survival import N_FEATURES, made_up_cohort

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig
from radsurv.survival.outcome import check_outcome
from radsurv.validation.permutation import permutation_test

PERMUTATIONS = 1000
# Patients, concordance threshold, bound in minutes.
COHORTS = ((50, 0.685, 4), (128, 0.66, 15), (128, 0.6, 15))
MODEL = ModelConfig.model_validate({"name": "coxnet", "alpha": 0.1, "path": "until_minimum"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, default=24, help="permutations that are timed")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    table, days, event = made_up_cohort()
    for n_patients, threshold, bound in COHORTS:
        outcome = check_outcome(days[:n_patients], event[:n_patients])
        reduction = ReductionConfig(cindex=threshold, pearson=0.85)
        start = time.perf_counter()
        pipeline = Pipeline(table[:n_patients], reduction, MODEL, ValidationConfig(scheme="loocv"))
        prepared = time.perf_counter() - start
        observed = pipeline(outcome, 0)  # compiles
        start, cpu = time.perf_counter(), time.process_time()
        permutation_test(
            pipeline,
            outcome,
            observed,
            permutations=asked.sample,
            stop_after=asked.sample + 1,
            seed=0,
            n_jobs=asked.jobs,
        )
        wall, busy = time.perf_counter() - start, time.process_time() - cpu
        scale = PERMUTATIONS / asked.sample / 60
        print(
            f"(iv) {n_patients} × {N_FEATURES}, C ≥ {threshold}: {PERMUTATIONS:,} permutations in {wall * scale:.1f} min"
            f" with {asked.jobs} workers (bound {bound} min); {busy * scale:.1f} min of processor time;"
            f" extrapolated from {asked.sample}, prepared in {prepared:.1f} s"
        )
    print(f"     peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB (bound 1.5)")


if __name__ == "__main__":
    main()
