"""How wide bootstrap intervals of leave-one-out predictions are, and how wide they should be.

    python bench/interval_coverage.py [--cohorts 120]

Simulated cohorts of 50 patients and 200 features, about a tenth censored, without and with a true effect. The interval
resamples patients with their predictions, as most papers do; the spread it should have is that of C over cohorts.
The numbers quoted in docs/statistics.md and in the report are the first part's.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from radsurv.config import ModelConfig, ReductionConfig, ValidationConfig
from radsurv.validation.assess import assess
from radsurv.validation.cross_validate import cross_validate

N_PATIENTS, N_FEATURES = 50, 200
NORMAL_95 = 2 * 1.96


def one_cohort(seed: int, effect: float) -> dict[str, float]:
    """All metrics of the left-out predictions of one cohort."""
    rng = np.random.default_rng(1000 + seed)
    values = rng.normal(size=(N_PATIENTS, N_FEATURES))
    death = rng.exponential(np.exp(-0.7 * effect * (values[:, 0] + values[:, 1])))
    censored = rng.uniform(0.5, 6, N_PATIENTS)
    result = cross_validate(
        values,
        [f"feature {number}" for number in range(N_FEATURES)],
        [f"patient {number}" for number in range(N_PATIENTS)],
        np.minimum(death, censored) + 1e-3,
        death <= censored,
        reduction=ReductionConfig(cindex=0.6, pearson=0.85),
        model=ModelConfig(name="coxnet", alpha=0.1),
        validation=ValidationConfig(scheme="loocv"),
        seed=seed,
    )
    judged = assess(
        values, result.predictions, result.splits.tested, result.models, result.references, horizons=None, seed=seed
    )
    return result.metrics | judged.metrics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, default=120)
    n_cohorts = parser.parse_args().cohorts
    for effect, label in ((0.0, "no signal"), (1.0, "true effect")):
        found = pd.DataFrame([one_cohort(seed, effect) for seed in range(n_cohorts)])
        c, low, high = found["harrell_c"], found["harrell_c_low"], found["harrell_c_high"]
        brier, reference = found["integrated_brier"], found["integrated_brier_km"]
        print(
            f"{label}, {n_cohorts} cohorts: C {c.mean():.3f}, SD {c.std(ddof=0):.3f}\n"
            f"  interval {(high - low).mean():.2f} wide, should be {NORMAL_95 * c.std(ddof=0):.2f};"
            f" {((low <= 0.5) & (high >= 0.5)).mean():.0%} hold 0.5\n"
            f"  integrated Brier {brier.mean():.3f}, Kaplan-Meier {reference.mean():.3f},"
            f" worse in {(brier > reference).mean():.0%}\n"
            f"  median calibration slope {found['calibration_slope'].median():.2f};"
            f" D-calibration P < .05 in {(found['d_calibration_p'] < 0.05).mean():.0%}"
        )


if __name__ == "__main__":
    main()
