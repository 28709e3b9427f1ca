"""Which value of a trial finds the better hyper-parameters: deviance, C or integrated Brier score of the inner folds.

    python bench/search_objective.py [--cohorts N] [--jobs N] [--tiny]

SIMULATED cohorts of 60 or 120 patients and 300 features (30 blocks of ten that share a factor, loadings .5 to .97), of which two
factors drive the hazard strongly or ten weakly; 30 % censored. On each, the same 50 random ones of the combinations in
`conf/search/optuna.yaml` are judged by the same ten inner folds, in the three ways, at the λ with the smallest deviance; the best
of each way is fitted on all patients, as a run does, and judged on 1,000 new ones. The integrated Brier score of the inner folds,
which no option offers, has Breslow's baseline of the inner training set, and the horizons and weights of the reports.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from configured import configured_protocol
from inner_scores import InnerScores
from joblib import Parallel, delayed
from made_up import patients_with
from scipy import stats

from radsurv.survival.brier import brier_at_horizons, integrated_brier
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.horizons import choose_horizons
from radsurv.survival.kaplan_meier import survival_curve
from radsurv.survival.model import breslow_baseline
from radsurv.survival.outcome import check_outcome
from radsurv.validation.inner_search import InnerSearch
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.left_out_survival import survival_of
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol
from radsurv.validation.search_space import HyperParameters, searched

OVERRIDES = ("search=optuna", "model.path=until_minimum")
N_FACTORS, PER_FACTOR, CENSORED = 30, 10, 0.3
OBJECTIVES = ("deviance", "c", "ibs")
LEVEL = 0.95


@dataclass(frozen=True)
class Truth:
    """How many patients there are, how many factors drive the hazard, and the log hazard per standard deviation of each."""

    n_patients: int
    n_driving: int
    effect: float


TRUTHS = {
    "60 patients, two strong factors": Truth(60, 2, 0.7),
    "60 patients, ten weak factors": Truth(60, 10, 0.3),
    "120 patients, two strong factors": Truth(120, 2, 0.7),
    "120 patients, ten weak factors": Truth(120, 10, 0.3),
}


@dataclass(frozen=True)
class Size:
    """How many cohorts, trials of each, and new patients."""

    n_cohorts: int
    n_trials: int
    n_new: int


FULL, TINY = Size(100, 50, 1000), Size(2, 3, 100)


def drawn(truth: Truth, n_new: int, seed: int) -> tuple[Patients, Patients]:
    """A cohort and new patients of its kind, with follow-up in days."""
    generator = np.random.default_rng(seed)
    n_patients, n_features = truth.n_patients + n_new, N_FACTORS * PER_FACTOR
    factors = generator.normal(size=(n_patients, N_FACTORS))
    loading = generator.uniform(0.5, 0.97, n_features)
    noise = np.sqrt(1 - loading**2) * generator.normal(size=(n_patients, n_features))
    values = loading * factors.repeat(PER_FACTOR, axis=1) + noise
    survival = generator.exponential(450 * np.exp(-truth.effect * factors[:, : truth.n_driving].sum(axis=1)))
    censored = generator.random(n_patients) < CENSORED
    followed = np.where(censored, generator.random(n_patients) * survival, survival)
    days, rows = np.ceil(followed), np.arange(n_patients)
    whole = check_outcome(days, ~censored)
    cohort, new = rows[: truth.n_patients], rows[truth.n_patients :]
    return patients_with(values[cohort], whole.take(cohort)), patients_with(values[new], whole.take(new))


def combinations(protocol: Protocol, n_trials: int, seed: int) -> list[HyperParameters]:
    """Some of all combinations that the search knows."""
    space = searched(protocol.search, protocol.reduction, protocol.model)
    every = [dict(zip(space, values, strict=True)) for values in product(*space.values())]
    chosen = np.random.default_rng(seed).choice(len(every), n_trials, replace=False)
    return [every[place] for place in chosen]


def inner_values(inner: InnerScores, chosen: HyperParameters) -> tuple[float, float, float]:
    """Of hyper-parameters by each of `OBJECTIVES`, the smaller the better."""
    options, model = inner.configured(chosen)
    kept = inner.kept(options)
    path = inner.path(kept, model)
    place = path.chosen(model.lambda_rule)
    outcome, horizons = inner.outcome, choose_horizons(inner.outcome)[0]
    survival = np.empty((len(outcome), len(horizons)))
    for fold in range(1, inner.n_folds + 1):
        left_out = inner.left_out(fold)
        score = inner.scores(fold, kept[fold], model, path.lambdas[place : place + 1])[0]
        times, hazard = breslow_baseline(outcome.take(np.flatnonzero(~left_out)), score[~left_out])
        baseline = np.concatenate([[0.0], hazard])[np.searchsorted(times, horizons, side="right")]
        survival[left_out] = np.exp(-np.exp(score[left_out])[:, None] * baseline)
    brier = integrated_brier(brier_at_horizons(outcome, survival, horizons), horizons)
    return float(path.cv_deviance[place]), -float(path.concordance[place]), brier


class Judged(NamedTuple):
    """Of a model on new patients: Harrell's C, and by how much its integrated Brier score is below that of Kaplan-Meier."""

    c: float
    scaled_brier: float


def judged(learned: LearnedModel, new: Patients) -> Judged:
    """A model on patients whom it has not seen."""
    rows, outcome, horizons = np.arange(len(new)), new.outcome, choose_horizons(new.outcome)[0]

    def integrated(survival: np.ndarray) -> float:
        return integrated_brier(brier_at_horizons(outcome, survival, horizons), horizons)

    same = np.tile(survival_curve(outcome).at(horizons), (len(new), 1))
    brier = integrated(survival_of(learned, new.measured, rows, horizons))
    return Judged(harrell_c(outcome, learned.score(new.measured, rows)), 1 - brier / integrated(same))


def one_cohort(truth: Truth, size: Size, protocol: Protocol, seed: int) -> list[Judged]:
    """What the best hyper-parameters by each objective are worth."""
    patients, new = drawn(truth, size.n_new, seed)
    inner = InnerScores(patients, protocol, seed)
    tried = combinations(protocol, size.n_trials, seed)
    values = np.array([inner_values(inner, chosen) for chosen in tried])
    search = InnerSearch(inner.sets, patients.outcome, inner.folds, protocol.reduction, protocol.model, {}, seed)
    best = [tried[place] for place in np.nanargmin(values, axis=0)]
    return [judged(LearnedModel((), search.fit(chosen, nested=False)[1].model), new) for chosen in best]


def show(found: np.ndarray) -> None:
    """Means over cohorts, and paired differences from the first objective with their 95 % limits (t)."""
    for at, name in enumerate(Judged._fields):
        own = found[:, :, at]
        said = [f"{OBJECTIVES[0]} {own[:, 0].mean():.4f}"]
        for which, objective in enumerate(OBJECTIVES[1:], start=1):
            difference = own[:, which] - own[:, 0]
            half = stats.t.ppf((1 + LEVEL) / 2, len(difference) - 1) * stats.sem(difference)
            said.append(
                f"{objective} {difference.mean():+.4f} ({difference.mean() - half:+.4f} to {difference.mean() + half:+.4f})"
            )
        print(f"  {name:13} {'; '.join(said)}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, help=f"of each kind (default: {FULL.n_cohorts})")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    size = TINY if asked.tiny else FULL
    n_cohorts = size.n_cohorts if asked.cohorts is None else asked.cohorts
    protocol = configured_protocol(*OVERRIDES)
    for name, truth in [*TRUTHS.items()][: 1 if asked.tiny else None]:
        start = time.perf_counter()
        each = Parallel(n_jobs=asked.jobs)(
            delayed(one_cohort)(truth, size, protocol, seed) for seed in range(n_cohorts)
        )
        print(
            f"{name}: {n_cohorts} SIMULATED cohorts, {size.n_trials} trials each ({time.perf_counter() - start:.0f} s)"
        )
        show(np.array(each))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
