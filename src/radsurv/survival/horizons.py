"""The times at which predictions are judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from radsurv.survival.outcome import Outcome

# Event times at every twentieth of all events; the middle one is the median event time.
PARTS = 20
# So many patients must be followed beyond a chosen horizon, and so large a share of all.
FEWEST_BEYOND = 5
SMALLEST_SHARE_BEYOND = 0.1


def choose_horizons(
    outcome: Outcome, given: Sequence[float] | None = None
) -> tuple[Float[np.ndarray, "horizon"], list[str]]:
    """Times at which every metric of left-out predictions has something to count.

    Without `given`, these are the event times up to which 5 %, 10 %, … 95 % of all events lie, as far as at least 5
    patients and a tenth of all are followed beyond. Few patients are under observation later, and the weights that make
    up for censoring grow without bound.

    Given horizons are kept where at least one event has come and at least one patient is followed beyond: otherwise
    there are no two patients to tell apart, and the share of those not yet censored may be 0.

    Parameters
    ----------
    outcome
        Of all patients to be judged.
    given
        In the unit of the outcome.

    Returns
    -------
    horizons : (horizon,) float64
        Rising and distinct; empty where no time qualifies.
    reasons
        One sentence for each horizon that was given but cannot be used.
    """
    if not outcome.event.any():
        return np.empty(0), []
    if given is None:
        events = np.sort(outcome.time[outcome.event])
        wanted = np.unique(events[-(-np.arange(1, PARTS) * len(events) // PARTS) - 1])
        needed = max(FEWEST_BEYOND, int(np.ceil(SMALLEST_SHARE_BEYOND * len(outcome))))
        return wanted[_n_beyond(outcome, wanted) >= needed], []
    wanted = np.unique(np.asarray(given, dtype=np.float64))
    late = _n_beyond(outcome, wanted) == 0
    early = wanted < outcome.time[outcome.event].min()
    reasons = [f"the horizon {time:g} is not used: nobody is followed beyond it" for time in wanted[late]]
    reasons += [f"the horizon {time:g} is not used: no event has come by then" for time in wanted[early & ~late]]
    return wanted[~(early | late)], reasons


def middle_horizon(outcome: Outcome, given: Sequence[float] | None = None) -> float | None:
    """The middle one of `choose_horizons`, the earlier of two; None where there is none."""
    horizons, _ = choose_horizons(outcome, given)
    return float(horizons[(len(horizons) - 1) // 2]) if len(horizons) else None


def _n_beyond(outcome: Outcome, times: Float[np.ndarray, "time"]) -> np.ndarray:
    """How many patients are followed beyond each time."""
    return len(outcome) - np.searchsorted(np.sort(outcome.time), times, side="right")
