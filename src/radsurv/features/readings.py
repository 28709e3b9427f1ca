"""Several readings of the same features: the analysed outline's, and those of other outlines of the same tumours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from radsurv.features.stability import intraclass_correlation

KEYS = ["patient_id", "reading"]


@dataclass(frozen=True)
class Readings:
    """All readings of a feature table.

    Attributes
    ----------
    names : list of str
        All columns of the analysed table.
    columns : (read,) int
        Positions of those of which there are further readings; a covariate has none.
    values : (reading, patient, read)
        Reading 0 is the analysed table; NaN where a patient has no such reading.
    """

    names: list[str]
    columns: Int[np.ndarray, "read"]
    values: Float[np.ndarray, "reading patient read"]

    @property
    def n_patients(self) -> int:
        """Patients with every reading of at least one feature."""
        return int(np.isfinite(self.values).all(axis=0).any(axis=1).sum()) if len(self.values) > 1 else 0

    def agreement(self, weights: Int[np.ndarray, "set patient"]) -> Float[np.ndarray, "set feature"]:
        """ICC(2,1) of every feature among the members of each training set; NaN where a feature has none there.

        Infinite for a feature without further readings, which does not depend on the outline.

        Parameters
        ----------
        weights
            How often each patient is in each training set.
        """
        found = np.full((len(weights), len(self.names)), np.inf)
        if len(self.values) > 1:
            found[:, self.columns] = intraclass_correlation(self.values, weights).icc2
        return found

    def of(self, names: Sequence[str]) -> Readings:
        """Readings of some features, in their order; those of which there are none have none."""
        known = {self.names[column]: place for place, column in enumerate(self.columns)}
        columns = np.array([place for place, name in enumerate(names) if name in known], dtype=np.int64)
        read = [known[names[column]] for column in columns]
        return Readings(list(names), columns, self.values[:, :, read])

    def take(self, patients: Int[np.ndarray, "chosen"]) -> Readings:
        """Readings of some patients, in their order; a position may come twice."""
        return Readings(self.names, self.columns, self.values[:, patients])

    def stability(self) -> pd.DataFrame:
        """ICC of every feature over all patients: ``feature, icc2, icc3, n_patients, n_readings``; empty without readings."""
        if len(self.values) < 2:
            number, count = np.empty(0), np.empty(0, dtype=np.int64)
            nothing = {"feature": np.empty(0, dtype=object), "icc2": number, "icc3": number}
            return pd.DataFrame({**nothing, "n_patients": count, "n_readings": count})
        found = intraclass_correlation(self.values, np.ones((1, self.values.shape[1]), dtype=np.int64))
        return pd.DataFrame(
            {
                "feature": [self.names[column] for column in self.columns],
                "icc2": found.icc2[0],
                "icc3": found.icc3[0],
                "n_patients": found.n_patients[0],
                "n_readings": len(self.values),
            }
        )


def collect_readings(analysed: pd.DataFrame, others: Sequence[pd.DataFrame]) -> Readings:
    """Put readings beside the analysed table.

    Parameters
    ----------
    analysed
        ``patient_id``, then features: the patients and columns that are analysed.
    others
        ``patient_id``, ``reading`` (1, 2, …), then features. Patients and features that are not analysed are left out.
    """
    names = [str(name) for name in analysed.columns[1:]]
    further = reduce(lambda left, right: left.merge(right, on=KEYS, how="outer"), others)
    columns = np.flatnonzero(analysed.columns[1:].isin(further.columns))
    by_reading = further.set_index("reading")
    values = [analysed.iloc[:, 1 + columns].to_numpy(np.float64)]
    for reading in sorted(set(further["reading"])):
        rows = by_reading.loc[[reading]].set_index("patient_id").reindex(analysed["patient_id"])
        values.append(rows[[names[column] for column in columns]].to_numpy(np.float64))
    return Readings(names, columns, np.stack(values))
