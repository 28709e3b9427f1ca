"""How often 95 % limits hold what they are limits of, by several ways to make them.

    python bench/interval_coverage.py [--method fixed|refits|halves|within] [--scheme loocv|kfold] [--patients 50]
        [--features 200] [--inner-splits 10] [--cindex 0.6] [--refits 25] [--cohorts 120] [--jobs 1] [--added] [--tiny]

Simulated cohorts, about a tenth censored, without and with a true effect of two features; C ≥ 0.6, |r| ≤ 0.85, elastic net. What
is to be held is what the procedure reaches: the mean, over cohorts, of C and log hazard ratio of the model of a whole cohort in 2,000
new patients. With --added an age predicts as well, the features are what is added to it, and the difference of C is to be held.

    fixed    patients resampled with their predictions, 1,000 times (harrell_c_low, …; hazard_ratio_bootstrap_low, …)
    refits   the whole procedure on patients drawn with replacement, its spread about what was found (harrell_c_refit_low, …)
    halves   the same on halves of the patients, drawn without replacement, by which the variance is that of a whole cohort
    within   C within the judged fifths of as many random splits, with the variance of Nadeau and Bengio (2003); about their mean

The method `fixed` also prints widths, Brier scores and calibration, as quoted in docs/statistics.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from configured import FIVE_FOLDS, configured_protocol
from joblib import Parallel, delayed
from made_up import patients_with
from null_calibration import share
from scipy.stats import t

from radsurv.survival.group_comparison import hazard_ratio
from radsurv.survival.group_metrics import harrell_c
from radsurv.survival.outcome import check_outcome
from radsurv.survival.risk_groups import is_short
from radsurv.validation.added_value import without_images
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.paired_models import limited, paired_concordance
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.refitted_limits import SCALES, limits, of_resample, refitted_limits
from radsurv.validation.splits import Splits
from radsurv.validation.training import Training

NORMAL_95 = 2 * 1.96
EFFECTS = {"no signal": 0.0, "true effect": 1.0}
AGE, N_NEW, JUDGED = "clinical_age", 2_000, 5
SCHEMES = {"loocv": ("validation=loocv",), "kfold": FIVE_FOLDS}
Limits = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Size:
    """Of the cohorts, how many of each kind, and how often a method refits."""

    n_patients: int
    n_features: int
    n_cohorts: int
    refits: int


FULL = Size(n_patients=50, n_features=200, n_cohorts=120, refits=25)
TINY = Size(n_patients=20, n_features=10, n_cohorts=2, refits=20)


def simulated(seed: int, effect: float, n_patients: int, n_features: int, added: bool = False) -> Patients:
    """One cohort; two features drive the hazard, with `added` an age as well, which comes first."""
    rng = np.random.default_rng(1000 + seed)
    values = rng.normal(size=(n_patients, n_features))
    age = rng.normal(size=n_patients) if added else np.zeros(n_patients)
    death = rng.exponential(np.exp(-0.7 * (effect * (values[:, 0] + values[:, 1]) + age)))
    censored = rng.uniform(0.5, 6, n_patients)
    outcome = check_outcome(np.minimum(death, censored) + 1e-3, death <= censored)
    if not added:
        return patients_with(values, outcome)
    patients = patients_with(np.column_stack([age, values]), outcome)
    names = (AGE, *patients.names[:-1])
    return replace(patients, measured=patients.measured.with_values(patients.measured.values, names))


def fixed(patients: Patients, protocol: Protocol, beside: Beside, refits: int) -> tuple[dict[str, float], Limits]:
    """Limits of these patients and these models."""
    metrics, predictions = left_out_metrics(patients, protocol)
    found = {
        "harrell_c": (metrics["harrell_c_low"], metrics["harrell_c_high"]),
        "hazard_ratio": (metrics["hazard_ratio_bootstrap_low"], metrics["hazard_ratio_bootstrap_high"]),
    }
    if beside is not None:
        alone = cross_validate(*beside, Resources()).predictions
        c_index, drawn = paired_concordance([predictions, alone], protocol.seed)
        added = limited("added_value_delta_c", c_index, drawn, 0, 1)
        metrics["added_value_delta_c"] = added["added_value_delta_c"]
        found["added_value_delta_c"] = (added["added_value_delta_c_low"], added["added_value_delta_c_high"])
    return metrics, found


def refitted(patients: Patients, protocol: Protocol, beside: Beside, refits: int) -> tuple[dict[str, float], Limits]:
    """As shipped."""
    observed = found_by(patients, protocol, beside)
    metrics = refitted_limits(patients, protocol, observed, refits, Resources(), beside).metrics
    return observed, {name: (metrics[f"{name}_refit_low"], metrics[f"{name}_refit_high"]) for name in observed}


def halved(patients: Patients, protocol: Protocol, beside: Beside, refits: int) -> tuple[dict[str, float], Limits]:
    """Delete-half jackknife: the variance over halves is that of a statistic of all, if it falls with the number of patients."""
    observed, refit = found_by(patients, protocol, beside), of_resample(patients, protocol, beside)
    rng, in_half = np.random.default_rng(protocol.seed), np.arange(len(patients)) < len(patients) // 2
    drawn = np.array([refit(rng.permutation(in_half).astype(np.int64), seed) for seed in range(refits)])
    return observed, {
        name: limits(observed[name], values, SCALES[name]) for name, values in zip(observed, drawn.T, strict=True)
    }


def within(patients: Patients, protocol: Protocol, beside: Beside, refits: int) -> tuple[dict[str, float], Limits]:
    """Corrected resampled t of C in the judged part of random splits; a hazard ratio of so few patients says nothing."""
    rng, n_patients = np.random.default_rng(protocol.seed), len(patients)
    tested = np.array([rng.permutation(n_patients) < n_patients // JUDGED for _ in range(refits)])
    splits = Splits((~tested).astype(np.int64), tested, np.arange(refits), np.zeros(refits, dtype=np.int64))
    models = [(patients, protocol)] if beside is None else [(patients, protocol), beside]
    c = np.array([_judged_c(*one, splits) for one in models])
    found = {"harrell_c": c[0]} if beside is None else {"harrell_c": c[0], "added_value_delta_c": c[0] - c[1]}
    reach = t.ppf(0.975, refits - 1) * np.sqrt(1 / refits + 1 / (JUDGED - 1))
    ends = {name: (float(x.mean()), reach * np.std(x, ddof=1)) for name, x in found.items()}
    return {name: mean for name, (mean, _) in ends.items()}, {
        name: (mean - end, mean + end) for name, (mean, end) in ends.items()
    }


Beside = tuple[Patients, Protocol] | None
Method = Callable[[Patients, Protocol, Beside, int], tuple[dict[str, float], Limits]]
METHODS: Mapping[str, Method] = {"fixed": fixed, "refits": refitted, "halves": halved, "within": within}


def left_out_metrics(patients: Patients, protocol: Protocol) -> tuple[dict[str, float], pd.DataFrame]:
    """All metrics of the left-out predictions of one cohort, and the predictions."""
    found = cross_validate(patients, protocol, Resources())
    judged = assess(patients.measured, found.predictions, found.judges, horizons=None, seed=protocol.seed)
    return found.metrics | judged.metrics, found.predictions


def found_by(patients: Patients, protocol: Protocol, beside: Beside) -> dict[str, float]:
    """What the procedure finds in the patients as they are."""
    values = of_resample(patients, protocol, beside)(np.ones(len(patients), dtype=np.int64), protocol.seed)
    names = list(SCALES)[: len(values)]
    return {name: SCALES[name].back(value) for name, value in zip(names, values.tolist(), strict=True)}


def reached(patients: Patients, protocol: Protocol, beside: Beside, new: Patients) -> dict[str, float]:
    """What the model of all patients reaches in new ones, on the scale of the limits."""
    models = [(patients, protocol)] if beside is None else [(patients, protocol), beside]
    risks = []
    for known, how in models:
        learned = Training(known, how).on_everybody().learned
        others = new.among(list(known.names)).measured
        risks.append((learned.score(others, np.arange(len(new))), learned.model.threshold))
    c = [harrell_c(new.outcome, risk) for risk, _ in risks]
    ratio = np.log(hazard_ratio(new.outcome, is_short(*risks[0])).ratio)
    return {"harrell_c": c[0], "hazard_ratio": float(ratio)} | (
        {} if beside is None else {"added_value_delta_c": c[0] - c[1]}
    )


def one_cohort(
    seed: int, effect: float, size: Size, method: Method, protocol: Protocol, added: bool
) -> tuple[dict[str, float], Limits, dict[str, float], float]:
    """What was found, its limits, what the model reaches, and seconds of processor time for the first two."""
    patients = simulated(seed, effect, size.n_patients, size.n_features, added)
    new = simulated(seed + 1_000_000, effect, N_NEW, size.n_features, added)
    own = replace(protocol, seed=seed)
    beside = without_images(patients, own) if added else None
    start = time.process_time()
    found, ends = method(patients, own, beside, size.refits)
    seconds = time.process_time() - start
    return found, ends, reached(patients, own, beside, new), seconds


def coverage(cohorts: Sequence[tuple[dict[str, float], Limits, dict[str, float], float]]) -> str:
    """Of each statistic, on the scale of its limits; cohorts without limits are counted apart."""
    lines = []
    for name in cohorts[0][1]:
        scale = SCALES[name].to
        found = np.array([scale(one[name]) for one, _, _, _ in cohorts])
        ends = np.array([[scale(end) for end in one[name]] for _, one, _, _ in cohorts])
        reaches = np.array([one[name] for _, _, one, _ in cohorts])
        aim = reaches[np.isfinite(reaches)].mean() if np.isfinite(reaches).any() else np.nan
        there = np.isfinite(ends).all(axis=1)
        if not np.isfinite(found).any():
            lines.append(f"  {name:20} found nowhere")
            continue
        said = f"  {name:20} aim {aim:+.3f}, found {np.nanmean(found):+.3f}, SD {np.nanstd(found):.3f}; "
        if there.any():
            held = (ends[there, 0] <= aim) & (aim <= ends[there, 1])
            said += f"interval {np.mean(ends[there, 1] - ends[there, 0]):.2f} wide, held by {share(held)}; "
        lines.append(f"{said}{np.count_nonzero(~there)} without limits")
    return "\n".join(lines)


def summary(label: str, found: pd.DataFrame) -> str:
    """Of the metrics of some cohorts, one per row."""
    c, low, high = found["harrell_c"], found["harrell_c_low"], found["harrell_c_high"]
    brier, reference = found["integrated_brier"], found["integrated_brier_km"]
    return (
        f"{label}, {len(found)} cohorts: C {c.mean():.3f}, SD {c.std(ddof=0):.3f}\n"
        f"  interval {(high - low).mean():.2f} wide, should be {NORMAL_95 * c.std(ddof=0):.2f};"
        f" {((low <= 0.5) & (high >= 0.5)).mean():.0%} hold 0.5\n"
        f"  integrated Brier {brier.mean():.3f}, Kaplan-Meier {reference.mean():.3f},"
        f" worse in {(brier > reference).mean():.0%}\n"
        f"  median calibration slope {found['calibration_slope'].median():.2f};"
        f" D-calibration P < .05 in {(found['d_calibration_p'] < 0.05).mean():.0%}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", choices=METHODS, default="fixed")
    parser.add_argument("--scheme", choices=SCHEMES, default="loocv")
    parser.add_argument("--patients", type=int)
    parser.add_argument("--features", type=int)
    parser.add_argument("--inner-splits", type=int, default=10)
    parser.add_argument(
        "--cindex", type=float, default=0.6, help="reduction.cindex: with many patients, chance reaches less"
    )
    parser.add_argument("--refits", type=int)
    parser.add_argument("--cohorts", type=int, help=f"of each kind (default: {FULL.n_cohorts})")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--added", action="store_true", help="an age beside the features, and the difference of C")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    given = {
        "n_patients": asked.patients, "n_features": asked.features, "n_cohorts": asked.cohorts, "refits": asked.refits,
    }  # fmt: skip
    whole = TINY if asked.tiny else FULL
    size = replace(whole, **{name: value for name, value in given.items() if value is not None})
    # A threshold that leaves something where nothing is; the path that ends early chooses the same λ.
    protocol = configured_protocol(
        *(
            f"reduction.cindex={asked.cindex}",
            "model.path=until_minimum",
            f"validation.inner_splits={asked.inner_splits}",
        ),
        *SCHEMES[asked.scheme],
        *(["cohort.covariates=[age]"] if asked.added else []),
    )
    for label, effect in EFFECTS.items():
        found = Parallel(n_jobs=asked.jobs)(
            delayed(one_cohort)(seed, effect, size, METHODS[asked.method], protocol, asked.added)
            for seed in range(size.n_cohorts)
        )
        if asked.method == "fixed":
            print(summary(label, pd.DataFrame([metrics for metrics, _, _, _ in found])))
        seconds = np.mean([one[-1] for one in found])
        print(f"{label}, {len(found)} cohorts, {asked.scheme}, {size}, {asked.method} ({seconds:.1f} s each)")
        print(coverage(found), flush=True)
    return 0


def _judged_c(patients: Patients, protocol: Protocol, splits: Splits) -> np.ndarray:
    """C of each model among the patients whom it judges; 0.5 where no two are comparable."""
    found = []
    for tested, one in zip(splits.tested, Training(patients, protocol).in_every(splits), strict=True):
        rows = np.flatnonzero(tested)
        c = harrell_c(patients.outcome.take(rows), one.learned.score(patients.measured, rows))
        found.append(c if np.isfinite(c) else 0.5)
    return np.array(found)


if __name__ == "__main__":
    raise SystemExit(main())
