"""Agreement of readings, by family of features and for those that survived reduction."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def family(feature: str) -> str:
    """The family of a hand-crafted feature, or network and layer of a deep one.

    >>> family("glcm_Energy_uniform32_native"), family("vgg19_fc1_0012")
    ('glcm', 'vgg19_fc1')
    """
    stem, _, last = feature.rpartition("_")
    return stem if stem and last.isdecimal() else feature.partition("_")[0]


def by_family(stability: pd.DataFrame) -> dict[str, pd.Series]:
    """ICC(2,1) of the features that have one, by family, in the order of the table."""
    known = stability.dropna(subset="icc2")
    return {str(name): group for name, group in known.groupby(known["feature"].map(family), sort=False)["icc2"]}


def of_features(stability: pd.DataFrame, features: Iterable[str]) -> pd.Series:
    """ICC(2,1) of some features, without those that have none."""
    return stability.loc[stability["feature"].isin(set(features)), "icc2"].dropna()
