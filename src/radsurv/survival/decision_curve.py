"""What acting on a prediction would gain: net benefit by decision threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float

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
    risk = 1 - survival
    treated = risk >= THRESHOLDS[:, None]
    n_treated = treated.sum(axis=1)
    # A higher threshold treats fewer of the same patients: equal numbers are equal patients.
    _, first, same = np.unique(n_treated, return_index=True, return_inverse=True)
    events = np.array([_share_of_events(outcome, chosen, horizon) for chosen in treated[first]])[same]
    in_all = observed_risk(outcome, horizon)[0]
    odds = THRESHOLDS / (1 - THRESHOLDS)
    share = n_treated / len(outcome)
    return pd.DataFrame(
        {
            "horizon": horizon,
            "threshold": THRESHOLDS,
            "n_treated": n_treated,
            "net_benefit": np.where(share > 0, share * (events - (1 - events) * odds), 0.0),
            "net_benefit_all": in_all - (1 - in_all) * odds,
        }
    )


def _share_of_events(outcome: Outcome, chosen: np.ndarray, horizon: float) -> float:
    return observed_risk(outcome.take(np.flatnonzero(chosen)), horizon)[0] if chosen.any() else 0.0
