"""Columns of the cohort table in the design of a harmonisation: numbers as they are, labels as 0 and 1 per label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from radsurv.errors import TrainingSetError
from radsurv.options.base import Section

if TYPE_CHECKING:
    import pandas as pd


class Covariate(Section):
    """How one column becomes columns of the design: learned from the members of a training set, so that those of a single
    other patient are the same as in company.

    Attributes
    ----------
    levels
        Of labels, those of the members in the order of the alphabet; the first is the reference. None for a number.
    centre
        Of a number, the mean of the members; 0 for labels.
    """

    name: str
    levels: tuple[str, ...] | None
    centre: float

    @property
    def n_columns(self) -> int:
        """Of the design."""
        return 1 if self.levels is None else len(self.levels) - 1

    def known(self, cohort: pd.DataFrame) -> Bool[np.ndarray, "patient"]:
        """Whose value has an effect that could be learned: any number, but of labels those of the members only."""
        if self.levels is None:
            return np.ones(len(cohort), dtype=np.bool_)
        return np.isin(labels_of(cohort[self.name]), self.levels)

    def columns(self, cohort: pd.DataFrame) -> Float[np.ndarray, "patient column"]:
        """Columns of the design.

        Raises
        ------
        TrainingSetError
            For labels where the members have numbers.
        """
        if self.levels is not None:
            labels = labels_of(cohort[self.name])
            return np.asarray(labels[:, None] == np.array(self.levels[1:], dtype=str), dtype=np.float64)
        if not is_number(cohort[self.name]):
            raise TrainingSetError(
                f"{self.name!r} is protected, and holds labels here and numbers in the training set: translate it with"
                f" cohort.values.{self.name}"
            )
        return cohort[self.name].to_numpy(dtype=np.float64)[:, None] - self.centre


def learn_covariate(column: pd.Series) -> Covariate:
    """From the members, all of whom have a value."""
    if is_number(column):
        return Covariate(name=str(column.name), levels=None, centre=float(column.to_numpy(dtype=np.float64).mean()))
    return Covariate(name=str(column.name), levels=tuple(np.unique(labels_of(column)).tolist()), centre=0.0)


def design_columns(covariates: Sequence[Covariate], cohort: pd.DataFrame) -> Float[np.ndarray, "patient column"]:
    """Those of all covariates, side by side."""
    return np.hstack([np.zeros((len(cohort), 0)), *(covariate.columns(cohort) for covariate in covariates)])


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers; True and False are labels."""
    # Imported here because options are read without pandas.
    import pandas as pd

    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def labels_of(column: pd.Series) -> np.ndarray:
    """As text; a whole number is the same label whatever its type (1 and 1.0)."""
    whole = (int(value) if isinstance(value, float) and value.is_integer() else value for value in column.tolist())
    return np.array([str(value) for value in whole], dtype=str)
