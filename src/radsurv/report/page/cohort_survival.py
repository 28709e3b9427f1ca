"""The survival of all patients, before anybody is predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import COHORT
from radsurv.report.competing import Competing
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import cohort_survival_figure
from radsurv.report.page.survival_curves import incidence_of
from radsurv.report.page_section import PASSPORT_ONLY, PageName, PageSection, inline


@dataclass(frozen=True, kw_only=True)
class CohortSurvival(PageSection):
    """One Kaplan-Meier curve, or, where patients could leave by other causes, the cumulative incidence of the event; then with counts of
    each cause."""

    order: ClassVar[int] = 104
    pages: ClassVar[frozenset[PageName]] = PASSPORT_ONLY
    title: str = "Survival of everybody"

    curve: Markup
    causes: str = ""

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        cohort = experiment.table(COHORT)
        if experiment.inspection is None or cohort is None or not {"time", "event"} <= set(cohort):
            return None
        competing = Competing.of(experiment)
        if competing is not None:
            return cls(curve=incidence_of(competing, experiment), causes=competing.told)
        figure = cohort_survival_figure(
            cohort, experiment.time_unit, experiment.simulated_here, landmark_days=experiment.landmark_days
        )
        return cls(curve=inline(figure, "cohort-survival", "Kaplan-Meier curve of all patients"))
