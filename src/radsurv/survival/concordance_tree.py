"""Pairs of patients counted in N log N steps per feature: the kernel for large cohorts.

Patients enter a Fenwick tree over the ranks of a feature, those with the longest life first. When patient a with an
event comes, everybody in the tree lived longer, and two sums over the tree tell how many of them have a smaller value
(concordant) and how many a larger one. A second walk, from the shortest life on, with events alone in the tree, tells
of every patient the pairs in which they are the one who lived longer. Both together are a patient's own pairs, which
is all that leaving one out has to subtract: one pass serves all leave-one-out sets. The members of any other set (or
those few it leaves out) walk by themselves.

Conventions and results are those of `radsurv.survival.concordance`, to the last pair.

References
----------
.. [1] Fenwick PM. A new data structure for cumulative frequency tables. Software: Practice and Experience 1994;
   24:327-336.
.. [2] Christensen D. Fast algorithms for the calculation of Kendall's tau. Computational Statistics 2005; 20:51-62.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from radsurv.compiling import WITHIN, kernel
from radsurv.survival.outcome import Outcome
from radsurv.survival.training_sets import TrainingSets


def moments(outcome: Outcome) -> Int[np.ndarray, "patient"]:
    """Number the ends of follow-up from the last to the first, events after censorings at the same time.

    The pair (a, b) is comparable if a has an event and a larger number than b.
    """
    latest_first = np.lexsort((outcome.event, -outcome.time))
    time, event = outcome.time[latest_first], outcome.event[latest_first]
    number = np.empty(len(outcome), dtype=np.int64)
    number[latest_first] = np.cumsum(np.r_[False, (time[1:] != time[:-1]) | (event[1:] != event[:-1])])
    return number


def entries_by_moment(sets: TrainingSets, moment: Int[np.ndarray, "patient"]) -> Int[np.ndarray, "entry"]:
    """Positions of the entries of all sets, those of each set from the last moment of follow-up to the first."""
    of_set = np.repeat(np.arange(len(sets)), np.diff(sets.starts))
    rank = np.empty(len(moment), dtype=np.int64)
    rank[np.argsort(moment, kind="stable")] = np.arange(len(moment))
    # One whole number each, and no two alike: sorted six times as fast as two columns of them, into the same order.
    return np.argsort(of_set * len(moment) + rank[sets.entries])


@kernel(**WITHIN)
def _walk(patients, amounts, rank, moment, asks, enters, tree, same, answers):  # type: ignore[no-untyped-def]
    """Let patients pass in groups of one moment; tell those who ask who is in the tree already, then let them enter.

    Writes to `answers` (patient, 3): how many have a smaller value, a larger one, the same.
    """
    tree[:] = 0
    same[:] = 0
    entered = 0
    first = 0
    while first < len(patients):
        end = first + 1
        while end < len(patients) and moment[patients[end]] == moment[patients[first]]:
            end += 1
        for position in range(first, end):
            patient = patients[position]
            smaller, tied, larger = 0, 0, 0
            if asks[patient]:
                node = rank[patient]
                while node > 0:
                    smaller += tree[node]
                    node &= node - 1
                tied = same[rank[patient]]
                larger = entered - smaller - tied
            answers[patient, 0], answers[patient, 1], answers[patient, 2] = smaller, larger, tied
        for position in range(first, end):
            patient = patients[position]
            if enters[patient]:
                node = rank[patient] + 1
                while node < len(tree):
                    tree[node] += amounts[position]
                    node += node & -node
                same[rank[patient]] += amounts[position]
                entered += amounts[position]
        first = end


@kernel(**WITHIN)
def _own_pairs(latest_first, earliest_first, rank, moment, event, tree, same, answers, own):  # type: ignore[no-untyped-def]
    """Of every patient the pairs with all others, in `own` (patient, 3): concordant, discordant, tied."""
    once, everybody = np.ones_like(latest_first), np.ones_like(event)
    _walk(latest_first, once, rank, moment, event, everybody, tree, same, own)
    _walk(earliest_first, once, rank, moment, everybody, event, tree, same, answers)
    for patient in range(len(own)):
        own[patient, 0] += answers[patient, 1]  # someone with a larger value died before: concordant
        own[patient, 1] += answers[patient, 0]
        own[patient, 2] += answers[patient, 2]


@kernel(**WITHIN)
def _ranks(order, new_value, rank):  # type: ignore[no-untyped-def]
    """Rank of every patient among the distinct values of a feature, from 0; returns how many there are."""
    last = -1
    for position in range(len(order)):
        last += new_value[position]
        rank[order[position]] = last
    return last + 1


@kernel()
def count_pairs_by_tree(  # type: ignore[no-untyped-def]
    order, new_value, moment, event, latest_first, features, first, end,
    from_everybody, starts, entries, amounts, concordant, discordant, tied,
):  # fmt: skip
    """Fill columns ``first:end`` of the three tables of counts, entries being sorted by moment within each set."""
    n_patients = len(moment)
    rank = np.empty(n_patients, dtype=np.int64)
    tree, same = np.empty(n_patients + 1, dtype=np.int32), np.empty(n_patients, dtype=np.int32)
    own, answers = np.zeros((n_patients, 3), dtype=np.int64), np.empty((n_patients, 3), dtype=np.int64)
    everybody = np.ones_like(event)
    earliest_first = latest_first[::-1].copy()
    for column in range(first, end):
        n_ranks = _ranks(order[features[column]], new_value[features[column]], rank)
        nodes, alike = tree[: n_ranks + 1], same[:n_ranks]
        if from_everybody.any():
            _own_pairs(latest_first, earliest_first, rank, moment, event, nodes, alike, answers, own)
        total = own.sum(axis=0) // 2
        for which in range(len(from_everybody)):
            chosen, times = entries[starts[which] : starts[which + 1]], amounts[starts[which] : starts[which + 1]]
            # Nobody forms a pair with oneself.
            if len(chosen) > 1:
                _walk(chosen, times, rank, moment, event, everybody, nodes, alike, answers)
            for kind, counts in enumerate((concordant, discordant, tied)):
                pairs = total[kind] if from_everybody[which] else 0
                for position in range(len(chosen)):
                    within = answers[chosen[position], kind] if len(chosen) > 1 else 0
                    subtracted = own[chosen[position], kind] if from_everybody[which] else 0
                    pairs += times[position] * (within - subtracted)
                counts[which, column] = pairs
