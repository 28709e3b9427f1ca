"""Grey levels of the tumours after quantisation: what textures are counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.report.experiment import Experiment
from radsurv.report.figures.grey_levels_plot import grey_levels_figure
from radsurv.report.page_section import PASSPORT_ONLY, PageName, PageSection, inline


@dataclass(frozen=True, kw_only=True)
class GreyLevels(PageSection):
    """One panel per configuration."""

    order: ClassVar[int] = 108
    pages: ClassVar[frozenset[PageName]] = PASSPORT_ONLY
    title: str = "Grey levels after quantisation"

    panels: Markup

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        inspection = experiment.inspection
        if inspection is None or not inspection.levels:
            return None
        figure = grey_levels_figure(inspection.levels, experiment.simulated_here)
        return cls(panels=inline(figure, "grey-levels", "Share of pixels with each grey level, by configuration"))
