"""How Harrell's C in all leave-one-out sets grows with the cohort, from 100 to 20,000 patients, on few features.

    python bench/concordance_growth.py [--repeats N] [--tiny]

Processor time per feature of both kernels, which have to count the same pairs, and the peak memory of the process.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from timing import median_seconds

from radsurv.survival.concordance import TREE_FROM_PATIENTS, concordance
from radsurv.survival.outcome import check_outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import TrainingSets

KERNELS, MOST_PATIENTS_FOR_MASKS = ("bits", "tree"), 3000
# Features by patients.
FULL = {100: 4000, 300: 2000, 1000: 400, 3000: 100, 10_000: 20, 20_000: 10}
TINY = {12: 4, 40: 2}


def all_leave_one_out_sets(n_patients: int) -> TrainingSets:
    """Every set as a window of one row of ones around a zero: as a matrix, 20,000 × 20,000 weights take 3 GB."""
    row = np.ones(2 * n_patients - 1, dtype=np.int64)
    row[n_patients - 1] = 0
    patients = np.arange(n_patients)
    return TrainingSets(
        weights=np.lib.stride_tricks.sliding_window_view(row, n_patients)[::-1],
        from_everybody=np.ones(n_patients, dtype=np.int64),
        starts=np.arange(n_patients + 1),
        entries=patients,
        amounts=np.ones(n_patients, dtype=np.int64),
        planes=np.zeros((n_patients, 1, 1), dtype=np.uint64),  # not looked at where sets have one entry
        counter=np.dtype(np.int32),  # as for fewer than 65,536 patients
    )


@dataclass(frozen=True)
class Growth:
    """What one size of the cohort takes.

    Attributes
    ----------
    sorting
        Microseconds of processor time per feature.
    kernels
        Microseconds per feature of each kernel that was run, of the processor and by the clock.
    same
        Whether these count the same pairs.
    peak_gib
        Of memory, so far.
    """

    n_patients: int
    n_features: int
    sorting: float
    kernels: dict[str, tuple[float, float]]
    same: bool
    peak_gib: float


def measure_growth(growth: Mapping[int, int], repeats: int) -> list[Growth]:
    """From the smallest cohort to the largest, since peak memory never falls."""
    generator = np.random.default_rng(2)
    return [_one_size(n_patients, n_features, repeats, generator) for n_patients, n_features in growth.items()]


def _one_size(n_patients: int, n_features: int, repeats: int, generator: np.random.Generator) -> Growth:
    sets = all_leave_one_out_sets(n_patients)
    table = generator.normal(size=(n_patients, n_features))
    survival = generator.exponential(1000 * np.exp(-table[:, 0]))
    follow_up = generator.exponential(2000, n_patients)
    outcome = check_outcome(np.ceil(np.minimum(survival, follow_up) + 1), survival <= follow_up)
    _, sorting = median_seconds(lambda: rank_table(table), repeats)
    ranked = rank_table(table)
    kernels: dict[str, tuple[float, float]] = {}
    strengths: list[np.ndarray] = []
    for kernel in KERNELS if n_patients <= MOST_PATIENTS_FOR_MASKS else KERNELS[1:]:
        count = partial(concordance, ranked, outcome, sets, kernel=kernel)
        wall, processor = median_seconds(count, repeats)
        kernels[kernel] = 1e6 * processor / n_features, 1e6 * wall / n_features
        strengths.append(count().strength())
    same = all(np.array_equal(strengths[0], other, equal_nan=True) for other in strengths)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Growth(n_patients, n_features, 1e6 * sorting / n_features, kernels, same, peak)


def show(rows: Sequence[Growth]) -> None:
    print("concordance in all leave-one-out sets, one core, µs per feature; * is the kernel taken by default")
    print(" patients features   sorting  bits CPU    wall   tree CPU    wall   peak GiB so far")
    for row in rows:
        default = "tree" if row.n_patients >= TREE_FROM_PATIENTS else "bits"
        columns = [f"{row.n_patients:9,} {row.n_features:8,}", f"{row.sorting:9.0f}"]
        for kernel in KERNELS:
            times = row.kernels.get(kernel)
            shown = f"{'-':>9}{'-':>9}" if times is None else f"{times[0]:9.0f}{times[1]:9.0f}"
            columns.append(shown + ("*" if kernel == default else " "))
        print(" ".join([*columns, f"{row.peak_gib:8.2f}"]) + ("" if row.same else "  THE KERNELS DIFFER"))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    show(measure_growth(TINY if asked.tiny else FULL, asked.repeats))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
