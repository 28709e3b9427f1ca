"""Who is in which training set, in the form in which the kernels count: bits and the few who differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int, UInt64

from radsurv.errors import TrainingSetError

WORD = 64
MOST_IN_32_BITS = 65_535  # draws whose pairs fit into 32 bits; more are counted with 64
MOST_DRAWS = 10_000_000


@dataclass(frozen=True)
class TrainingSets:
    """Any list of training sets over the same patients.

    A count over pairs is a quadratic form in the multiplicities w, so it can be taken over the members of a set, or
    be down-dated from the count over everybody by way of v = 1 − w, whichever has fewer entries. A leave-one-out set
    has one entry.

    Attributes
    ----------
    weights : (set, patient) int64
        How often a patient is in a set: 0 or 1, or more in a bootstrap sample.
    from_everybody : (set,) int64
        1 where counts are down-dated from those of all patients, 0 where they are built up from none.
    starts : (set + 1,) int64
        Entries of set s are ``starts[s]:starts[s + 1]`` of the next two.
    entries, amounts : (entry,) int64
        Patient and multiplicity: of the members (built up) or of those left out (down-dated).
    planes : (set, plane, word) uint64
        Binary digits of the amounts, one bit per patient: plane b holds the patients whose amount has bit b.
    counter
        Kind of integers that hold the number of pairs of any of the sets, and of all patients: int32, or int64 for large ones.
    """

    weights: Int[np.ndarray, "set patient"]
    from_everybody: Int[np.ndarray, "set"]
    starts: Int[np.ndarray, "set+1"]
    entries: Int[np.ndarray, "entry"]
    amounts: Int[np.ndarray, "entry"]
    planes: UInt64[np.ndarray, "set plane word"]
    counter: np.dtype[np.signedinteger[Any]]

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def n_patients(self) -> int:
        return self.weights.shape[1]

    def rows(self, which: int) -> Int[np.ndarray, "drawn"]:
        """Positions of the patients of one set, repeated as often as they were drawn."""
        return np.repeat(np.arange(self.n_patients), self.weights[which])


def pack_bits(members: np.ndarray) -> UInt64[np.ndarray, "... word"]:
    """Booleans along the last axis as bits of 64-bit words: patient i is bit ``i % 64`` of word ``i // 64``."""
    n_words = -(-members.shape[-1] // WORD)
    padded = np.zeros((*members.shape[:-1], n_words * WORD), dtype=np.bool_)
    padded[..., : members.shape[-1]] = members
    return np.packbits(padded, axis=-1, bitorder="little").view(np.dtype("<u8")).astype(np.uint64)


def training_sets(weights: Int[np.ndarray, "set patient"]) -> TrainingSets:
    """Prepare a list of training sets given as multiplicities.

    Raises
    ------
    TrainingSetError
        When there is no set or no patient, a multiplicity is not a whole number ≥ 0, or a set is empty or larger than
        `MOST_DRAWS`.
    """
    given = np.asarray(weights)
    if given.ndim != 2 or not given.size or not np.all((given >= 0) & (given == np.floor(given))):
        raise TrainingSetError(
            "training sets must be a matrix of sets × patients, one at least, holding whole numbers ≥ 0"
        )
    sizes = given.sum(axis=1)
    if np.any(sizes == 0):
        raise TrainingSetError(f"training set {np.flatnonzero(sizes == 0)[0]} has no patient")
    largest = max(sizes.max(), given.shape[1])
    if largest > MOST_DRAWS:  # before anything too large becomes an integer
        raise TrainingSetError(
            f"training sets hold at most {MOST_DRAWS:,} patients, and are drawn from as many; found {largest:,g}: select fewer"
            " (cohort.select)"
        )
    exact = given.astype(np.int64)
    left_out = 1 - exact
    down_date = (exact.max(axis=1) <= 1) & (np.count_nonzero(left_out, axis=1) < np.count_nonzero(exact, axis=1))
    amounts = np.where(down_date[:, None], left_out, exact)
    of_set, entries = np.nonzero(amounts)
    starts = np.concatenate([[0], np.cumsum(np.bincount(of_set, minlength=len(exact)))])
    n_planes = max(1, int(amounts.max()).bit_length())
    digits = (amounts[:, None, :] >> np.arange(n_planes)[None, :, None]) & 1
    return TrainingSets(
        weights=exact,
        from_everybody=down_date.astype(np.int64),
        starts=starts.astype(np.int64),
        entries=entries.astype(np.int64),
        amounts=amounts[of_set, entries],
        planes=pack_bits(digits.astype(np.bool_)),
        counter=np.dtype(np.int32 if largest <= MOST_IN_32_BITS else np.int64),
    )
