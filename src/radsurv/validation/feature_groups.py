"""Named groups of features, such as those of one layer, among which a search may choose."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
from jaxtyping import Bool

from radsurv.errors import ConfigError

Groups = Mapping[str, Bool[np.ndarray, "feature"]]
FAMILIES_SHOWN = 3


def feature_groups(patterns: Mapping[str, Sequence[str]] | None, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The features of each group, by their names alone.

    Parameters
    ----------
    patterns
        ``search.features``: by group, shell-style patterns (``vgg19_fc1_*``); a feature that matches any of them belongs
        to it.
    names
        Of all features, in the order of the table.

    Returns
    -------
    groups
        By name, which features (feature,) belong to it; empty where there are no `patterns`.

    Raises
    ------
    ConfigError
        When a pattern matches no feature.
    """
    return {
        group: np.any([_matching(pattern, names, group) for pattern in wanted], axis=0)
        for group, wanted in (patterns or {}).items()
    }


def _matching(pattern: str, names: Sequence[str], group: str) -> Bool[np.ndarray, "feature"]:
    found = np.array([fnmatchcase(name, pattern) for name in names], dtype=np.bool_)
    if not found.any():
        near = ", ".join(difflib.get_close_matches(pattern, _families(names), n=FAMILIES_SHOWN, cutoff=0.0))
        raise ConfigError(
            f"search.features.{group}: the pattern {pattern!r} matches none of the {len(names)} features; the nearest"
            f" families of features are {near}"
        )
    return found


def _families(names: Sequence[str]) -> list[str]:
    """Patterns of beginnings and ends, up to an underscore, that several features share; all names if there are none."""
    shared: Counter[str] = Counter()
    for name in names:
        words = name.split("_")
        shared.update(f"{'_'.join(words[:end])}_*" for end in range(1, len(words)))
        shared.update(f"*_{'_'.join(words[start:])}" for start in range(1, len(words)))
    return [family for family, count in shared.items() if count > 1] or list(names)
