"""Patients in strata, each with a baseline hazard of its own: how the path solver is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.outcome import Outcome

Strata = Sequence[str]


class TimeOrder(NamedTuple):
    """Patients as `radsurv.survival.cox_path` wants them.

    Attributes
    ----------
    order
        Positions of patients by stratum, then time, at equal times events first.
    time, event
        Of the patients in this order. With strata times are ranks, so that no two strata share one.
    last
        Whether a patient is the last of a stratum, filled up with False to whole lanes; empty without strata.
    """

    order: Int[np.ndarray, "patient"]
    time: Float[np.ndarray, "patient"]
    event: Bool[np.ndarray, "patient"]
    last: Bool[np.ndarray, "place"]


def in_time_order(outcome: Outcome, strata: Strata | None) -> TimeOrder:
    """Sort patients; `strata` is the stratum of each, None where all share one baseline hazard."""
    if strata is None:
        order = np.lexsort((~outcome.event, outcome.time))
        ordered = outcome.take(order)
        return TimeOrder(order, ordered.time, ordered.event, np.zeros(0, dtype=np.bool_))
    from radsurv.survival.lanes import WIDTH  # with the compiler, which who only reads options does without

    stratum = np.unique(np.asarray(strata, dtype=str), return_inverse=True)[1]
    order = np.lexsort((~outcome.event, outcome.time, stratum))
    time, own = outcome.time[order], stratum[order]
    ends = own[1:] != own[:-1]
    rank = np.concatenate([[0], np.cumsum(ends | (time[1:] != time[:-1]))]).astype(np.float64)
    last = np.zeros(-(-len(order) // WIDTH) * WIDTH, dtype=np.bool_)
    last[: len(ends)] = ends
    last[len(ends)] = True
    return TimeOrder(order, rank, outcome.event[order], last)
