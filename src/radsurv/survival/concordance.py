"""Harrell's C of every feature in every training set, from integer pair counts.

Every pair of patients is looked at once per feature, 64 at a time. Walking along a feature from its smallest value,
the patients already seen are those with smaller values. So, of the patients who lived longer than patient a (a bit
mask that depends on the outcome only), those already seen form concordant pairs with a; of those who died before a,
those not yet seen. One AND and one population count do 64 pairs. The count of a training set is down-dated from that
of all patients, or built up from its members (`radsurv.survival.training_sets`). All this grows with the square of
the number of patients; large cohorts are counted by `radsurv.survival.concordance_tree` instead.

Conventions (those of `survival::concordance` and of Harrell): the pair (a, b) is comparable if a has an event and
``t_a < t_b``, or ``t_a = t_b`` and b is censored. It is concordant if ``x_a > x_b`` (a high value means an early
event), tied if ``x_a = x_b``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64
from joblib import Parallel, delayed
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from radsurv.compiling import WITHIN, kernel
from radsurv.survival.concordance_tree import count_pairs_by_tree, entries_by_moment, moments
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import RankedTable
from radsurv.survival.training_sets import TrainingSets, pack_bits

# Where the tree overtakes the bit masks: with leave-one-out sets between 2,200 and 2,400 patients (at 2,000: 130 µs of
# processor time per feature against 160), with bootstrap samples between 1,000 and 1,500. Medians of 7 runs on one core.
TREE_FROM_PATIENTS = 2000


@dataclass(frozen=True)
class PairCounts:
    """Comparable pairs of patients, by training set and feature.

    Attributes
    ----------
    concordant, discordant, tied : (set, feature), `TrainingSets.counter`
        Pairs that the feature orders as the outcome does, the other way round, or not at all.
    """

    concordant: Int[np.ndarray, "set feature"]
    discordant: Int[np.ndarray, "set feature"]
    tied: Int[np.ndarray, "set feature"]

    def index(self) -> Float[np.ndarray, "set feature"]:
        """Harrell's C: above 0.5 where high values mean early events. NaN without a comparable pair."""
        return self._share(self.concordant)

    def strength(self) -> Float[np.ndarray, "set feature"]:
        """The larger of C and 1 − C, taken from the counts: ``1 − C`` itself can be off by one rounding."""
        return self._share(np.maximum(self.concordant, self.discordant))

    def _share(self, ordered: Int[np.ndarray, "set feature"]) -> Float[np.ndarray, "set feature"]:
        comparable = self.concordant + self.discordant + self.tied
        with np.errstate(invalid="ignore"):
            return (ordered + self.tied / 2) / comparable


def concordance(
    table: RankedTable,
    outcome: Outcome,
    sets: TrainingSets,
    features: Int[np.ndarray, "feature"] | None = None,
    n_threads: int = 1,
    kernel: Literal["bits", "tree"] | None = None,
) -> PairCounts:
    """Count pairs for all training sets and features in one pass.

    Parameters
    ----------
    table
        All patients, also those outside of a set.
    outcome
        Of the same patients.
    sets
        Leave-one-out sets cost next to nothing beyond the count over everybody.
    features
        Positions of the features to count; all of them if not given.
    n_threads
        Threads among which the features are shared.
    kernel
        Bit masks (this module) or a tree (`radsurv.survival.concordance_tree`). The counts are the same. If not
        given, the faster one for so many patients.
    """
    chosen = np.arange(table.n_features) if features is None else features
    shape = (len(sets), len(chosen))
    counts = PairCounts(*(np.empty(shape, dtype=sets.counter) for _ in range(3)))
    if kernel is None:
        kernel = "tree" if len(outcome) >= TREE_FROM_PATIENTS else "bits"
    count = (_by_tree if kernel == "tree" else _by_bits)(table, outcome, sets, chosen, counts)
    shares = np.array_split(np.arange(len(chosen)), n_threads) if len(chosen) else []
    Parallel(n_jobs=n_threads, backend="threading" if n_threads > 1 else "sequential")(
        delayed(count)(share[0], share[-1] + 1) for share in shares if len(share)
    )
    return counts


def _by_bits(
    table: RankedTable, outcome: Outcome, sets: TrainingSets, features: Int[np.ndarray, "feature"], counts: PairCounts
) -> Callable[[int, int], None]:
    """Prepare what all features share; the result counts a range of them."""
    later, earlier = comparable_patients(outcome)

    def count(first: int, end: int) -> None:
        _count_pairs(
            table.order, table.new_value, later, earlier, features, first, end,
            sets.from_everybody, sets.starts, sets.entries, sets.amounts, sets.planes,
            counts.concordant, counts.discordant, counts.tied,
        )  # fmt: skip

    return count


def _by_tree(
    table: RankedTable, outcome: Outcome, sets: TrainingSets, features: Int[np.ndarray, "feature"], counts: PairCounts
) -> Callable[[int, int], None]:
    """The same with the other kernel."""
    moment = moments(outcome)
    by_moment = entries_by_moment(sets, moment)
    entries, amounts = sets.entries[by_moment], sets.amounts[by_moment]
    latest_first = np.argsort(moment, kind="stable")

    def count(first: int, end: int) -> None:
        count_pairs_by_tree(
            table.order, table.new_value, moment, outcome.event, latest_first, features, first, end,
            sets.from_everybody, sets.starts, entries, amounts, counts.concordant, counts.discordant, counts.tied,
        )  # fmt: skip

    return count


def comparable_patients(
    outcome: Outcome,
) -> tuple[UInt64[np.ndarray, "patient word"], UInt64[np.ndarray, "patient word"]]:
    """For each patient the comparable ones who lived longer, and those who had their event before, as bits."""
    time, event = outcome.time, outcome.event
    before = time[:, None] < time[None, :]
    censored_at_event = (time[:, None] == time[None, :]) & ~event[None, :]
    comparable: Bool[np.ndarray, "early late"] = event[:, None] & (before | censored_at_event)
    return pack_bits(comparable), pack_bits(comparable.T)


@intrinsic
def _population_count(typing_context: Any, word: Any) -> Any:
    """Number of set bits of a 64-bit word: one instruction of the processor."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        count = builder.module.declare_intrinsic("llvm.ctpop", [ir.IntType(64)])
        return builder.call(count, arguments)

    return types.int64(types.uint64), generate


@kernel(**WITHIN)
def _pair_masks(order, new_value, later, earlier, seen, unseen, concordant, discordant):  # type: ignore[no-untyped-def]
    """Concordant and discordant partners of every patient, as bits, for one feature."""
    n_patients, n_words = later.shape
    seen[:] = 0
    unseen[:] = ~np.uint64(0)  # bits beyond the last patient are in no mask
    one = np.uint64(1)
    first = 0
    while first < n_patients:
        end = first
        while end < n_patients and (end == first or not new_value[end]):
            patient = order[end]
            unseen[patient >> 6] &= ~(one << np.uint64(patient & 63))
            end += 1
        for position in range(first, end):
            patient = order[position]
            for word in range(n_words):
                below, above = seen[word], unseen[word]
                after, before = later[patient, word], earlier[patient, word]
                concordant[patient, word] = (below & after) | (above & before)
                discordant[patient, word] = (above & after) | (below & before)
        for position in range(first, end):
            patient = order[position]
            seen[patient >> 6] |= one << np.uint64(patient & 63)
        first = end


@kernel(**WITHIN)
def _quadratic(masks, entries, amounts, planes):  # type: ignore[no-untyped-def]
    """Sum of ``amount_a · amount_b`` over ordered pairs (a, b) of entries with b in the mask of a."""
    total = 0
    for position in range(len(entries)):
        partners = 0
        for plane in range(planes.shape[0]):
            for word in range(planes.shape[1]):
                shared = masks[entries[position], word] & planes[plane, word]
                partners += _population_count(shared) << plane  # type: ignore[call-arg]
        total += amounts[position] * partners
    return total


@kernel(**WITHIN)
def _sum_over_sets(masks, partners, from_everybody, starts, entries, amounts, planes, counts):  # type: ignore[no-untyped-def]
    """Pairs within every training set, given the masks of one feature (or of comparability itself)."""
    total = 0
    for patient in range(masks.shape[0]):
        partners[patient] = 0
        for word in range(masks.shape[1]):
            partners[patient] += _population_count(masks[patient, word])  # type: ignore[call-arg]
        total += partners[patient]
    for which in range(len(counts)):
        chosen = slice(starts[which], starts[which + 1])
        twice = 0
        # Nobody forms a pair with oneself, so a single entry of amount 1 has no quadratic part.
        if starts[which + 1] - starts[which] > 1 or not from_everybody[which]:
            twice = _quadratic(masks, entries[chosen], amounts[chosen], planes[which])
        if from_everybody[which]:
            twice += total
            for position in range(starts[which], starts[which + 1]):
                twice -= 2 * amounts[position] * partners[entries[position]]
        counts[which] = twice // 2


@kernel()
def _count_pairs(  # type: ignore[no-untyped-def]
    order, new_value, later, earlier, features, first, end,
    from_everybody, starts, entries, amounts, planes, concordant, discordant, tied,
):  # fmt: skip
    """Fill columns ``first:end`` of the three tables of counts."""
    n_patients, n_words = later.shape
    concordant_masks = np.empty((n_patients, n_words), dtype=np.uint64)
    discordant_masks = np.empty((n_patients, n_words), dtype=np.uint64)
    seen = np.empty(n_words, dtype=np.uint64)
    unseen = np.empty(n_words, dtype=np.uint64)
    partners = np.empty(n_patients, dtype=np.int64)
    comparable = np.empty((len(from_everybody), 1), dtype=concordant.dtype)
    _sum_over_sets(later | earlier, partners, from_everybody, starts, entries, amounts, planes, comparable[:, 0])
    for column in range(first, end):
        row = features[column]
        _pair_masks(order[row], new_value[row], later, earlier, seen, unseen, concordant_masks, discordant_masks)
        for masks, counts in ((concordant_masks, concordant), (discordant_masks, discordant)):
            _sum_over_sets(
                masks, partners, from_everybody, starts, entries, amounts, planes, counts[:, column]
            )  # fmt: skip
        for which in range(len(comparable)):
            tied[which, column] = comparable[which, 0] - concordant[which, column] - discordant[which, column]
