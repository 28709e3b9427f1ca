"""Agreement of readings, by family of features and for those that survived reduction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial

import pandas as pd

from radsurv.cohort.parts import part_of, prefixed


def family(feature: str, parts: Collection[str] = ()) -> str:
    """The family of a hand-crafted feature, or network and layer of a deep one; with the part of the tumour, of several.

    >>> family("glcm_Energy_uniform32_native"), family("vgg19_fc1_0012")
    ('glcm', 'vgg19_fc1')
    >>> family("core_glcm_Energy_uniform32_native", ["core"])
    'core_glcm'
    """
    part, name = part_of(feature, parts)
    stem, _, last = name.rpartition("_")
    (found,) = prefixed(part, [stem if stem and last.isdecimal() else name.partition("_")[0]])
    return found


def by_family(stability: pd.DataFrame, parts: Collection[str] = ()) -> dict[str, pd.Series]:
    """ICC(2,1) of the features that have one, by family, in the order of the table."""
    known = stability.dropna(subset="icc2")
    return {
        str(name): group
        for name, group in known.groupby(known["feature"].map(partial(family, parts=parts)), sort=False)["icc2"]
    }


def of_features(stability: pd.DataFrame, features: Iterable[str]) -> pd.Series:
    """ICC(2,1) of some features, without those that have none."""
    return stability.loc[stability["feature"].isin(set(features)), "icc2"].dropna()
