"""How far the patients lie from those whom the applied model was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from radsurv.catalogue.tables import DISTANCE
from radsurv.formats import fixed
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PageSection
from radsurv.validation.distance_from_training import OTHER_SCALE, OUTSIDE

MOST_ROWS = 15


@dataclass(frozen=True)
class Feature:
    """In standard deviations of the training set."""

    name: str
    median: str
    spread: str
    n_outside: int
    other_scale: bool


@dataclass(frozen=True, kw_only=True)
class BesideTraining(PageSection):
    """Only of a finished model on other patients.

    Attributes
    ----------
    rows
        Features with a weight, the farthest first.
    hidden
        How many more there are.
    out_of_range, n_patients
        Patients with a value beyond what the model has seen, and all.
    outside, other_scale
        The distances, in SDs, from which a value and a feature are told.
    """

    order: ClassVar[int] = 37
    title: str = "Beside the training patients"

    rows: tuple[Feature, ...]
    hidden: int
    out_of_range: int
    n_patients: int
    outside: float = OUTSIDE
    other_scale: float = OTHER_SCALE

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(DISTANCE)
        if table is None:
            return None
        return cls(
            rows=tuple(map(_feature, table.head(MOST_ROWS).itertuples())),
            hidden=max(0, len(table) - MOST_ROWS),
            out_of_range=int(experiment.metrics["external_out_of_range"] or 0),
            n_patients=int(experiment.metrics["n_patients"] or 0),
        )


def _feature(row: Any) -> Feature:
    return Feature(row.feature, fixed(row.median, 2, "+"), fixed(row.spread, 2, ""), row.n_outside, row.other_scale)
