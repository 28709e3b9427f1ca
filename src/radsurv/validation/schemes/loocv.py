"""Leave-one-out: everybody but one patient trains the model that predicts this one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from radsurv.options.file_paths import FilePath
from radsurv.survival.outcome import Outcome
from radsurv.validation.splits import Splits, splits_of_labels
from radsurv.validation.validation_options import Scheme


class LeaveOneOut(Scheme):
    """Leave-one-out cross-validation.

    Attributes
    ----------
    inner_folds
        Path of a CSV with given inner folds, one column per left-out patient; drawn where None.
    """

    scheme: Literal["loocv"]
    inner_folds: FilePath | None

    not_independent: ClassVar[str] = "Every patient was predicted by a model that had seen nearly all the others"
    biased: ClassVar[bool] = True
    caveat: ClassVar[str] = (
        "Under leave-one-out the C is biased downwards: without the left-out patient the training set leans the other way,"
        " so with no signal at all it falls below 0.5 rather than on it. Compare 5 times 5-fold cross-validation."
    )

    def splits(self, outcome: Outcome, sites: Sequence[str | None] | None, seed: int) -> Splits:
        return splits_of_labels(np.arange(len(outcome))[None])

    @property
    def given_inner_folds(self) -> str | None:
        return self.inner_folds

    def describe(self, n_folds: int | None) -> str:
        return "leave-one-out"
