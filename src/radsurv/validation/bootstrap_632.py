"""The .632+ estimate of Harrell's C: between the optimism of the training patients and the pessimism of half-empty samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from radsurv.survival.group_metrics import harrell_c
from radsurv.validation.finding import Finding

if TYPE_CHECKING:
    from radsurv.validation.learned_model import LearnedModel
    from radsurv.validation.left_out import LeftOutModels
    from radsurv.validation.patients import Patients

NO_INFORMATION = 0.5  # C of predictions that have nothing to do with the outcome
DISTINCT = 0.632  # share of the patients in a bootstrap sample, 1 − 1/e


def bootstrap_632(judges: LeftOutModels, patients: Patients, whole: LearnedModel) -> Finding:
    """Weigh the C of the training patients against that of the patients outside (Efron and Tibshirani 1997, J Am Stat
    Assoc 92:548, with 1 − C for the error).

    Parameters
    ----------
    judges
        Bootstrap samples, who is outside of each, and its model.
    patients
    whole
        The model of all patients.

    Returns
    -------
    Finding
        ``apparent_c`` of the model of all patients, on them; ``out_of_bag_c``, the mean over samples of the C in the
        patients outside, and its standard deviation ``out_of_bag_c_sd``; ``c_632plus``; ``overfitting_rate`` between 0
        and 1. NaN where no sample has comparable patients outside.
    """
    outcome, measured = patients.outcome, patients.measured
    outside = [np.flatnonzero(tested) for tested in judges.splits.tested]
    each = np.array(
        [
            harrell_c(outcome.take(rows), learned.score(measured, rows))
            for rows, learned in zip(outside, judges.learned, strict=True)
        ]
    )
    known = each[np.isfinite(each)]
    notes = [
        f"bootstrap: everybody is predicted by the mean of the models of those of {len(judges.splits)} samples that do not hold"
        " them, counted from their thresholds; c_632plus weighs the C of the training patients against out_of_bag_c"
    ]
    if len(known) < len(each):
        notes.append(
            f"bootstrap: outside of {len(each) - len(known)} of {len(each)} samples no two patients are comparable; these"
            " samples have no part in out_of_bag_c"
        )
    apparent = harrell_c(outcome, whole.score(measured, np.arange(len(patients))))
    left_out = float(known.mean()) if len(known) else np.nan
    estimate, rate = weigh(apparent, left_out)
    return Finding(
        metrics={
            "apparent_c": apparent,
            "out_of_bag_c": left_out,
            "out_of_bag_c_sd": float(known.std(ddof=1)) if len(known) > 1 else np.nan,
            "c_632plus": estimate,
            "overfitting_rate": rate,
        },
        notes=notes,
    )


def weigh(apparent: float, left_out: float) -> tuple[float, float]:
    """The .632+ estimate, and the relative overfitting rate R behind it, from both values of C."""
    error, outside = 1 - apparent, min(1 - left_out, NO_INFORMATION)
    if np.isnan(left_out):
        return np.nan, np.nan
    overfitted = outside > error and error < NO_INFORMATION
    rate = (outside - error) / (NO_INFORMATION - error) if overfitted else 0.0
    weight = DISTINCT / (1 - (1 - DISTINCT) * rate)
    return 1 - ((1 - weight) * error + weight * outside), rate
