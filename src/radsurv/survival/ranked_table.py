"""The feature table, sorted once: whatever the outcome and the training set, the order of the values stays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.errors import TrainingSetError


@dataclass(frozen=True)
class RankedTable:
    """A feature table with every column sorted.

    Attributes
    ----------
    values : (feature, patient) float64
        One row per feature, because every kernel walks along patients.
    order : (feature, patient) int32
        Patients by rising value.
    new_value : (feature, patient) bool
        Along `order`: whether the value differs from the one before. The first is always new.
    """

    values: Float[np.ndarray, "feature patient"]
    order: Int[np.ndarray, "feature patient"]
    new_value: Bool[np.ndarray, "feature patient"]

    @property
    def n_patients(self) -> int:
        return self.values.shape[1]

    @property
    def n_features(self) -> int:
        return self.values.shape[0]

    def rearranged(self, source: Int[np.ndarray, "patient"], moved: Bool[np.ndarray, "feature"]) -> RankedTable:
        """Some features moved between patients, each of whom gets those of patient ``source``: nothing is sorted again."""
        gets = np.empty_like(source)
        gets[source] = np.arange(len(source))
        values = np.where(moved[:, None], self.values[:, source], self.values)
        order = np.where(moved[:, None], gets[self.order], self.order).astype(np.int32)
        return RankedTable(values, order, self.new_value)


def rank_table(table: Float[np.ndarray, "patient feature"]) -> RankedTable:
    """Sort every column of a table.

    Raises
    ------
    TrainingSetError
        When the table is not two-dimensional or holds a value that is not finite (NaN has no rank).
    """
    if table.ndim != 2:
        raise TrainingSetError(f"expected a table of patients × features, found an array of shape {table.shape}")
    values = np.ascontiguousarray(table.T, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        feature, patient = np.argwhere(~finite)[0]
        raise TrainingSetError(
            f"{np.count_nonzero(~finite)} values are missing or infinite, the first in row {patient}, column {feature}:"
            " leave out or fill in such features or patients before training"
        )
    order = np.argsort(values, axis=1, kind="stable").astype(np.int32)
    along = np.take_along_axis(values, order, axis=1)
    new_value = np.ones(values.shape, dtype=np.bool_)
    np.not_equal(along[:, 1:], along[:, :-1], out=new_value[:, 1:])
    return RankedTable(values, order, new_value)
