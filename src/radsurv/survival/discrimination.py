"""Whether high scores mean early events, with censored patients made up for: Uno's C and the AUC at horizons.

A patient seen to have the event stands for all who would have been seen, had they not been censored before: the weight
is one over the Kaplan-Meier estimate of not being censored before, taken over all patients. Both statistics are
scikit-survival's; events later than the last horizon, where that estimate may be 0, are treated as censored.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from sksurv.metrics import concordance_index_ipcw, cumulative_dynamic_auc

from radsurv.survival.outcome import Outcome


class Auc(NamedTuple):
    """Area under the ROC curve of events until a horizon against survival beyond it.

    Attributes
    ----------
    at_horizon : (horizon,) float64
    mean : float
        Over the horizons, weighted by how far the Kaplan-Meier curve falls up to each (Lambert and Chevret 2016).
    """

    at_horizon: Float[np.ndarray, "horizon"]
    mean: float


def uno_c(outcome: Outcome, score: Float[np.ndarray, "patient"], horizons: Float[np.ndarray, "horizon"]) -> float:
    """Uno's C of a risk score, for events up to the last horizon (Uno et al., Stat Med 2011;30:1105-1117).

    Parameters
    ----------
    horizons
        As `radsurv.survival.horizons.choose_horizons` gives them; at least one.
    """
    untied, moments = outcome.untied(horizons)
    everybody = untied.structured()
    return float(concordance_index_ipcw(everybody, everybody, score, tau=moments[-1])[0])


def auc(outcome: Outcome, score: Float[np.ndarray, "patient"], horizons: Float[np.ndarray, "horizon"]) -> Auc:
    """Cumulative/dynamic AUC of a risk score (Uno et al., JASA 2007;102:527-537). Equal scores count half.

    Parameters
    ----------
    horizons
        As `radsurv.survival.horizons.choose_horizons` gives them; at least one.
    """
    untied, moments = outcome.untied(horizons)
    beyond = untied.time[untied.time > moments[-1]].min()
    known = Outcome(np.minimum(untied.time, beyond), untied.event & (untied.time < beyond))
    at_horizon, mean = cumulative_dynamic_auc(untied.structured(), known.structured(), score, moments)
    return Auc(at_horizon, float(mean))
