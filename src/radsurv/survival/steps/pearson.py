"""Of features that correlate, the strongest."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from radsurv.survival.reduction_step import Pruning


class Correlation(Pruning):
    """Absolute Pearson correlation with every stronger feature that stays of at most the threshold."""

    name = "pearson"
    allowed = Annotated[float, Field(gt=0, le=1)]

    def prune(
        self,
        values: Float[np.ndarray, "feature patient"],
        candidates: Int[np.ndarray, "candidate"],
        rows: Int[np.ndarray, "drawn"],
    ) -> Int[np.ndarray, "kept"]:
        # Imported here because it is compiled code: who only reads options does without the compiler.
        from radsurv.survival.pruning import prune

        return np.asarray(prune(values, candidates, rows, self.threshold))

    def describe(self) -> str:
        return f"|r| ≤ {self.threshold:g}"
