"""The best of many analyses of patients whose features know nothing of survival: its own P, and the P that pays for the search.

    python bench/multiverse_null.py [--cohorts N] [--jobs N] [--tiny]

Cohorts of `null_calibration` ("no effect"), of 40 patients and 60 features. Each goes through what `radsurv multiverse` repeats: the
whole pipeline under 5-fold cross-validation, six times (C ≥ 0.55, 0.6, 0.65; α = 0.1, 1), each on the same 99 shuffled outcomes, no early
stop. `multiverse_p` is the P of the largest C of the six (`radsurv.validation.max_statistic`) and has to be uniform; the smallest
of the six P values of C, which is what one reports who tries six analyses and shows the best, is not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import product

import numpy as np
from configured import FIVE_FOLDS, configured_protocol
from joblib import Parallel, delayed
from null_calibration import LEVEL, Size, share, simulated
from scipy.stats import kstest

from radsurv.survival.separation import STATISTICS
from radsurv.validation.max_statistic import max_statistic_p
from radsurv.validation.patients import Patients
from radsurv.validation.permutation import PermutationTest, permutation_test
from radsurv.validation.protocol import Protocol
from radsurv.validation.shuffled_outcomes import of_pipeline

FULL = Size(n_patients=40, n_features=60, n_blocks=12, n_null=200, n_effect=0, permutations=99)
TINY = Size(n_patients=16, n_features=20, n_blocks=4, n_null=2, n_effect=0, permutations=5)
CHOICES = tuple(product((0.55, 0.6, 0.65), (0.1, 1)))
C = STATISTICS.index("harrell_c")


def specifications() -> list[Protocol]:
    """Every combination; the same λ as on the complete path, sooner."""
    return [
        configured_protocol(
            f"reduction.cindex={cindex}", f"model.alpha={alpha}", "model.path=until_minimum", *FIVE_FOLDS
        )
        for cindex, alpha in CHOICES
    ]


def tested(patients: Patients, protocol: Protocol, seed: int, permutations: int) -> PermutationTest:
    """One analysis, repeated to the end."""
    analysis = of_pipeline(patients, protocol)
    return permutation_test(
        analysis, patients.outcome, analysis(patients.outcome, seed),
        permutations=permutations, stop_after=permutations + 1, seed=seed,
    )  # fmt: skip


def both_p(seed: int, size: Size, protocols: Sequence[Protocol]) -> tuple[float, float]:
    """Of one cohort: the smallest P of C of all analyses, and that of the largest C."""
    patients = simulated(seed, 0.0, size)
    tests = [tested(patients, protocol, seed, size.permutations) for protocol in protocols]
    observed = np.array([test.observed[C] for test in tests])
    shuffled = np.column_stack([test.repetitions[:, C] for test in tests])
    return min(test.results[C].p for test in tests), max_statistic_p(observed, shuffled).p


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, help=f"how many (default: {FULL.n_null})")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    size = TINY if asked.tiny else FULL
    n_cohorts = size.n_null if asked.cohorts is None else asked.cohorts
    protocols, start = specifications(), time.perf_counter()
    each = Parallel(n_jobs=asked.jobs)(delayed(both_p)(seed, size, protocols) for seed in range(n_cohorts))
    found = np.array(each)
    print(f"no effect, {len(protocols)} analyses of each of {n_cohorts} cohorts ({time.perf_counter() - start:.0f} s)")
    for name, p in zip(("smallest of their P", "multiverse_p"), found.T, strict=True):
        print(f"  {name + ':':21} P ≤ .05 in {share(p <= LEVEL)}, KS P {kstest(p, 'uniform').pvalue:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
