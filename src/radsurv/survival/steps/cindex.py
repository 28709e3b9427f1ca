"""Features that order patients by their outcome."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from jaxtyping import Float
from pydantic import Field

from radsurv.survival.reduction_step import FeatureFilter, Screened


class Concordance(FeatureFilter):
    """Univariate concordance index of at least the threshold."""

    name = "cindex"
    allowed = Annotated[float, Field(ge=0.5, le=1)]
    sees_outcome = True

    def scores(self, screened: Screened) -> Float[np.ndarray, "set counted"]:
        assert screened.strength is not None
        return screened.strength

    def describe(self) -> str:
        return f"C ≥ {self.threshold:g}"
