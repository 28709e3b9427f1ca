"""Features of the grey-level size-zone matrix."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from radsurv.radiomics.emphasis import emphasis_features

FEATURES = (
    "SZE",
    "LZE",
    "GLN",
    "ZSN",
    "ZP",
    "LGZE",
    "HGZE",
    "SZLGE",
    "SZHGE",
    "LZLGE",
    "LZHGE",
    "GLV",
    "ZSV",
)


def glszm_features(matrix: Float[np.ndarray, "level size"]) -> Float[np.ndarray, " 13"]:
    """The thirteen features of a size-zone matrix whose columns end with the largest zone present."""
    return emphasis_features(matrix)
