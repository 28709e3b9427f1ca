"""Nested search at full size: 50 trials in every outer training set of a leave-one-out.

    python bench/search.py [--folds N]

The table is that of `bench/survival.py` (128 patients × 8540 features); the search is that of `conf/search/optuna.yaml`.
A sample of the outer folds is searched on two cores, and their time extrapolated to all 128.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import yaml
from radsurv.validation.search import Task, fit_folds
from survival import CORES, N_PATIENTS, REDUCTION, made_up_cohort

from radsurv.config import ModelConfig, SearchConfig
from radsurv.survival.outcome import check_outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import training_sets
from radsurv.validation.inner_folds import draw_member_folds, fold_generator
from radsurv.validation.splits import Splits, leave_one_out

CONF = Path(__file__).parents[1] / "conf" / "search" / "optuna.yaml"
BOUND_S, INNER_SPLITS = 180.0, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folds", type=int, default=16)
    n_folds = parser.parse_args().folds
    table, days, event = made_up_cohort()
    outcome = check_outcome(days, event)
    search = SearchConfig.model_validate(yaml.safe_load(CONF.read_text("utf-8")))
    model = ModelConfig(name="coxnet", alpha=0.1, path="until_minimum")
    start = time.perf_counter()
    task = Task(rank_table(table), outcome, REDUCTION, model, search, strict=False, seed=0)
    once = time.perf_counter() - start

    def run(chosen: list[int]) -> float:
        weights = leave_one_out(N_PATIENTS)[chosen]
        splits = Splits(weights, weights == 0, np.zeros(len(chosen), dtype=np.int64), np.array(chosen))
        sets = training_sets(weights)
        folds = [
            draw_member_folds(outcome.event, sets.rows(which), INNER_SPLITS, 1, fold_generator(0, 0, fold))
            for which, fold in enumerate(chosen)
        ]
        start, start_processor = time.perf_counter(), time.process_time()
        found = list(fit_folds(task, splits, sets, folds, CORES))
        spent, processor = time.perf_counter() - start, time.process_time() - start_processor
        kept = [len(one.reduction.kept) for one in found]
        print(f"     {len(found)} folds: {spent:.1f} s, {processor:.1f} s of processor time")
        print(f"     {min(kept)}-{max(kept)} features kept with the chosen values")
        return spent

    print(f"nested search, {search.trials} trials in each of {N_PATIENTS} outer folds, {table.shape[1]} features")
    run([0])  # for the compiler
    sample = np.linspace(1, N_PATIENTS - 1, n_folds).astype(int).tolist()
    total = once + run(sample) / n_folds * N_PATIENTS
    print(f"     all folds on {CORES} cores: {total:.0f} s, extrapolated (bound {BOUND_S:.0f} s)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
