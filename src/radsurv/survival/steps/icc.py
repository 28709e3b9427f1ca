"""Features on which readings of the same tumour agree."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from jaxtyping import Float

from radsurv.options.base import Share
from radsurv.survival.reduction_step import FeatureFilter, Screened


class ReadingAgreement(FeatureFilter):
    """ICC(2,1) among the members of at least the threshold; a feature without further readings does not hang on the outline."""

    name = "icc"
    allowed = Share
    searchable: ClassVar[bool] = False
    sees_outcome = False

    def scores(self, screened: Screened) -> Float[np.ndarray, "set counted"]:
        if screened.readings is None:
            return np.full((len(screened.sets), len(screened.features)), np.inf)
        return screened.readings.agreement(screened.sets.weights)[:, screened.features]

    def describe(self) -> str:
        return f"ICC ≥ {self.threshold:g}"
