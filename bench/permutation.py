"""Seconds for 1,000 permutations of the paper's protocol, extrapolated from a sample.

    python bench/permutation.py [--sample N] [--jobs N] [--tiny]

(iv) Reduction, scaling, λ by 10-fold cross-validation, threshold and prediction in every leave-one-out training set,
     repeated on shuffled outcomes without early stopping: 50 patients × 8540 features (C ≥ 0.685) and 128 × 8540
     (C ≥ 0.66), with the table of `bench/survival.py`. Of 128 patients with a shuffled outcome hardly a feature reaches
     0.66, and what is not there costs nothing; so also with C ≥ 0.6, where about half a dozen do. The path goes as far as the
     minimum, which chooses the same λ. And 300 × 500 with a weak threshold (C ≥ 0.53), which leaves dozens of features.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

from configured import configured_protocol
from made_up import PAPER_SIZE, TINY_SIZE, CohortSize, first, made_up_cohort

from radsurv.validation.patients import Patients
from radsurv.validation.permutation import PermutationTest, permutation_test
from radsurv.validation.protocol import Protocol
from radsurv.validation.shuffled_outcomes import of_pipeline

PERMUTATIONS = 1000


@dataclass(frozen=True)
class Case:
    """The first patients of a cohort, with a bound in minutes."""

    cohort: CohortSize
    n_patients: int
    cindex: float
    bound: float


MANY_PATIENTS = CohortSize(n_patients=300, n_factors=12, n_dense_factors=4)  # 500 features
CASES = (
    *(Case(PAPER_SIZE, 50, 0.685, 4), Case(PAPER_SIZE, 128, 0.66, 15), Case(PAPER_SIZE, 128, 0.6, 15)),
    Case(MANY_PATIENTS, 300, 0.53, 60),
)
TINY_CASES = (Case(TINY_SIZE, 12, 0.685, 4), Case(TINY_SIZE, 16, 0.6, 15))


@dataclass(frozen=True)
class Timing:
    """Of a sample of permutations, in seconds."""

    test: PermutationTest
    prepared: float
    wall: float
    processor: float


def time_permutations(patients: Patients, protocol: Protocol, n_permutations: int, n_jobs: int) -> Timing:
    """Shuffle so many times, without early stopping, after one analysis that sorts the table and compiles."""
    start = time.perf_counter()
    analysis = of_pipeline(patients, protocol)
    observed = analysis(patients.outcome, protocol.seed)
    prepared = time.perf_counter() - start
    start, processor = time.perf_counter(), time.process_time()
    test = permutation_test(
        analysis,
        patients.outcome,
        observed,
        permutations=n_permutations,
        stop_after=n_permutations + 1,
        seed=protocol.seed,
        n_jobs=n_jobs,
    )
    return Timing(test, prepared, time.perf_counter() - start, time.process_time() - processor)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=24, help="permutations that are timed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    for case in TINY_CASES if asked.tiny else CASES:
        protocol = configured_protocol(f"reduction.cindex={case.cindex}", "model.path=until_minimum")
        patients = first(made_up_cohort(case.cohort), case.n_patients)
        timing = time_permutations(patients, protocol, asked.sample, asked.jobs)
        scale = PERMUTATIONS / asked.sample / 60
        print(
            f"(iv) {case.n_patients} × {case.cohort.n_features}, C ≥ {case.cindex}: {PERMUTATIONS:,} permutations in"
            f" {timing.wall * scale:.1f} min with {asked.jobs} workers (bound {case.bound:g} min);"
            f" {timing.processor * scale:.1f} min of processor time;"
            f" extrapolated from {asked.sample}, prepared and compiled in {timing.prepared:.1f} s"
        )
    print(f"     peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB (bound 1.5)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
