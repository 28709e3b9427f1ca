"""What acting on a prediction would gain: net benefit by decision threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from radsurv.survival.calibration import observed_risk
from radsurv.survival.outcome import Outcome

THRESHOLDS = np.arange(1, 100) / 100


def decision_curve(outcome: Outcome, survival: Float[np.ndarray, "patient"], horizon: float) -> pd.DataFrame:
    """Net benefit of treating those whose predicted risk reaches a threshold (Vickers et al. 2008).

    Treated patients who would have the event until the horizon count as gain; those who would not, as loss, weighted by
    the odds of the threshold: who treats from a risk of 10 % on holds nine needless treatments for no worse than one
    omitted. The events of the treated are estimated by Kaplan-Meier; NaN where none of them is followed long enough.

    Parameters
    ----------
    survival
        Predicted probability of being event-free at the horizon.

    Returns
    -------
    curve
        One row per threshold: ``horizon, threshold, n_treated, net_benefit, net_benefit_all`` (everybody treated; with
        nobody treated it is 0), per patient.

    References
    ----------
    Vickers, Cronin, Elkin, Gonen: Extensions to decision curve analysis. BMC Med Inform Decis Mak 2008;8:53.
    """
    sets, which = treated_sets(1 - survival)
    events = np.array([_share_of_events(outcome, chosen, horizon) for chosen in sets])[which]
    n_treated = sets.sum(axis=1)[which]
    in_all = observed_risk(outcome, horizon)[0]
    return pd.DataFrame(
        {
            "horizon": horizon,
            "threshold": THRESHOLDS,
            "n_treated": n_treated,
            "net_benefit": net_benefit(n_treated / len(outcome), events, THRESHOLDS),
            "net_benefit_all": in_all - (1 - in_all) * _odds(THRESHOLDS),
        }
    )


def treated_sets(
    risk: Float[np.ndarray, "patient"],
) -> tuple[Bool[np.ndarray, "set patient"], Int[np.ndarray, "threshold"]]:
    """The different sets of patients that the thresholds treat, and which of them each threshold does."""
    treated = risk >= THRESHOLDS[:, None]
    # A higher threshold treats fewer of the same patients: equal numbers are equal patients.
    _, first, which = np.unique(treated.sum(axis=1), return_index=True, return_inverse=True)
    return treated[first], which


def net_benefit(
    share: Float[np.ndarray, "*draw threshold"],
    events: Float[np.ndarray, "*draw threshold"],
    threshold: Float[np.ndarray, "threshold"],
) -> Float[np.ndarray, "*draw threshold"]:
    """Per patient, of treating a share of them, of whom a share has the event; 0 where nobody is treated."""
    return np.where(share > 0, share * (events - (1 - events) * _odds(threshold)), 0.0)


def _odds(threshold: Float[np.ndarray, "threshold"]) -> Float[np.ndarray, "threshold"]:
    return threshold / (1 - threshold)


def _share_of_events(outcome: Outcome, chosen: np.ndarray, horizon: float) -> float:
    return observed_risk(outcome.take(np.flatnonzero(chosen)), horizon)[0] if chosen.any() else 0.0
