"""How far the patients to whom a finished model is applied lie from those whom it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from radsurv.catalogue.tables import DISTANCE
from radsurv.errors import CohortError
from radsurv.formats import first_few
from radsurv.validation.finding import Finding

if TYPE_CHECKING:
    from radsurv.survival.measurements import Measurements
    from radsurv.validation.finished_model import FinishedModel

# In standard deviations of the training set, from its mean. A value beyond the first is outside of what the model has seen; a
# cohort with its median beyond the second, or that many times wider or narrower, was not measured on the same scale.
OUTSIDE, OTHER_SCALE = 5.0, 10.0
FEWEST_PATIENTS = 5  # fewer have no spread to speak of
NAMED = 3


@dataclass(frozen=True)
class DistanceFromTraining:
    """Of some patients.

    Attributes
    ----------
    ids
    features
        Those that the model weighs.
    z : (patient, feature) float64
        What the model multiplies by its weights, after its transforms: training SDs from the training mean.
    labels : (feature,) bool
        Features of 0 and 1 here: a rare label lies far from its mean, and is nothing that the model has not seen.
    """

    ids: Sequence[str]
    features: Sequence[str]
    z: Float[np.ndarray, "patient feature"]
    labels: Bool[np.ndarray, "feature"]

    @classmethod
    def of(cls, applied: FinishedModel, ids: Sequence[str], measured: Measurements) -> DistanceFromTraining:
        """That of patients with the features `FinishedModel.columns`."""
        model = applied.model
        weighted = model.coefficients != 0
        values = applied.learned.features(measured, np.arange(len(measured)))[:, model.features[weighted]]
        z = (values - model.mean[weighted]) / model.sd[weighted]
        return cls(ids, applied.used, z, np.asarray(np.isin(values, (0, 1)).all(axis=0)))

    @property
    def n_outside(self) -> Int[np.ndarray, "patient"]:
        """Of each patient, how many features lie beyond what the model has seen."""
        return np.count_nonzero(self._outside, axis=1)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per feature, by falling distance of the median: ``feature, median, spread, n_outside, other_scale``.

        ``median`` and ``spread`` (1.4826 × median absolute deviation) in training SDs; ``n_outside``: patients more than 5 SD from the
        training mean.
        """
        # Imported here because it takes longer to load than this to compute, and the report only wants the limits above.
        from scipy.stats import median_abs_deviation

        median = np.median(self.z, axis=0)
        spread = median_abs_deviation(self.z, axis=0, scale="normal")
        apart = np.abs(median) > OTHER_SCALE
        if len(self.ids) >= FEWEST_PATIENTS:
            # Not the robust spread, which is 0 where half of the patients share a value.
            narrow = self.z.std(axis=0, ddof=1)
            apart = apart | (spread > OTHER_SCALE) | ((narrow > 0) & (narrow < 1 / OTHER_SCALE))
        rows = {
            "feature": list(self.features),
            "median": median,
            "spread": spread,
            "n_outside": np.count_nonzero(self._outside, axis=0),
            "other_scale": apart & ~self.labels,
        }
        nearest_last = np.argsort(-np.abs(median), kind="stable")
        return pd.DataFrame(rows).iloc[nearest_last].reset_index(drop=True)

    def finding(self, *, accept: bool) -> Finding:
        """Table `DISTANCE`; ``external_out_of_range``, the patients with a value outside in any feature; what a reader must know.

        Parameters
        ----------
        accept
            Whether features on another scale are let pass, with a note.

        Raises
        ------
        CohortError
            When a feature is on another scale, and that is not accepted: its median lies more than 10 training SDs from the training
            mean, or its values are more than 10 times as spread out as in training, or less than a tenth as much.
        """
        strange = self.table[self.table["other_scale"]]
        notes = []
        if len(strange):
            said = first_few([_told(row) for row in strange.to_dict("records")], NAMED, "; ")
            found = f"{len(strange)} of {len(self.features)} features of the model are on another scale here: {said}"
            if not accept:
                raise CohortError(
                    f"{found}. Expected medians within {OTHER_SCALE:g} SD of the training mean, and a spread within a factor of"
                    f" {OTHER_SCALE:g}: compute these features in the way and unit of the model (normalisation, voxel size,"
                    " scaling), or set validation.accept_shift=true if they are right as they are"
                )
            notes.append(f"{found}; accepted (validation.accept_shift=true), so the predictions extrapolate")
        beyond = self.out_of_range()
        if beyond:
            notes.append(
                f"{len(beyond)} of {len(self.ids)} patients have values more than {OUTSIDE:g} SD from the training mean, beyond what the"
                f" model has seen: {first_few(list(beyond), NAMED)} (qc.csv has all of them)"
            )
        return Finding({DISTANCE: self.table}, {"external_out_of_range": len(beyond)}, notes=notes)

    def out_of_range(self) -> dict[str, str]:
        """By patient with a value beyond what the model has seen, what is said of them."""
        found = {}
        for row in np.flatnonzero(self._outside.any(axis=1)).tolist():
            farthest = int(np.argmax(np.where(self._outside[row], np.abs(self.z[row]), 0)))
            found[self.ids[row]] = (
                f"{np.count_nonzero(self._outside[row])} of {len(self.features)} features of the model lie more than {OUTSIDE:g} SD from"
                f" the training mean, {self.features[farthest]} the farthest ({self.z[row, farthest]:+.3g} SD): the risk is extrapolated"
            )
        return found

    @cached_property
    def _outside(self) -> Bool[np.ndarray, "patient feature"]:
        return (np.abs(self.z) > OUTSIDE) & ~self.labels


def no_distance() -> Finding:
    """Where no finished model is applied."""
    return Finding({DISTANCE: pd.DataFrame(columns=list(DISTANCE.columns))})


def _told(row: dict[Any, Any]) -> str:
    return f"{row['feature']} (median {row['median']:+.3g} SD from the training mean, {row['spread']:.3g} times as spread out)"
