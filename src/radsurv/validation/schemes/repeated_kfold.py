"""k folds, drawn several times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from radsurv.errors import ConfigError
from radsurv.options.base import Few
from radsurv.survival.outcome import Outcome
from radsurv.validation.inner_folds import draw_folds
from radsurv.validation.splits import Splits, splits_of_labels
from radsurv.validation.validation_options import Scheme

# First number of the spawn key, so that other uses of the same seed draw other numbers.
OUTER_FOLDS = 2


class RepeatedKFold(Scheme):
    """Repeated k-fold cross-validation; folds differ by one event and by one patient at most."""

    scheme: Literal["repeated_kfold"]
    n_splits: Annotated[int, Field(ge=2, le=100_000)]
    repeats: Few

    not_independent: ClassVar[str] = "Every patient was predicted by models that had seen a large part of the others"

    def splits(self, outcome: Outcome, sites: Sequence[str | None] | None, seed: int) -> Splits:
        if len(outcome) < self.n_splits:
            raise ConfigError(
                f"validation.n_splits={self.n_splits}: there are {len(outcome)} patients; expected at most as many folds as"
                " patients"
            )
        draws = (
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(OUTER_FOLDS, repeat)))
            for repeat in range(self.repeats)
        )
        return splits_of_labels(np.array([draw_folds(outcome.event, self.n_splits, draw) - 1 for draw in draws]))

    def describe(self, n_folds: int | None) -> str:
        return f"{self.n_splits}-fold" + (f", {self.repeats} times" if self.repeats > 1 else "")
