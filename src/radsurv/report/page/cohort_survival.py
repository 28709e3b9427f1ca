"""The survival of all patients, before anybody is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import COHORT
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import cohort_survival_figure
from radsurv.report.page_section import PASSPORT_ONLY, PageName, PageSection, inline


@dataclass(frozen=True, kw_only=True)
class CohortSurvival(PageSection):
    """One Kaplan-Meier curve."""

    order: ClassVar[int] = 104
    pages: ClassVar[frozenset[PageName]] = PASSPORT_ONLY
    title: str = "Survival of everybody"

    curve: Markup

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        cohort = experiment.table(COHORT)
        if experiment.inspection is None or cohort is None or not {"time", "event"} <= set(cohort):
            return None
        figure = cohort_survival_figure(cohort, experiment.time_unit, experiment.simulated_here)
        return cls(curve=inline(figure, "cohort-survival", "Kaplan-Meier curve of all patients"))
