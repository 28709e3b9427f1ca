"""The survival engine against scikit-survival, side by side in one run.

    python bench/survival.py [--repeats N] [--sections i ii v]

(i)  Harrell's C of every feature in every leave-one-out training set, 128 patients × 8540 features: all of it with
     RadSurv on one core, a sample of the calls with `concordance_index_censored`, extrapolated.
(ii) The paper's whole protocol on the same table and two cores, λ by 10-fold cross-validation in every training set,
     against pandas and scikit-survival as a typical user writes it after the user guide: a loop for the concordance,
     `DataFrame.corr` for the pruning, and a grid search over single alphas. One fold of that is run in part and
     extrapolated to 128 folds and to two perfectly used cores.
(v)  How (i) grows from 100 to 20,000 patients, on few features: processor time per feature of both kernels, and the
     peak memory of a fresh process.

The cohort of (i) and (ii) is made up: sparse non-negative "deep" features in blocks of 32, most without any deviation, and 348 dense
ones in units from 1e-4 to 1e5. About as many features survive the reduction as in the paper (fewer than 100).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sksurv.linear_model import CoxnetSurvivalAnalysis
from sksurv.metrics import concordance_index_censored
from sksurv.util import Surv

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig
from radsurv.survival.concordance import TREE_FROM_PATIENTS, concordance
from radsurv.survival.outcome import check_outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import TrainingSets, training_sets
from radsurv.validation.cross_validate import CrossValidation, cross_validate
from radsurv.validation.splits import leave_one_out

N_PATIENTS, N_FEATURES = 128, 8540
REDUCTION = ReductionConfig(cindex=0.66, pearson=0.85)
CONCORDANCE_BOUND, PROTOCOL_BOUND_S = 2000, 6.0
CORES = 2
FEATURES_BY_PATIENTS = {100: 4000, 300: 2000, 1000: 400, 3000: 100, 10_000: 20, 20_000: 10}
MOST_PATIENTS_FOR_MASKS = 3000


def made_up_cohort(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A table, times in days and events; two of 256 hidden factors drive the hazard."""
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(N_PATIENTS, 256))
    noise = generator.uniform(0.2, 0.9, 256 * 32) * generator.normal(size=(N_PATIENTS, 256 * 32))
    deep = np.maximum(0.0, factors.repeat(32, axis=1) + noise - generator.normal(0.2, 0.6, 256 * 32))
    dense = factors[:, :12].repeat(29, axis=1) + 0.7 * generator.normal(size=(N_PATIENTS, 348))
    table = np.hstack([deep, dense * 10.0 ** generator.uniform(-4, 5, 348)])
    survival = generator.exponential(400 * np.exp(-1.6 * factors[:, 0] - 1.2 * factors[:, 1]))
    follow_up = generator.exponential(2500, N_PATIENTS)
    return table, np.ceil(np.minimum(survival, follow_up) + 1), survival <= follow_up


def median_seconds(work: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Median wall time and median processor time, after one run for the compiler."""
    work()
    wall, processor = [], []
    for _ in range(repeats):
        start, start_processor = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
    return statistics.median(wall), statistics.median(processor)


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare_concordance(table: np.ndarray, days: np.ndarray, event: np.ndarray, repeats: int) -> None:
    """Section (i)."""
    outcome, sets = check_outcome(days, event), training_sets(leave_one_out(N_PATIENTS))
    ours, processor = median_seconds(lambda: concordance(rank_table(table), outcome, sets).strength(), repeats)
    generator, n_sample = np.random.default_rng(1), 400
    folds, features = generator.integers(0, N_PATIENTS, n_sample), generator.integers(0, N_FEATURES, n_sample)

    def theirs() -> None:
        for fold, feature in zip(folds, features, strict=True):
            members = np.delete(np.arange(N_PATIENTS), fold)
            concordance_index_censored(event[members], days[members], table[members, feature])

    loop, loop_processor = (spent / n_sample * N_PATIENTS * N_FEATURES for spent in median_seconds(theirs, repeats))
    print(f"(i)  concordance, {N_PATIENTS} folds × {N_FEATURES} features, one core, sorting included")
    print(f"     RadSurv {ours:.3f} s; scikit-survival loop {loop:.0f} s (extrapolated from {n_sample} calls)")
    print(f"     ratio {loop / ours:,.0f} (bound: at least {CONCORDANCE_BOUND:,})")
    print(f"     processor time {processor:.3f} s and {loop_processor:.0f} s, ratio {loop_processor / processor:,.0f}")


def our_protocol(table: np.ndarray, days: np.ndarray, event: np.ndarray, path: str) -> CrossValidation:
    model = ModelConfig.model_validate({"name": "coxnet", "alpha": 0.1, "path": path})
    return cross_validate(
        table,
        [f"feature {column}" for column in range(N_FEATURES)],
        [f"patient {row}" for row in range(N_PATIENTS)],
        days,
        event,
        reduction=REDUCTION,
        model=model,
        validation=ValidationConfig(scheme="loocv"),
        seed=0,
        n_jobs=CORES,
    )


def plain_fold_seconds(table: np.ndarray, days: np.ndarray, event: np.ndarray) -> float:
    """One leave-one-out fold with pandas and scikit-survival; loops are timed on a sample and extrapolated."""
    train = pd.DataFrame(table).iloc[1:]
    y = Surv.from_arrays(event[1:], days[1:])
    start = time.perf_counter()
    mad = (train - train.median()).abs().median()
    varying = train.columns[mad > 0]
    spent = time.perf_counter() - start

    def strength(column: int) -> float:
        c_index = concordance_index_censored(y["event"], y["time"], train[column].to_numpy())[0]
        return max(c_index, 1 - c_index)

    sample = varying[:: max(1, len(varying) // 200)]
    spent += seconds(lambda: [strength(column) for column in sample]) / len(sample) * len(varying)

    ranked = pd.Series({column: strength(column) for column in varying})  # not timed again
    start = time.perf_counter()
    ranked = ranked[ranked >= REDUCTION.cindex].sort_values(ascending=False)
    correlation = train[ranked.index].corr().abs()
    kept: list[int] = []
    for column in ranked.index:
        if not kept or correlation.loc[column, kept].max() <= REDUCTION.pearson:
            kept.append(column)
    x = train[kept]
    pipeline = make_pipeline(StandardScaler(), CoxnetSurvivalAnalysis(l1_ratio=0.1, alpha_min_ratio=1e-4))
    alphas = pipeline.fit(x, y)[-1].alphas_
    spent += time.perf_counter() - start

    every = alphas[:: max(1, len(alphas) // 6)]
    pipeline = make_pipeline(StandardScaler(), CoxnetSurvivalAnalysis(l1_ratio=0.1))
    search = GridSearchCV(
        pipeline,
        {"coxnetsurvivalanalysis__alphas": [[alpha] for alpha in every]},
        cv=KFold(10, shuffle=True, random_state=0),
        error_score=0.5,
    )
    return spent + seconds(lambda: search.fit(x, y)) / len(every) * len(alphas)


def compare_protocol(table: np.ndarray, days: np.ndarray, event: np.ndarray, repeats: int) -> None:
    """Section (ii)."""
    found = our_protocol(table, days, event, "complete")
    kept = found.folds["n_kept"]
    ours = {
        path: median_seconds(lambda path=path: our_protocol(table, days, event, path), repeats)  # type: ignore[misc]
        for path in ("complete", "until_minimum")
    }
    plain = plain_fold_seconds(table, days, event) * N_PATIENTS / CORES
    print(f"(ii) whole protocol, {N_PATIENTS} × {N_FEATURES}, {CORES} cores; {kept.min()}-{kept.max()} features kept")
    for path, (wall, processor) in ours.items():
        print(
            f"     RadSurv, path={path}: {wall:.2f} s (bound {PROTOCOL_BOUND_S:.0f} s), ratio {plain / wall:,.0f};"
            f" {processor:.2f} s of processor time"
        )
    print(f"     pandas and scikit-survival: {plain / 60:.0f} min (extrapolated from one fold)")


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
    )


def measure_growth(repeats: int) -> list[str]:
    """Lines of section (v), from the smallest cohort to the largest."""
    generator = np.random.default_rng(2)
    lines = []
    for n_patients, n_features in FEATURES_BY_PATIENTS.items():
        sets = all_leave_one_out_sets(n_patients)
        table = generator.normal(size=(n_patients, n_features))
        survival = generator.exponential(1000 * np.exp(-table[:, 0]))
        follow_up = generator.exponential(2000, n_patients)
        outcome = check_outcome(np.ceil(np.minimum(survival, follow_up) + 1), survival <= follow_up)
        taken = "tree" if n_patients >= TREE_FROM_PATIENTS else "bits"
        ranking = median_seconds(lambda: rank_table(table), repeats)[1]  # noqa: B023
        ranked = rank_table(table)
        columns = [f"{n_patients:9,} {n_features:8,}", f"{1e6 * ranking / n_features:9.0f}"]
        for kernel in ("bits", "tree"):
            if kernel == "bits" and n_patients > MOST_PATIENTS_FOR_MASKS:
                columns.append(f"{'-':>9}{'-':>9} ")
                continue
            wall, processor = median_seconds(
                lambda: concordance(ranked, outcome, sets, kernel=kernel),  # type: ignore[arg-type] # noqa: B023
                repeats,
            )
            chosen = "*" if kernel == taken else " "
            columns.append(f"{1e6 * processor / n_features:9.0f}{1e6 * wall / n_features:9.0f}{chosen}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        lines.append("     " + " ".join([*columns, f"{peak:8.2f}"]))
    return lines


def show_growth(repeats: int) -> None:
    """Section (v), in a process of its own, since peak memory never falls."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        lines = process.submit(measure_growth, repeats).result()
    print("(v)  concordance in all leave-one-out sets, one core, µs per feature; * is the kernel taken by default")
    print("      patients features   sorting  bits CPU    wall   tree CPU    wall   peak GiB so far")
    print("\n".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sections", nargs="+", choices=["i", "ii", "v"], default=["i", "ii", "v"])
    arguments = parser.parse_args()
    repeats = arguments.repeats
    warnings.filterwarnings("ignore", module="sk(survival|learn|surv)")
    table, days, event = made_up_cohort()
    varying = np.median(np.abs(table - np.median(table, axis=0)), axis=0) > 0
    print(f"made-up cohort: {event.sum()} events, {varying.sum()} of {N_FEATURES} features vary")
    if "i" in arguments.sections:
        compare_concordance(table, days, event, repeats)
    if "ii" in arguments.sections:
        compare_protocol(table, days, event, repeats)
    if "v" in arguments.sections:
        show_growth(repeats)
    print(f"peak memory without (v) {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
