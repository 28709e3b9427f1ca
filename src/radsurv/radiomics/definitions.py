"""Which definitions of the features are in force: a version per family, raised whenever a change alters any of its numbers."""

from __future__ import annotations

# histogram 2: on negative intensities (CT) a value on an edge belongs to the lower bin, as on positive ones.
_FAMILIES = {"shape": 1, "histogram": 2, "glcm": 1, "glrlm": 1, "glszm": 1, "ngtdm": 1}
_IBSI = {"shape": 1, "histogram": 1, "glcm": 1, "glrlm": 1, "glszm": 1, "ngtdm": 1}

# By the first part of a feature's name. Cached features of other versions are computed anew, and a model refuses them.
FAMILY_VERSIONS: dict[str, int] = {**_FAMILIES, **{f"ibsi{family}": version for family, version in _IBSI.items()}}
