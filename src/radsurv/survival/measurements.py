"""What is known of patients before anything happens to them: feature values, and their row of the cohort table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.cohort.magnitudes import LARGEST, OTHER_UNIT, SMALLEST
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.options.cohort_table import EVENT_CAUSE
from radsurv.survival.ranked_table import RankedTable, rank_table

if TYPE_CHECKING:
    import pandas as pd

OUTCOME = ("time", "event", EVENT_CAUSE)


@dataclass(frozen=True)
class Measurements:
    """Features of some patients, and what else may steer a transform of them. Never an outcome.

    Attributes
    ----------
    values : (patient, feature) float64
        NaN where a value is missing.
    names : tuple of str
        Of the features.
    cohort : DataFrame
        Columns of the cohort table, one row per patient in the same order (site, sequence, age, …), without the
        columns of the `OUTCOME`: whatever is learned from it cannot have seen an outcome.
    """

    values: Float[np.ndarray, "patient feature"]
    names: tuple[str, ...]
    cohort: pd.DataFrame

    def __post_init__(self) -> None:
        assert self.values.shape == (len(self.cohort), len(self.names))
        assert not set(OUTCOME) & set(self.cohort.columns)

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def ranked(self) -> RankedTable:
        """The feature table, sorted once for all training sets and outcomes; for features without missing values."""
        return rank_table(self.values)

    @property
    def sites(self) -> Sequence[str | None] | None:
        """Of the patients, where the cohort table has them."""
        return self.cohort["site"].tolist() if "site" in self.cohort else None

    def take(self, rows: Int[np.ndarray, "chosen"]) -> Measurements:
        """These patients, in this order; a position may come twice."""
        return Measurements(self.values[rows], self.names, self.cohort.iloc[rows].reset_index(drop=True))

    def where(self, faulty: Bool[np.ndarray, "patient feature"]) -> str:
        """The beginning of a sentence on faulty values, of which there are some: ``2 of 30 values of feature f3 are``."""
        features = np.flatnonzero(faulty.any(axis=0))
        others = f" and some of {plural(len(features) - 1, 'other feature')}" if len(features) > 1 else ""
        return f"{faulty[:, features[0]].sum()} of {len(self)} values of feature {self.names[features[0]]}{others} are"

    def check_sizes(self) -> None:
        """Make sure that squares of the values, and their sums, are numbers.

        Raises
        ------
        TrainingSetError
            Naming a feature with a value beyond 1e100, or none as large as 1e-100.
        """
        size = np.where(np.isfinite(self.values), np.abs(self.values), 0.0)
        too_large = size > LARGEST
        too_small = (size > 0) & (size.max(axis=0, initial=0.0) < SMALLEST)
        for faulty, found in ((too_large, f"larger than {LARGEST:g}"), (too_small, f"smaller than {SMALLEST:g}")):
            if faulty.any():
                raise TrainingSetError(
                    f"{self.where(faulty)} {found} in size, so that their squares are no numbers: {OTHER_UNIT}"
                )

    def rearranged(self, source: Int[np.ndarray, "patient"], moved: Bool[np.ndarray, "feature"]) -> Measurements:
        """The same patients, each with some features of the patient whom `source`, a permutation, names."""
        found = self.with_values(np.where(moved, self.values[source], self.values), self.names)
        if "ranked" in vars(self):  # what is sorted already need not be sorted again
            vars(found)["ranked"] = self.ranked.rearranged(source, moved)
        return found

    def with_values(self, values: Float[np.ndarray, "patient feature"], names: tuple[str, ...]) -> Measurements:
        """The same patients with other features."""
        return replace(self, values=values, names=names)
