"""Repetitions that are done (shuffles of a test, refits), kept for a killed run that is started again, or for one that asks for more."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from radsurv.survival.outcome import Outcome
from radsurv.validation.protocol import Store

EVERY_S = 30.0  # what a killed run may lose, besides the repetitions that were in work


class FinishedRepetitions:
    """The first repetitions of a test, or refits, all in one entry of a store, which grows.

    Neither the number of repetitions that is asked for nor the rule for stopping is a part of its name: who asks for more goes on
    from here.

    Parameters
    ----------
    store
        Nothing is kept without one.
    key
        Hash of all that the test depends on, see `repetitions_key`.
    n_statistics
        Of a repetition.
    kind
        Of the entry.

    Attributes
    ----------
    statistics : (repetition, statistic) float64
    refused : (repetition,) int64
        Shuffled outcomes, or resamples, that the analysis refused before.
    """

    def __init__(self, store: Store | None, key: str, n_statistics: int, kind: str) -> None:
        self._store, self._key, self._kind = store, key, kind
        rows = _rows(None if store is None else store.get(kind, key, grows=True), n_statistics)
        self.refused: Int[np.ndarray, "repetition"] = rows[:, 0].astype(np.int64)
        self.statistics: Float[np.ndarray, "repetition statistic"] = rows[:, 1:]
        self._n_stored, self._stored_at = len(rows), time.monotonic()

    def __len__(self) -> int:
        return len(self.refused)

    def keep(
        self,
        statistics: Sequence[Float[np.ndarray, "statistic"]] | Float[np.ndarray, "repetition statistic"],
        refused: Sequence[int] | Int[np.ndarray, "repetition"],
        *,
        at_last: bool = False,
    ) -> None:
        """Store what there is, if there is more than before, and not every time unless it is the last one."""
        now = time.monotonic()
        if self._store is None or len(refused) <= self._n_stored or (now - self._stored_at < EVERY_S and not at_last):
            return
        rows = np.column_stack([refused, np.array(statistics)])
        self._store.put(self._kind, self._key, rows.tolist(), grows=True)
        self._n_stored, self._stored_at = len(refused), now


def repetitions_key(
    analysis: str, outcome: Outcome, strata: Sequence[Int[np.ndarray, "member"]] | None, seed: int, n_statistics: int
) -> str:
    """Hash of all that repetitions depend on.

    Parameters
    ----------
    analysis
        Hash of what is repeated.
    outcome, strata, seed
        What is shuffled or resampled, among whom, and how it is drawn, see `radsurv.validation.permutation.permutation_test`.
    """
    inside = None if strata is None else [members.tolist() for members in strata]
    digest = hashlib.sha256(json.dumps([analysis, inside, seed, n_statistics]).encode())
    for array in (outcome.time, outcome.event):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _rows(found: list[Any] | None, n_statistics: int) -> Float[np.ndarray, "repetition column"]:
    """Refused outcomes and statistics; none where what was found is something else."""
    none = np.empty((0, 1 + n_statistics))
    try:
        rows = np.array(found or none, dtype=np.float64)
    except (ValueError, TypeError):
        return none
    return rows if rows.shape[1:] == none.shape[1:] else none
