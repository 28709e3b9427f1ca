"""How often each P value cries wolf: simulated cohorts whose features know nothing of survival.

    python bench/null_calibration.py [--cohorts N] [--effect-cohorts N] [--jobs N] [--figure PATH] [--tiny]

Cohorts of 50 patients and 1,000 features: 100 blocks of ten features that share a factor (correlations from 0.25 to
0.94 within a block), every second feature skewed; follow-up in months, so that times are tied; 10 % censored. Each goes
through the paper's protocol for its 50 patients: MAD > 0, C ≥ 0.685, |r| ≤ 0.85, α = 0.1, λ by 10-fold
cross-validation, leave-one-out, groups by the median risk of the training set. The naive P is the log-rank P of these groups, 1 where
there is only one group; the permutation P repeats all of that on shuffled outcomes, 99 times at most, with
an early stop at the third that does as well.

A second set of cohorts has a true effect (one factor with a hazard ratio of e per standard deviation): the power.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from configured import configured_protocol
from joblib import Parallel, delayed
from made_up import patients_with
from matplotlib.figure import Figure
from scipy import special
from scipy.stats import binomtest

from radsurv.survival.outcome import check_outcome
from radsurv.validation.patients import Patients
from radsurv.validation.permutation import permutation_test
from radsurv.validation.protocol import Protocol
from radsurv.validation.shuffled_outcomes import of_pipeline

CENSORED, MONTH, SCALE_DAYS, LOG_HAZARD_RATIO = 0.1, 30, 450, 1.0
# The same λ as on the complete path, sooner.
OVERRIDES = ("reduction.cindex=0.685", "model.path=until_minimum")
STOP_AFTER = 3
LEVEL = 0.05
FIGURE = Path("docs/null_calibration.png")


@dataclass(frozen=True)
class Size:
    """Of the cohorts, how many there are by default, and the most repetitions of each."""

    n_patients: int
    n_features: int
    n_blocks: int
    n_null: int
    n_effect: int
    permutations: int


FULL = Size(n_patients=50, n_features=1000, n_blocks=100, n_null=400, n_effect=100, permutations=99)
TINY = Size(n_patients=16, n_features=20, n_blocks=4, n_null=2, n_effect=1, permutations=5)


class PValues(NamedTuple):
    naive: float
    permutation: float
    compared: bool
    repetitions: int


def simulated(seed: int, log_hazard_ratio: float, size: Size) -> Patients:
    """One cohort, with follow-up in days."""
    n_patients, n_features = size.n_patients, size.n_features
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(n_patients, size.n_blocks))
    loading = generator.uniform(0.5, 0.97, n_features)
    noise = generator.normal(size=(n_patients, n_features))
    table = loading * factors.repeat(n_features // size.n_blocks, axis=1) + np.sqrt(1 - loading**2) * noise
    table[:, 1::2] = np.exp(table[:, 1::2])
    days = generator.exponential(SCALE_DAYS * np.exp(-log_hazard_ratio * factors[:, 0]))
    censored = generator.permutation(n_patients) < round(CENSORED * n_patients)
    days = np.where(censored, days * generator.random(n_patients), days)
    return patients_with(table, check_outcome(np.ceil(days / MONTH) * MONTH, ~censored))


def both_p_values(seed: int, log_hazard_ratio: float, size: Size, protocol: Protocol) -> PValues:
    """Of one simulated cohort."""
    patients = simulated(seed, log_hazard_ratio, size)
    analysis = of_pipeline(patients, protocol)
    test = permutation_test(
        lambda shuffled, drawing: analysis(shuffled, drawing)[:1],
        patients.outcome, analysis(patients.outcome, seed)[:1],
        permutations=size.permutations, stop_after=STOP_AFTER, seed=seed,
    )  # fmt: skip
    signed = test.observed[0]
    naive = float(special.chdtrc(1, abs(signed)))
    return PValues(naive, test.results[0].p, signed != 0, test.results[0].count)


def share(hits: np.ndarray) -> str:
    """A share with its Clopper-Pearson interval."""
    k, n = int(hits.sum()), len(hits)
    if n == 0:
        return "none"
    low, high = binomtest(k, n).proportion_ci(method="exact")
    return f"{k}/{n} = {k / n:.3f} (95 % CI {low:.3f} to {high:.3f})"


def run(
    name: str, n_cohorts: int, log_hazard_ratio: float, first_seed: int, *, size: Size, n_jobs: int
) -> list[PValues]:
    """All cohorts of a set, with what is known so far now and then."""
    start, found, protocol = time.perf_counter(), [], configured_protocol(*OVERRIDES)
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(both_p_values)(first_seed + number, log_hazard_ratio, size, protocol) for number in range(n_cohorts)
    )
    for values in results:
        found.append(values)
        if len(found) % 50 == 0 or len(found) == n_cohorts:
            print(f"{name}, {len(found)} of {n_cohorts} cohorts ({time.perf_counter() - start:.0f} s)")
            summarise(found, size.permutations)
    return found


def summarise(found: list[PValues], most_repetitions: int) -> None:
    """Shares of small P values so far."""
    naive, honest = np.array([v.naive for v in found]), np.array([v.permutation for v in found])
    compared = np.array([v.compared for v in found])
    print(f"  naive log-rank P < {LEVEL}:          {share(naive < LEVEL)}")
    print(f"  the same, if there are two groups: {share(naive[compared] < LEVEL)}")
    print(f"  permutation P < {LEVEL}:             {share(honest < LEVEL)}")
    print(f"  repetitions used: {np.mean([v.repetitions for v in found]):.0f} of {most_repetitions}", flush=True)


def draw(sets: dict[str, list[PValues]], path: Path) -> None:
    """Cumulative distributions of both P values, one panel per set."""
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    for axes, (title, found) in zip(
        figure.subplots(1, len(sets), sharey=True, squeeze=False)[0], sets.items(), strict=True
    ):
        axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="uniform: right if nothing is there")
        for name, colour in (("naive", "#b2432f"), ("permutation", "#22577a")):
            values = [getattr(value, name) for value in found]
            axes.ecdf(values, color=colour, label={"naive": "naive log-rank P"}.get(name, "permutation P"))
        axes.axvline(LEVEL, color="0.5", linewidth=0.8, linestyle=":")
        axes.set(title=f"{title} (SIMULATED, {len(found)} cohorts)", xlabel="P", xlim=(0, 1), ylim=(0, 1))
        axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False, fontsize=8)
    figure.axes[0].set_ylabel("share of cohorts with a P of at most this")
    figure.savefig(path, dpi=150)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, help=f"without an effect (default: {FULL.n_null})")
    parser.add_argument("--effect-cohorts", type=int, help=f"with one (default: {FULL.n_effect})")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--figure", type=Path, help="default: docs/null_calibration.png; with --tiny none")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    size = TINY if asked.tiny else FULL
    n_null = size.n_null if asked.cohorts is None else asked.cohorts
    n_effect = size.n_effect if asked.effect_cohorts is None else asked.effect_cohorts
    sets = {
        "no effect": run("no effect", n_null, 0.0, 0, size=size, n_jobs=asked.jobs),
        "true effect": run("true effect", n_effect, LOG_HAZARD_RATIO, 1_000_000, size=size, n_jobs=asked.jobs),
    }
    figure = asked.figure or (None if asked.tiny else FIGURE)
    if figure is not None:
        draw(sets, figure)
        print(f"figure: {figure}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
