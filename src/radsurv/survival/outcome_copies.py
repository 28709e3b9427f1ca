"""Columns that say what the outcome says, in other words: what nobody could have known when follow-up began.

Looks at the outcome of all patients, before any training set is made. That is allowed because it selects nothing: a column
is refused by name, the run stops, and a person decides; no column ever leaves or stays in an analysis by it.

A column is held for a copy where it

1. has the *order of the follow-up times*, rising or falling, of all patients, of those with the event or of those without:
   whatever was done to the time (another unit, a logarithm, ranks, rounding, classes that do not overlap), it never goes
   against it; or nearly so, by Spearman's correlation of at least 0.999 (from 20 patients with 10 different values on);
2. *tells the event*: a threshold, its classes, or whether it has a value at all, separates patients with the event from those
   without, but for 2 % of the patients, with at least 3 patients on either side.

Both can happen by chance in a small cohort or a wide table. A column is therefore named only where as good a fit among
exchangeable patients, by all rules and in all columns of its kind (codes of at most ten values, or measures), would be
expected less than once in a thousand tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, Shaped
from scipy.special import gammaln, logsumexp

from radsurv.survival.outcome import Outcome

SPEARMAN = 0.999
SPEARMAN_PATIENTS = 20
SPEARMAN_VALUES = 10
SHARE_WRONG = 0.02
FEWEST_OF_EITHER = 3
MOST_CODES = 10  # different values of a column of numbers that may be codes
TABLES = 1000
RULES = 8  # at most so many questions are asked of a column


@dataclass(frozen=True)
class Copy:
    """A column, and how it gives the outcome away.

    Attributes
    ----------
    name : str
    evidence : str
        The end of a sentence whose subject is the column.
    """

    name: str
    evidence: str


def copies_of_outcome(columns: pd.DataFrame, outcome: Outcome) -> list[Copy]:
    """The columns that are copies of the outcome, or nearly.

    Parameters
    ----------
    columns : DataFrame
        One row per patient; numbers, or text. Missing values are allowed.
    outcome : Outcome
        Of the same patients.
    """
    coded = (columns.nunique() <= MOST_CODES).to_numpy()
    found: list[Copy] = []
    for name, is_coded in zip(columns, coded, strict=True):
        n_of_kind = coded.sum() if is_coded else (~coded).sum()
        bound = -float(np.log(TABLES * RULES * n_of_kind))
        evidence = next(_evidence(columns[name], outcome, bound), None)
        if evidence is not None:
            found.append(Copy(str(name), evidence))
    return found


def _evidence(column: pd.Series, outcome: Outcome, bound: float) -> Iterator[str]:
    """What gives the outcome away in one column; `bound` is the largest logarithm of a chance that counts."""
    there = column.notna().to_numpy()
    if not there.all() and _separates(there.astype(float), outcome.event, bound):
        yield "has a value for patients with the event and none for those without, or the other way round"
    values = column.to_numpy()[there]
    among = outcome.take(np.flatnonzero(there))
    if len(values) < 2 * FEWEST_OF_EITHER:
        return
    is_number = pd.api.types.is_numeric_dtype(column)
    if is_number:
        numbers = values.astype(np.float64)
        for whom, members in _groups(among):
            order = _order(numbers[members], among.time[members], bound)
            if order is not None:
                yield f"has {order} of the follow-up times of {whom}"
        if _separates(numbers, among.event, bound):
            yield f"tells by a threshold which of the {len(among)} patients have the event"
    names, codes = np.unique(values.astype(np.float64) if is_number else values.astype(str), return_inverse=True)
    if not is_number or 2 < len(names) <= MOST_CODES:
        if _classes_tell(codes, among.event, bound):
            yield f"tells by its classes which of the {len(among)} patients have the event"
        if _classes_in_order(codes, among.time, bound):
            yield f"has classes whose follow-up times do not overlap ({len(among)} patients)"


def _groups(outcome: Outcome) -> Iterator[tuple[str, Bool[np.ndarray, "patient"]]]:
    n_events = int(outcome.event.sum())
    yield f"all {len(outcome)} patients", np.ones(len(outcome), dtype=np.bool_)
    if 0 < n_events < len(outcome):
        yield f"the {n_events} patients with the event", outcome.event
        yield f"the {len(outcome) - n_events} patients without the event", ~outcome.event


def _order(values: Float[np.ndarray, "patient"], times: Float[np.ndarray, "patient"], bound: float) -> str | None:
    """In which way values rise, or fall, with the times, if they do."""
    if len(values) == 0:
        return None
    if any(_rises(values, sign * times) for sign in (1, -1)):
        return "the order" if _log_chance_of_order(values, times) <= bound else None
    if len(values) < SPEARMAN_PATIENTS or min(len(np.unique(values)), len(np.unique(times))) < SPEARMAN_VALUES:
        return None
    ranks, of_times = _centred_ranks(values), _centred_ranks(times)
    spearman = abs(ranks @ of_times) / np.sqrt((ranks @ ranks) * (of_times @ of_times))
    return f"nearly the order (Spearman ±{spearman:.5f})" if spearman >= SPEARMAN else None


def _rises(values: Shaped[np.ndarray, "patient"], times: Shaped[np.ndarray, "patient"]) -> bool:
    """Whether nobody with a higher value has an earlier time: equal ones may come in any order."""
    if times[values == values.min()].min() > times.min():  # spares nearly every column the sorting
        return False
    return bool(np.all(np.diff(times[np.lexsort((times, values))]) >= 0))


def _log_chance_of_order(first: Shaped[np.ndarray, "patient"], second: Shaped[np.ndarray, "patient"]) -> float:
    """Logarithm of the chance that one column rises or falls with another where patients are exchangeable.

    With ties of sizes a in the one, b in the other, and N patients who share both, ``2 Πa! Πb! / (n! ΠN!)``: of all n! orders,
    those that lead to the one table of counts in which nobody goes against the order.
    """
    both = np.unique(np.column_stack([_codes(first), _codes(second)]), axis=0, return_counts=True)[1]
    ties = [np.bincount(_codes(column)) for column in (first, second)]
    whole = sum(float(gammaln(sizes + 1).sum()) for sizes in ties)
    return float(np.log(2) + whole - gammaln(len(first) + 1) - gammaln(both + 1).sum())


def _separates(values: Float[np.ndarray, "patient"], event: Bool[np.ndarray, "patient"], bound: float) -> bool:
    """Whether a threshold tells, but for a few, who has the event."""
    if min(event.sum(), (~event).sum()) < FEWEST_OF_EITHER:
        return False
    order = np.argsort(values, kind="stable")
    cuts = np.flatnonzero(np.diff(values[order]) > 0)
    if len(cuts) == 0:
        return False
    below, below_with = cuts + 1, np.cumsum(event[order])[cuts]
    wrong = below_with + (~event).sum() - (below - below_with)
    n_wrong = int(min(wrong.min(), (len(event) - wrong).min()))
    if n_wrong == 0:
        return _log_chance_of_order(values, event) <= bound
    return _few(n_wrong, event, np.log(2 * len(cuts)), bound)


def _classes_tell(codes: Int[np.ndarray, "patient"], event: Bool[np.ndarray, "patient"], bound: float) -> bool:
    """Whether everybody in a class, but for a few, has the event, or has not."""
    if min(event.sum(), (~event).sum()) < FEWEST_OF_EITHER:
        return False
    sizes, with_event = np.bincount(codes), np.bincount(codes, weights=event)
    n_wrong = int(np.minimum(with_event, sizes - with_event).sum())
    return _few(n_wrong, event, len(sizes) * np.log(2), bound)


def _few(n_wrong: int, event: Bool[np.ndarray, "patient"], log_rules: float, bound: float) -> bool:
    """Whether so few patients are on the wrong side that chance does not explain it.

    By chance one of all choices of patients with an event came about, C(n, k) of them; each of the rules is met, but for
    `n_wrong` patients, by at most as many as there are ways to change so many patients.
    """
    n = len(event)
    if n_wrong > SHARE_WRONG * n:
        return False
    near = logsumexp([_log_choices(n, changed) for changed in range(n_wrong + 1)])
    return bool(log_rules + near - _log_choices(n, int(event.sum())) <= bound)


def _classes_in_order(codes: Int[np.ndarray, "patient"], times: Float[np.ndarray, "patient"], bound: float) -> bool:
    """Whether the follow-up times of classes, put into their order, do not overlap."""
    # Imported here and below because it takes longer to load than all else here, and most columns do without.
    from scipy.stats import rankdata

    sizes = np.bincount(codes)
    mean = np.bincount(codes, weights=times) / sizes
    place = rankdata(mean, method="ordinal")[codes]
    n_orders = gammaln(len(sizes) + 1) - np.log(2)
    return _rises(place, times) and _log_chance_of_order(place, times) + n_orders <= bound


def _log_choices(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _centred_ranks(column: Float[np.ndarray, "patient"]) -> Float[np.ndarray, "patient"]:
    """Average ranks minus their mean, without the cost of ties where there are none."""
    order = np.argsort(column, kind="stable")
    if np.all(np.diff(column[order]) > 0):
        ranks = np.empty(len(column))
        ranks[order] = np.arange(1, len(column) + 1)
    else:
        from scipy.stats import rankdata

        ranks = rankdata(column)
    return ranks - (len(column) + 1) / 2


def _codes(column: Shaped[np.ndarray, "patient"]) -> Int[np.ndarray, "patient"]:
    return np.unique(column, return_inverse=True)[1]
