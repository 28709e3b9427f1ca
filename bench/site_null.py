"""Sites that differ in features and in hazard, and no relation inside any: what shuffles over everybody and within sites say.

    python bench/site_null.py [--cohorts N] [--tiny]

60 patients of four sites (20, 16, 14, 10), 60 features: every site shifts and stretches every feature, and the hazard of the last
site is e^1.8 times that of the first; the cohorts, and the analysis, are those of `harmonisation` ("hazard by site", features
as measured): leave-one-out with the first step of a ridge-penalised Cox regression in place of the pipeline, P of the signed
log-rank statistic, 99 shuffles by the permutation test of the package, no early stop. "Features and outcome are unrelated" is
false here, by site alone; "unrelated within sites" is true, so that the P of shuffles within sites has to be uniform.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
from harmonisation import SETTINGS, leave_one_out, simulated
from null_calibration import LEVEL, share
from scipy.stats import kstest

from radsurv.validation.permutation import permutation_test
from radsurv.validation.site_strata import site_strata

SETTING = next(one for one in SETTINGS if one.hazard_by_site)
FEATURES, PERMUTATIONS, COHORTS = 60, 99, 200
TINY_FEATURES, TINY_PERMUTATIONS, TINY_COHORTS = 10, 9, 2


def both_p(seed: int, n_features: int, permutations: int) -> tuple[float, float]:
    """Of one cohort: shuffled over everybody, and within sites."""
    patients, outcome = simulated(seed, n_features, SETTING)
    analysis = leave_one_out(patients.values[None])
    members = [one.members for one in site_strata(patients.cohort["site"].tolist(), outcome)]
    observed = analysis(outcome, seed)[:1]
    over_all, within = (
        permutation_test(
            lambda shuffled, drawn: analysis(shuffled, drawn)[:1],
            outcome,
            observed,
            permutations=permutations,
            stop_after=permutations + 1,
            seed=seed,
            strata=strata,
        )
        for strata in (None, members)
    )
    return over_all.results[0].p, within.results[0].p


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, help=f"how many (default: {COHORTS})")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    n_features, permutations = (TINY_FEATURES, TINY_PERMUTATIONS) if asked.tiny else (FEATURES, PERMUTATIONS)
    n_cohorts = (TINY_COHORTS if asked.tiny else COHORTS) if asked.cohorts is None else asked.cohorts
    start = time.perf_counter()
    found = np.array([both_p(seed, n_features, permutations) for seed in range(n_cohorts)])
    print(f"hazard by site, nothing within sites, {n_cohorts} cohorts ({time.perf_counter() - start:.0f} s)")
    for name, p in zip(("over everybody", "within sites"), found.T, strict=True):
        print(f"  shuffled {name + ':':16} P ≤ .05 in {share(p <= LEVEL)}, KS P {kstest(p, 'uniform').pvalue:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
