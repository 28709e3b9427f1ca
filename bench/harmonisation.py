"""Why sites are harmonised inside the fold, and without the outcome: cohorts in which there is nothing to be found.

    python bench/harmonisation.py [--cohorts N] [--permutations N] [--figure PATH] [--jobs N] [--tiny]

60 patients and 300 features: 30 blocks of ten that share a factor. Each site shifts each feature (by about one standard
deviation) and stretches it (by 0.6 to 1.6). Three sets of cohorts:

**outcome at random**, ten sites of 6, and again four sites of 20, 16, 14 and 10. The hazard is the same for everybody: the
outcome is independent of features *and* of sites. So every assignment of the outcomes to the patients was equally likely, and
a P from outcomes shuffled over all patients is uniform, provided that it repeats everything that has seen an outcome.

**hazard by site**, the same four sites. Sites differ in their hazards as well, and within a site features know nothing of the
outcome. "Features and outcome are independent" is false here, since both hang on the site: shuffles over all patients may
reject, and that is no error. The null hypothesis that holds is independence *within sites*, and shuffles within sites test it.

The outcome is followed until a fixed day that 60 % of an average site do not reach: so whether the event was seen tells early
from late. The model is the first step of a ridge-penalised Cox regression, the direction in which its coefficients leave zero
as the penalty falls from infinity: the sum of z-scores times martingale residuals. There is nothing to tune, all features are
in it, and many shuffles take seconds. Leave-one-out; groups by the median risk of the training set; P of the signed log-rank
statistic.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from matplotlib.figure import Figure
from null_calibration import LEVEL, share
from scipy import special
from scipy.stats import kstest

from radsurv.survival.measurements import Measurements
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.risk_groups import is_short
from radsurv.survival.separation import STATISTICS, separation
from radsurv.survival.transforms.combat import Combat
from radsurv.validation.permutation import Analysis, permutation_p

BLOCK = 10
SITE_SHIFT, SITE_SCALE = 1.0, (0.6, 1.6)
LOG_HAZARD = 0.9  # of the last site against an average one, where sites differ; the first has the negative
SCALE_DAYS, MONTH, FOLLOWED = 450, 30, 0.6

SHUFFLE = 7  # first number of the spawn keys, so that shuffles and cohorts draw other numbers
MIN_PATIENTS = 5
FIGURE = Path("docs/harmonisation.png")


class Size(NamedTuple):
    """Cohorts of each set, features of each cohort, shuffles of each analysis."""

    cohorts: int
    features: int
    permutations: int


FULL, TINY = Size(200, 300, 99), Size(1, 10, 3)

# From patients and the outcome as it was observed, the analysis that is repeated for shuffled outcomes.
Variant = Callable[[Measurements, Outcome], Analysis]


class Setting(NamedTuple):
    """A set of cohorts.

    `again`: also harmonise anew in every shuffle, which takes longer than all other variants together.
    """

    title: str
    sizes: tuple[int, ...]
    hazard_by_site: bool
    again: bool


SETTINGS = (
    Setting("outcome at random, ten sites", (6,) * 10, False, True),
    Setting("outcome at random, four sites", (20, 16, 14, 10), False, False),
    Setting("hazard by site, four sites", (20, 16, 14, 10), True, False),
)


def combat(*protect: str) -> Combat:
    return Combat(name="combat", batch="site", protect=list(protect), min_patients=MIN_PATIENTS, unseen="error")


def simulated(seed: int, n_features: int, setting: Setting) -> tuple[Measurements, Outcome]:
    """Features that know the site and nothing else; an outcome that knows the site or nothing."""
    generator = np.random.default_rng(seed)
    n_sites = len(setting.sizes)
    site = np.repeat(np.arange(n_sites), setting.sizes)
    factors = generator.normal(size=(len(site), -(-n_features // BLOCK))).repeat(BLOCK, axis=1)[:, :n_features]
    loading = generator.uniform(0.5, 0.97, n_features)
    values = loading * factors + np.sqrt(1 - loading**2) * generator.normal(size=factors.shape)
    effects = (n_sites, n_features)
    values = values * generator.uniform(*SITE_SCALE, effects)[site] + generator.normal(0, SITE_SHIFT, effects)[site]
    hazard = np.exp(np.linspace(-LOG_HAZARD, LOG_HAZARD, n_sites) * setting.hazard_by_site)[site]
    days = generator.exponential(SCALE_DAYS / hazard)
    end = -SCALE_DAYS * np.log(1 - FOLLOWED)
    outcome = check_outcome(np.ceil(np.minimum(days, end) / MONTH) * MONTH, days <= end)
    names = tuple(f"feature_{number}" for number in range(n_features))
    return Measurements(values, names, pd.DataFrame({"site": [f"site {one}" for one in site]})), outcome


def martingale_residuals(outcome: Outcome) -> np.ndarray:
    """(fold, patient): events minus those expected at equal hazards (Nelson and Aalen), without patient `fold`; 0 for that one."""
    n = len(outcome)
    members = 1.0 - np.eye(n)
    deaths = members @ (outcome.event[:, None] & (outcome.time[:, None] == outcome.time))
    at_risk = members @ (outcome.time[:, None] >= outcome.time)
    # One column per patient's time: a time that k patients of a training set share is met k times.
    shared = members @ (outcome.time[:, None] == outcome.time)
    steps = np.divide(deaths, at_risk, out=np.zeros((n, n)), where=at_risk > 0) * members
    steps = np.divide(steps, shared, out=np.zeros((n, n)), where=shared > 0)
    cumulative = steps @ (outcome.time[:, None] <= outcome.time)
    return (outcome.event - cumulative) * members


def leave_one_out(tables: np.ndarray) -> Analysis:
    """The statistics of leave-one-out predictions.

    Parameters
    ----------
    tables : (fold, patient, feature)
        What the model without patient `fold` sees of everybody; (1, patient, feature) if it is the same for all.
    """
    n = tables.shape[1]
    members = 1.0 - np.eye(n)
    mean = np.stack([members[f] @ tables[f % len(tables)] for f in range(n)]) / (n - 1)
    products = np.empty((n, n, n))
    for fold in range(n):
        centred = tables[fold % len(tables)] - mean[fold]
        z = centred / np.sqrt((members[fold] @ centred**2) / (n - 2))
        products[fold] = z @ z.T

    def analysis(outcome: Outcome, seed: int) -> np.ndarray:
        return judged(outcome, np.einsum("fpq,fq->fp", products, martingale_residuals(outcome)))

    return analysis


def leave_one_out_once(table: np.ndarray, outcome: Outcome) -> np.ndarray:
    """The same for one outcome and a table that is the same for all folds, without the products of all pairs."""
    n = len(table)
    members = 1.0 - np.eye(n)
    mean = members @ table / (n - 1)
    variance = (members @ table**2 - (n - 1) * mean**2) / (n - 2)
    # The residuals of a training set sum to zero, so means cancel.
    coefficients = martingale_residuals(outcome) @ table / variance
    return judged(outcome, coefficients @ table.T - np.sum(coefficients * mean, axis=1, keepdims=True))


def judged(outcome: Outcome, risk: np.ndarray) -> np.ndarray:
    """Statistics from (fold, patient) risks: the left-out patient is on the diagonal, the training set beside it."""
    n = len(risk)
    others = risk[~np.eye(n, dtype=bool)].reshape(n, n - 1)
    score = np.diag(risk)
    return separation(outcome, score, is_short(score, np.median(others, axis=1)))


def raw(patients: Measurements, observed: Outcome) -> Analysis:
    return leave_one_out(patients.values[None])


def in_fold(patients: Measurements, observed: Outcome) -> Analysis:
    """ComBat learned without the left-out patient; no outcome in the design, so nothing of it changes with a shuffle."""
    everybody = np.arange(len(patients))
    tables = [combat().fit(patients.take(np.delete(everybody, one))).apply(patients).values for one in everybody]
    return leave_one_out(np.stack(tables))


def whole_table(patients: Measurements, observed: Outcome) -> Analysis:
    """ComBat on everybody at once, without the outcome."""
    return leave_one_out(combat().fit(patients).apply(patients).values[None])


def event_kept(patients: Measurements, observed: Outcome) -> Analysis:
    """ComBat on everybody at once with the event protected, before anything else; shuffles begin afterwards."""
    return leave_one_out(_harmonised_with(patients, observed.event.astype(float))[None])


def time_kept(patients: Measurements, observed: Outcome) -> Analysis:
    """The same with the logarithm of the time protected."""
    return leave_one_out(_harmonised_with(patients, np.log(observed.time))[None])


def event_kept_again(patients: Measurements, observed: Outcome) -> Analysis:
    """The same with the event, but every shuffle harmonises anew with its own events."""

    def analysis(outcome: Outcome, seed: int) -> np.ndarray:
        return leave_one_out_once(_harmonised_with(patients, outcome.event.astype(float)), outcome)

    return analysis


def _harmonised_with(patients: Measurements, outcome: np.ndarray) -> np.ndarray:
    """What `Combat` refuses to do by name, and nobody can keep anyone from doing under another one."""
    disguised = Measurements(patients.values, patients.names, patients.cohort.assign(status=outcome))
    return combat("status").fit(disguised).apply(disguised).values


VARIANTS: Mapping[str, Variant] = {
    "not harmonised": raw,
    "in the fold": in_fold,
    "whole table": whole_table,
    "whole table, event kept": event_kept,
    "whole table, time kept": time_kept,
    "event kept, every shuffle": event_kept_again,
}


class Found(NamedTuple):
    """Of one cohort and variant: Harrell's C, log-rank P of the groups, permutation P by all and by shuffles within sites."""

    c: float
    naive: float
    overall: float
    within: float


def shuffled_p(analysis: Analysis, outcome: Outcome, strata: np.ndarray, permutations: int, seed: int) -> float:
    """P of the signed log-rank statistic from outcomes shuffled within strata, all `permutations` of them."""
    repetitions = []
    for number in range(permutations):
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(SHUFFLE, number)))
        order = np.empty(len(outcome), dtype=np.int64)
        for stratum in np.unique(strata):
            rows = np.flatnonzero(strata == stratum)
            order[rows] = generator.permutation(rows)
        repetitions.append(analysis(outcome.take(order), number)[0])
    return permutation_p(analysis(outcome, seed)[0], np.array(repetitions), permutations + 1).p


def judge(seed: int, n_features: int, setting: Setting, permutations: int) -> dict[str, Found]:
    """One cohort under every variant."""
    patients, outcome = simulated(seed, n_features, setting)
    site = patients.cohort["site"].to_numpy()
    found = {}
    for name, variant in VARIANTS.items():
        if variant is event_kept_again and not setting.again:
            continue
        analysis = variant(patients, outcome)
        observed = dict(zip(STATISTICS, analysis(outcome, seed), strict=True))
        naive = float(special.chdtrc(1, abs(observed["signed_log_rank"])))
        overall = shuffled_p(analysis, outcome, np.zeros(len(site)), permutations, seed)
        within = shuffled_p(analysis, outcome, site, permutations, seed) if setting.hazard_by_site else np.nan
        found[name] = Found(observed["harrell_c"], naive, overall, within)
    return found


def column(found: Sequence[dict[str, Found]], name: str, field: str) -> np.ndarray:
    return np.array([getattr(one[name], field) for one in found])


def summarise(setting: Setting, found: Sequence[dict[str, Found]]) -> None:
    """One line per variant."""
    fields = {"naive": "log-rank", "overall": "shuffled over all", "within": "shuffled within sites"}
    shown = [field for field in fields if setting.hazard_by_site or field != "within"]
    print(f"\n{setting.title}, {len(found)} cohorts")
    print(f"  {'':25s}{'mean C':>7s}" + "".join(f"{fields[field] + ' P ≤ .05':>42s}  KS P" for field in shown))
    for name in found[0]:
        line = f"  {name:25s}{column(found, name, 'c').mean():7.3f}"
        for field in shown:
            p = column(found, name, field)
            line += f"{share(p <= LEVEL):>42s}{kstest(p, 'uniform').pvalue:6.3f}"
        print(line, flush=True)


def draw(sets: Mapping[Setting, Sequence[dict[str, Found]]], path: Path) -> None:
    """Distributions of the permutation P whose null hypothesis holds, above those of C; one column per set."""
    colours = dict(zip(VARIANTS, ("#9aa5b1", "#0072b2", "#009e73", "#d55e00", "#e69f00", "#cc79a7"), strict=True))
    figure = Figure(figsize=(12, 7), layout="constrained")
    above, below = figure.subplots(2, len(sets), sharey="row", height_ratios=(1.3, 1), squeeze=False)
    for upper, lower, (setting, found) in zip(above, below, sets.items(), strict=True):
        upper.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=0.8)
        field, shuffled = ("within", "within sites") if setting.hazard_by_site else ("overall", "over all patients")
        for name in found[0]:
            upper.ecdf(column(found, name, field), color=colours[name], label=name, linewidth=1.6)
        upper.axvline(LEVEL, color="0.5", linewidth=0.8, linestyle=":")
        upper.set(xlabel=f"permutation P, shuffled {shuffled}", xlim=(0, 1), ylim=(0, 1))
        upper.set_title(f"{setting.title}\n(SIMULATED, {len(found)} cohorts)", fontsize=10)
        boxes = lower.boxplot([column(found, name, "c") for name in found[0]], patch_artist=True, widths=0.6)
        for box, middle, name in zip(boxes["boxes"], boxes["medians"], found[0], strict=True):
            box.set(facecolor=colours[name], alpha=0.7)
            middle.set_color("black")
        lower.axhline(0.5, color="0.5", linewidth=0.8, linestyle=":")
        lower.set(ylim=(0.1, 1), xticks=[])
    above[0].set_ylabel("share of cohorts with a P of at most this")
    below[0].set_ylabel("Harrell's C of left-out patients")
    above[0].legend(loc="lower right", frameon=False, fontsize=8)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, help=f"of each set (default: {FULL.cohorts})")
    parser.add_argument("--features", type=int, help=f"default: {FULL.features}")
    parser.add_argument("--permutations", type=int, help=f"default: {FULL.permutations}")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--figure", type=Path, help=f"default: {FIGURE}; with --tiny none")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    given = {name: getattr(asked, name) for name in Size._fields if getattr(asked, name) is not None}
    size = (TINY if asked.tiny else FULL)._replace(**given)
    start, sets = time.perf_counter(), {}
    for first, setting in enumerate(SETTINGS):
        sets[setting] = Parallel(n_jobs=asked.jobs)(
            delayed(judge)(1_000_000 * first + number, size.features, setting, size.permutations)
            for number in range(size.cohorts)
        )
        summarise(setting, sets[setting])
    figure = asked.figure or (None if asked.tiny else FIGURE)
    if figure is not None:
        draw(sets, figure)
        print(f"\nfigure: {figure} ({time.perf_counter() - start:.0f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
