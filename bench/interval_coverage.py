"""How wide bootstrap intervals of leave-one-out predictions are, and how wide they should be.

    python bench/interval_coverage.py [--cohorts 120] [--tiny]

Simulated cohorts of 50 patients and 200 features, about a tenth censored, without and with a true effect. The interval
resamples patients with their predictions, as most papers do; the spread it should have is that of C over cohorts.
The numbers quoted in docs/statistics.md and in the report are the first part's.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
from configured import configured_protocol
from made_up import patients_with

from radsurv.survival.outcome import check_outcome
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources

N_PATIENTS, N_FEATURES, N_COHORTS = 50, 200, 120
TINY_PATIENTS, TINY_FEATURES, TINY_COHORTS = 20, 10, 2
NORMAL_95 = 2 * 1.96
EFFECTS = {"no signal": 0.0, "true effect": 1.0}


def simulated(seed: int, effect: float, n_patients: int, n_features: int) -> Patients:
    """One cohort; two features drive the hazard."""
    rng = np.random.default_rng(1000 + seed)
    values = rng.normal(size=(n_patients, n_features))
    death = rng.exponential(np.exp(-0.7 * effect * (values[:, 0] + values[:, 1])))
    censored = rng.uniform(0.5, 6, n_patients)
    return patients_with(values, check_outcome(np.minimum(death, censored) + 1e-3, death <= censored))


def protocol_for(seed: int) -> Protocol:
    """Leave-one-out on the paper's reduction, with a threshold that leaves something where nothing is."""
    return configured_protocol("reduction.cindex=0.6", "model.path=complete", f"seed={seed}")


def left_out_metrics(patients: Patients, protocol: Protocol) -> dict[str, float]:
    """All metrics of the left-out predictions of one cohort."""
    found = cross_validate(patients, protocol, Resources())
    judged = assess(patients.measured, found.predictions, found.judges, horizons=None, seed=protocol.seed)
    return found.metrics | judged.metrics


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
    parser.add_argument("--cohorts", type=int, help=f"of each kind (default: {N_COHORTS})")
    parser.add_argument("--tiny", action="store_true", help="a size that shows whether it runs, and nothing else")
    asked = parser.parse_args(arguments)
    n_patients, n_features, n_cohorts = (
        (TINY_PATIENTS, TINY_FEATURES, TINY_COHORTS) if asked.tiny else (N_PATIENTS, N_FEATURES, N_COHORTS)
    )
    if asked.cohorts is not None:
        n_cohorts = asked.cohorts
    protocols = [protocol_for(seed) for seed in range(n_cohorts)]
    for label, effect in EFFECTS.items():
        cohorts = (simulated(seed, effect, n_patients, n_features) for seed in range(n_cohorts))
        found = [left_out_metrics(*each) for each in zip(cohorts, protocols, strict=True)]
        print(summary(label, pd.DataFrame(found)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
