"""Beside leave-one-out: Harrell's C of repeated 5-fold cross-validation, which is not biased below 0.5."""

from __future__ import annotations

import numpy as np

from radsurv.errors import ConfigError, TrainingSetError
from radsurv.validation.finding import Finding
from radsurv.validation.finished_evaluations import judged
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.schemes.repeated_kfold import RepeatedKFold
from radsurv.validation.validation_options import Scheme

N_SPLITS, REPEATS = 5, 5
METRICS = ("kfold_harrell_c", "kfold_harrell_c_sd")


def kfold_check(patients: Patients, protocol: Protocol, resources: Resources) -> Finding:
    """Mean and standard deviation of C over five draws of five folds; nothing where the scheme itself has no such bias."""
    scheme = protocol.scheme
    if not scheme.biased:
        return Finding()
    try:
        checked = judged(patients, protocol.under(kfold(scheme, REPEATS)), resources, label="5 x 5-fold")
    except (ConfigError, TrainingSetError) as error:
        return Finding(metrics=dict.fromkeys(METRICS, np.nan), reasons=dict.fromkeys(METRICS, str(error)))
    values = dict(zip(METRICS, (checked.metrics["harrell_c"], checked.metrics["harrell_c_sd"]), strict=True))
    reasons = {name: "no two patients are comparable" for name, value in values.items() if np.isnan(value)}
    kept = [f"the {N_SPLITS}-fold cross-validation beside it is from an earlier run"] if checked.kept else []
    return Finding(metrics=values, reasons=reasons, run_notes=kept)


def kfold(scheme: Scheme, repeats: int) -> RepeatedKFold:
    """5-fold cross-validation with the inner folds and horizons of another scheme."""
    return RepeatedKFold(
        scheme="repeated_kfold",
        n_splits=N_SPLITS,
        repeats=repeats,
        horizons=scheme.horizons,
        inner=scheme.inner,
        inner_splits=scheme.inner_splits,
        inner_repeats=scheme.inner_repeats,
    )
