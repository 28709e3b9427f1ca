"""Features that vary."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from jaxtyping import Float
from pydantic import Field

from radsurv.survival.reduction_step import FeatureFilter, Screened


class Spread(FeatureFilter):
    """Median absolute deviation above the threshold. That of a feature of 0 and 1 is 0 unless each makes up a half."""

    name = "mad"
    allowed = Annotated[float, Field(ge=0, allow_inf_nan=False)]
    sees_outcome = False
    drops_constant: ClassVar[bool] = True

    def scores(self, screened: Screened) -> Float[np.ndarray, "set counted"]:
        # Imported here because it is compiled code: who only reads options does without the compiler.
        from radsurv.survival.absolute_deviation import median_absolute_deviation

        return median_absolute_deviation(screened.table, screened.sets)[:, screened.features]

    def passes(self, scores: Float[np.ndarray, "..."]) -> np.ndarray:
        return np.asarray(scores > self.threshold)

    def describe(self) -> str:
        return f"MAD > {self.threshold:g}"
