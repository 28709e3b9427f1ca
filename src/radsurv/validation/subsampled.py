"""The training sets of another scheme, of each only a part: how the experiment would go with fewer patients to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Bool, Int
from pydantic import Field, SerializeAsAny

from radsurv.options.base import Few
from radsurv.survival.outcome import Outcome
from radsurv.validation.splits import Splits
from radsurv.validation.validation_options import Scheme

# First number of every spawn key, so that other uses of the same seed draw other numbers.
SUBSAMPLES = 10


class Subsampled(Scheme):
    """A part of every training set, drawn among those with and those without the event alike; judged are the same patients.

    It is no choice of ``validation``: a learning curve is made of it.

    Attributes
    ----------
    base
        Whose training sets and judged patients these are.
    share
        How much of a training set is kept.
    draws
        How often a part is drawn of every set; each draw is a repeat of its own.
    """

    scheme: Literal["subsampled"]
    base: SerializeAsAny[Scheme]
    share: Annotated[float, Field(gt=0, le=1)]
    draws: Few

    @classmethod
    def of(cls, base: Scheme, share: float, draws: int) -> Subsampled:
        """With the inner folds and horizons of `base`."""
        shared = {name: getattr(base, name) for name in ("horizons", "inner", "inner_splits", "inner_repeats")}
        return cls(scheme="subsampled", base=base, share=share, draws=draws, **shared)

    def splits(self, outcome: Outcome, sites: Sequence[str | None] | None, seed: int) -> Splits:
        """A part of a set holds every smaller part of the same draw; the share 1 gives the sets as they are."""
        whole = self.base.splits(outcome, sites, seed)
        weights = [
            self._part(row, outcome.event, np.random.SeedSequence(seed, spawn_key=(SUBSAMPLES, draw, *place)))
            for draw in range(self.draws)
            for row, *place in zip(whole.weights, whole.repeat.tolist(), whole.fold.tolist(), strict=True)
        ]
        n_repeats = int(whole.repeat[-1]) + 1
        return Splits(
            weights=np.array(weights),
            tested=np.tile(whole.tested, (self.draws, 1)),
            repeat=np.concatenate([whole.repeat + draw * n_repeats for draw in range(self.draws)]),
            fold=np.tile(whole.fold, self.draws),
        )

    def _part(
        self, weights: Int[np.ndarray, "patient"], event: Bool[np.ndarray, "patient"], drawn: np.random.SeedSequence
    ) -> Int[np.ndarray, "patient"]:
        kept = np.zeros_like(weights)
        for stratum, own in zip((event, ~event), drawn.spawn(2), strict=True):
            members = np.random.default_rng(own).permutation(np.flatnonzero(stratum & (weights > 0)))
            chosen = members[: int(np.floor(self.share * len(members) + 0.5))]
            kept[chosen] = weights[chosen]
        return kept

    def describe(self, n_folds: int | None) -> str:
        return f"{self.base.describe(n_folds)}, {self.share:.0%} of each training set"
