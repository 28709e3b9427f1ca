"""The survival engine against scikit-survival, side by side in one run.

    python bench/survival.py [--repeats N] [--sections i ii] [--tiny]

(i)  Harrell's C of every feature in every leave-one-out training set, 128 patients × 8540 features: all of it with
     RadSurv on one core, a sample of the calls with `concordance_index_censored`, extrapolated.
(ii) The paper's whole protocol on the same table and two cores, λ by 10-fold cross-validation in every training set,
     against pandas and scikit-survival as a typical user writes it after the user guide: a loop for the concordance,
     `DataFrame.corr` for the pruning, and a grid search over single alphas. One fold of that is run in part and
     extrapolated to 128 folds and to two perfectly used cores.

How (i) grows with the number of patients is measured by `bench/concordance_growth.py`.

The cohort is made up: sparse non-negative "deep" features in blocks of 32, most without any deviation, and 348 dense ones in
units from 1e-4 to 1e5. About as many features survive the reduction as in the paper (fewer than 100).
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from configured import configured_protocol
from made_up import PAPER_SIZE, TINY_SIZE, CohortSize, made_up_cohort
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sksurv.linear_model import CoxnetSurvivalAnalysis
from sksurv.metrics import concordance_index_censored
from sksurv.util import Surv
from timing import median_seconds, seconds

from radsurv.catalogue.tables import SELECTIONS
from radsurv.survival.concordance import concordance
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import training_sets
from radsurv.validation.cross_validate import CrossValidation, cross_validate
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Resources

CINDEX, PEARSON = 0.66, 0.85
CONCORDANCE_BOUND, PROTOCOL_BOUND_S = 2000, 6.0
CORES = 2
PATHS = ("complete", "until_minimum")
IGNORED_WARNINGS = "sk(learn|surv)"


@dataclass(frozen=True)
class Sizes:
    """How much is measured, in a cohort of which size.

    Attributes
    ----------
    cohort
    n_calls
        Calls of scikit-survival that are timed in (i).
    n_features
        Features that are timed in (ii) with pandas and scikit-survival.
    """

    cohort: CohortSize
    n_calls: int
    n_features: int


FULL, TINY = Sizes(PAPER_SIZE, 400, 200), Sizes(TINY_SIZE, 20, 20)


@dataclass(frozen=True)
class ConcordanceTimes:
    """Section (i): seconds by the clock and of the processor; those of the loop are extrapolated.

    Attributes
    ----------
    difference
        The largest between both, in the sample.
    """

    ours: float
    ours_processor: float
    loop: float
    loop_processor: float
    difference: float


def compare_concordance(patients: Patients, n_calls: int, repeats: int) -> ConcordanceTimes:
    """Section (i)."""
    values, outcome = patients.measured.values, patients.outcome
    n_patients, n_features = values.shape
    sets = training_sets(1 - np.eye(n_patients, dtype=np.int64))

    def our_strength() -> np.ndarray:
        return concordance(rank_table(values), outcome, sets).strength()

    generator = np.random.default_rng(1)
    folds, features = generator.integers(0, n_patients, n_calls), generator.integers(0, n_features, n_calls)

    def their_index() -> np.ndarray:
        found = []
        for fold, feature in zip(folds, features, strict=True):
            members = np.delete(np.arange(n_patients), fold)
            arguments = outcome.event[members], outcome.time[members], values[members, feature]
            found.append(concordance_index_censored(*arguments)[0])
        return np.array(found)

    theirs = their_index()
    difference = np.abs(our_strength()[folds, features] - np.maximum(theirs, 1 - theirs)).max()
    ours = median_seconds(our_strength, repeats)
    loop = (spent / n_calls * n_patients * n_features for spent in median_seconds(their_index, repeats))
    return ConcordanceTimes(*ours, *loop, float(difference))


def show_concordance(times: ConcordanceTimes, sizes: Sizes) -> None:
    cohort = sizes.cohort
    print(f"(i)  concordance, {cohort.n_patients} folds × {cohort.n_features} features, one core, sorting included")
    print(
        f"     RadSurv {times.ours:.3f} s; scikit-survival loop {times.loop:.0f} s (extrapolated from"
        f" {sizes.n_calls} calls, which differ by {times.difference:.1g} at most)"
    )
    print(f"     ratio {times.loop / times.ours:,.0f} (bound: at least {CONCORDANCE_BOUND:,})")
    print(
        f"     processor time {times.ours_processor:.3f} s and {times.loop_processor:.0f} s,"
        f" ratio {times.loop_processor / times.ours_processor:,.0f}"
    )


def our_protocol(patients: Patients, path: str) -> CrossValidation:
    protocol = configured_protocol(f"reduction.cindex={CINDEX}", f"reduction.pearson={PEARSON}", f"model.path={path}")
    return cross_validate(patients, protocol, Resources(n_jobs=CORES))


@dataclass(frozen=True)
class PlainFold:
    """One leave-one-out fold with pandas and scikit-survival: its seconds, and the features that it keeps, strongest first."""

    seconds: float
    kept: list[str]


def plain_fold(patients: Patients, n_features: int) -> PlainFold:
    """The fold without the first patient; loops are timed on a sample and extrapolated."""
    outcome = patients.outcome
    train = pd.DataFrame(patients.measured.values, columns=list(patients.names)).iloc[1:]
    y = Surv.from_arrays(outcome.event[1:], outcome.time[1:])
    start = time.perf_counter()
    mad = (train - train.median()).abs().median()
    varying = train.columns[mad > 0]
    spent = time.perf_counter() - start

    def strength(column: str) -> float:
        c_index = concordance_index_censored(y["event"], y["time"], train[column].to_numpy())[0]
        return round(max(c_index, 1 - c_index), 12)  # 1 − C can be off by one rounding, which would break ties

    sample = varying[:: max(1, len(varying) // n_features)]
    spent += seconds(lambda: [strength(column) for column in sample]) / len(sample) * len(varying)

    ranked = pd.Series({column: strength(column) for column in varying})  # not timed again
    start = time.perf_counter()
    ranked = ranked[ranked >= CINDEX].sort_values(ascending=False, kind="stable")
    correlation = train[ranked.index].corr().abs()
    kept: list[str] = []
    for column in ranked.index:
        if not kept or correlation.loc[column, kept].max() <= PEARSON:
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
    return PlainFold(spent + seconds(lambda: search.fit(x, y)) / len(every) * len(alphas), kept)


@dataclass(frozen=True)
class ProtocolTimes:
    """Section (ii).

    Attributes
    ----------
    ours
        Seconds by the clock and of the processor, by path.
    plain
        Seconds by the clock, extrapolated from one fold.
    n_kept
        Features kept in each fold.
    our_first, plain_first
        Features kept without the first patient, by both, strongest first.
    """

    ours: dict[str, tuple[float, float]]
    plain: float
    n_kept: list[int]
    our_first: list[str]
    plain_first: list[str]


def compare_protocol(patients: Patients, n_features: int, repeats: int) -> ProtocolTimes:
    """Section (ii)."""
    found = our_protocol(patients, "complete")
    selections = found.finding.tables[SELECTIONS]
    ours = {path: median_seconds(partial(our_protocol, patients, path), repeats) for path in PATHS}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=IGNORED_WARNINGS)
        plain = plain_fold(patients, n_features)
    return ProtocolTimes(
        ours,
        plain.seconds * len(patients) / CORES,
        selections.groupby("fold").size().reindex(range(len(patients)), fill_value=0).tolist(),
        selections.loc[selections["fold"] == 0, "feature"].tolist(),
        plain.kept,
    )


def show_protocol(times: ProtocolTimes, size: CohortSize) -> None:
    print(
        f"(ii) whole protocol, {size.n_patients} × {size.n_features}, {CORES} cores;"
        f" {min(times.n_kept)}-{max(times.n_kept)} features kept"
    )
    for path, (wall, processor) in times.ours.items():
        print(
            f"     RadSurv, path={path}: {wall:.2f} s (bound {PROTOCOL_BOUND_S:.0f} s), ratio {times.plain / wall:,.0f};"
            f" {processor:.2f} s of processor time"
        )
    same = "the same features kept" if times.our_first == times.plain_first else "OTHER FEATURES KEPT"
    print(f"     pandas and scikit-survival: {times.plain / 60:.0f} min (extrapolated from one fold; {same} there)")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sections", nargs="+", choices=["i", "ii"], default=["i", "ii"])
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    sizes, repeats = TINY if asked.tiny else FULL, asked.repeats
    patients = made_up_cohort(sizes.cohort)
    values = patients.measured.values
    varying = np.median(np.abs(values - np.median(values, axis=0)), axis=0) > 0
    print(
        f"made-up cohort: {patients.outcome.event.sum()} events, {varying.sum()} of {len(patients.names)} features vary"
    )
    if "i" in asked.sections:
        show_concordance(compare_concordance(patients, sizes.n_calls, repeats), sizes)
    if "ii" in asked.sections:
        show_protocol(compare_protocol(patients, sizes.n_features, repeats), sizes.cohort)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
