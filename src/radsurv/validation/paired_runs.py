"""Two runs on the patients whom both predict: Harrell's C of each, and the difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radsurv.cohort.faults import quoted
from radsurv.formats import first_few, plural
from radsurv.survival.outcome import check_outcome
from radsurv.validation.bootstrap_interval import percentile_limits, resampled_concordance

MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """What two runs say of the same patients.

    Attributes
    ----------
    n_common
        Patients whom both predict.
    c, other_c
        Harrell's C of each among them, averaged over repeats; NaN where there is a reason.
    delta, low, high
        `c` minus `other_c`, with 95 % percentile limits over resamples of these patients.
    reason
        Why there is no difference; empty where there is one.
    """

    n_common: int
    c: float = np.nan
    other_c: float = np.nan
    delta: float = np.nan
    low: float = np.nan
    high: float = np.nan
    reason: str = ""


def paired_difference(one: pd.DataFrame, other: pd.DataFrame, seed: int) -> PairedDifference:
    """Compare two tables of predictions (`radsurv.catalogue.tables.PREDICTIONS`), patient by patient.

    Both are judged in the same 1,000 resamples, so that what makes patients easy or hard to rank for either cancels out. Predictions
    stay as they are, nothing is fitted again: limits say how much the difference depends on who was judged.

    Parameters
    ----------
    one, other
        One row per patient and repeat.
    seed
        Of the resamples.
    """
    risks, others = _risks(one), _risks(other)
    common = risks.index[risks.index.isin(others.index)]
    outcome, others_outcome = _outcomes(one).loc[common], _outcomes(other).loc[common]
    unlike = common[(outcome.to_numpy() != others_outcome.to_numpy()).any(axis=1)]
    if len(common) == 0:
        return PairedDifference(n_common=0, reason="no patient in common")
    if len(unlike):
        named = first_few(sorted(map(quoted, unlike)), MOST_NAMED)  # their order in the table may be nobody's business
        reason = f"other times or events of {plural(len(unlike), 'patient')} in common ({named})"
        return PairedDifference(n_common=len(common), reason=reason)
    scores = np.concatenate([risks.loc[common].to_numpy(np.float64).T, others.loc[common].to_numpy(np.float64).T])
    observed, drawn = resampled_concordance(check_outcome(outcome["time"], outcome["event"]), scores, seed)
    n_repeats = risks.shape[1]
    c, other_c = observed[:n_repeats].mean(), observed[n_repeats:].mean()
    if np.isnan(c - other_c):
        return PairedDifference(n_common=len(common), reason="no pair of patients that can be ordered")
    low, high = percentile_limits(drawn[:, :n_repeats].mean(axis=1) - drawn[:, n_repeats:].mean(axis=1))
    return PairedDifference(
        n_common=len(common), c=float(c), other_c=float(other_c), delta=float(c - other_c), low=low, high=high
    )


def _risks(predictions: pd.DataFrame) -> pd.DataFrame:
    """In the order of the first repeat."""
    table = predictions.pivot(index="patient_id", columns="repeat", values="risk")
    return table.loc[predictions["patient_id"].drop_duplicates()]


def _outcomes(predictions: pd.DataFrame) -> pd.DataFrame:
    return predictions.drop_duplicates("patient_id").set_index("patient_id")[["time", "event"]].astype(float)
