"""Who takes part, who does not and why, and how the predicted groups differ beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import pandas as pd

from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.cohort.landmark import landmark_told, lost_before
from radsurv.formats import number, plural
from radsurv.report.characteristics import Characteristics, characteristics
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import BOTH_PAGES, PageName, PageSection


@dataclass(frozen=True)
class Remark:
    """An exclusion or a warning."""

    patient_id: str
    stage: str
    reason: str


@dataclass(frozen=True)
class Loss:
    """How many patients a stage excluded."""

    stage: str
    count: int
    landmark: str = ""  # of stage ``cohort``, how many left before times start


@dataclass(frozen=True, kw_only=True)
class PatientFlow(PageSection):
    """Patients in and out by stage, each exclusion and warning with its reason where they are listed, and baseline characteristics."""

    order: ClassVar[int] = 100
    pages: ClassVar[frozenset[PageName]] = BOTH_PAGES
    title: str = "Patients in and out"

    n_table: int
    losses: tuple[Loss, ...]
    n_included: int
    excluded: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    warned: str
    baseline: Characteristics | None

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        qc = experiment.qc
        if qc is None:
            return None
        excluded, warned = qc[qc["status"] == "excluded"], qc[qc["status"] == "warning"]
        return cls(
            n_table=int((qc["status"] != "warning").sum()),
            losses=_by_stage(excluded, _at_landmark(experiment, excluded)),
            n_included=int((qc["status"] == "included").sum()),
            excluded=_remarks(excluded) if experiment.lists_patients else (),
            warnings=_remarks(warned) if experiment.lists_patients else (),
            warned=plural(warned["patient_id"].nunique(), "patient") if len(warned) else "",
            baseline=characteristics(experiment),
        )


def _remarks(rows: pd.DataFrame) -> tuple[Remark, ...]:
    return tuple(map(Remark, rows["patient_id"], rows["stage"], rows["reason"]))


def _by_stage(excluded: pd.DataFrame, landmark: str) -> tuple[Loss, ...]:
    """In the order of the stages."""
    counts = excluded["stage"].value_counts(sort=False)
    said = {"cohort": landmark}
    return tuple(Loss(stage, int(counts[stage]), said.get(stage, "")) for stage in STAGE_NAMES if stage in counts)


def _at_landmark(experiment: Experiment, excluded: pd.DataFrame) -> str:
    """Who left before the landmark, and how."""
    cohort = experiment.config.cohort
    lost = lost_before(excluded["reason"], cohort)
    if not lost:
        return ""
    shown = ", ".join(f"{number(count)} {how}" for how, count in lost.items())
    return f"{number(sum(lost.values()))} at or before the landmark of {landmark_told(cohort)}: {shown}"
