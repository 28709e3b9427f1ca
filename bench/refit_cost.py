"""Seconds of processor time of a refit on resampled patients, as `significance.refits` asks for.

    python bench/refit_cost.py [--refits 3] [--tiny]

Made-up cohorts of the size of the demo (50 × 1,628) and of the paper (128 × 8,540), the default options: leave-one-out, ten inner folds,
elastic net. What 200 refits cost is extrapolated from a few.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
from configured import configured_protocol
from made_up import PAPER_SIZE, TINY_SIZE, CohortSize, made_up_cohort

from radsurv.validation.refitted_limits import of_resample

DEMO_SIZE = CohortSize(n_patients=50, n_factors=40, n_dense_factors=12)  # 1628 features
ASKED = 200


def seconds_each(size: CohortSize, refits: int) -> float:
    """Of processor time, on average; compiled before."""
    protocol, rng = configured_protocol(), np.random.default_rng(0)
    of_resample(made_up_cohort(TINY_SIZE), protocol, None)(np.ones(TINY_SIZE.n_patients, dtype=np.int64), 0)
    refit, n_patients = of_resample(made_up_cohort(size), protocol, None), size.n_patients
    start = time.process_time()
    for seed in range(refits):
        refit(np.bincount(rng.integers(n_patients, size=n_patients), minlength=n_patients), seed)
    return (time.process_time() - start) / refits


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--refits", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    for size in (TINY_SIZE,) if asked.tiny else (DEMO_SIZE, PAPER_SIZE):
        each = seconds_each(size, asked.refits)
        print(
            f"{size.n_patients} × {size.n_features:,}: {each:.2f} s a refit, mean of {asked.refits};"
            f" {ASKED} would take {ASKED * each / 60:.1f} min of processor time",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
