"""Nested search at full size: 50 trials in every outer training set of a leave-one-out.

    python bench/search.py [--folds N] [--tiny]

The table is that of `bench/survival.py` (128 patients × 8540 features); the search is that of `conf/search/optuna.yaml`.
A sample of the outer folds is searched on two cores, and their time extrapolated to all 128.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from configured import configured_protocol
from made_up import PAPER_SIZE, TINY_SIZE, made_up_cohort

from radsurv.validation.learned_model import TrainedSet
from radsurv.validation.splits import Splits
from radsurv.validation.training import Training

BOUND_S, CORES = 180.0, 2
# The threshold matters only where none is searched.
OVERRIDES = ("search=optuna", "reduction.cindex=0.66", "model.path=until_minimum")
N_FOLDS, TINY_FOLDS, TINY_TRIALS = 16, 2, 3


@dataclass(frozen=True)
class SearchedFolds:
    """What a search of some outer folds found, and its seconds."""

    trained: list[TrainedSet]
    wall: float
    processor: float

    @property
    def n_kept(self) -> list[int]:
        """Features that the chosen thresholds keep, of each fold."""
        return [len(one.reduction.kept) for one in self.trained]


def search_folds(training: Training, folds: Sequence[int]) -> SearchedFolds:
    """Search in some of the outer training sets."""
    every, chosen = training.splits(), np.asarray(folds)
    splits = Splits(*(part[chosen] for part in (every.weights, every.tested, every.repeat, every.fold)))
    start, processor = time.perf_counter(), time.process_time()
    trained = list(training.in_every(splits, CORES))
    return SearchedFolds(trained, time.perf_counter() - start, time.process_time() - processor)


def show(found: SearchedFolds) -> None:
    print(f"     {len(found.trained)} folds: {found.wall:.1f} s, {found.processor:.1f} s of processor time")
    print(f"     {min(found.n_kept)}-{max(found.n_kept)} features kept with the chosen values")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, help=f"that are searched (default: {N_FOLDS})")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    n_folds = asked.folds or (TINY_FOLDS if asked.tiny else N_FOLDS)
    tiny = (f"search.trials={TINY_TRIALS}",) if asked.tiny else ()
    protocol = configured_protocol(*OVERRIDES, *tiny)
    patients = made_up_cohort(TINY_SIZE if asked.tiny else PAPER_SIZE)
    start = time.perf_counter()
    _ = patients.ranked
    once = time.perf_counter() - start
    training = Training(patients, protocol)
    print(
        f"nested search, {protocol.search.trials} trials in each of {len(patients)} outer folds,"
        f" {len(patients.names)} features"
    )
    show(search_folds(training, [0]))  # for the compiler
    found = search_folds(training, np.linspace(1, len(patients) - 1, n_folds).astype(int).tolist())
    show(found)
    total = once + found.wall / n_folds * len(patients)
    print(f"     all folds on {CORES} cores: {total:.0f} s, extrapolated (bound {BOUND_S:.0f} s)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
