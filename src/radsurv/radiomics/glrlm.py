"""Features of the grey-level run-length matrix."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from radsurv.radiomics.emphasis import emphasis_features

FEATURES = (
    "SRE",
    "LRE",
    "GLN",
    "RLN",
    "RP",
    "LGRE",
    "HGRE",
    "SRLGE",
    "SRHGE",
    "LRLGE",
    "LRHGE",
    "GLV",
    "RLV",
)


def glrlm_features(matrix: Float[np.ndarray, "level length"]) -> Float[np.ndarray, " 13"]:
    """The thirteen features of a run-length matrix whose columns end with the longest run present."""
    return emphasis_features(matrix)
