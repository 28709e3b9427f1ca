"""What acting on the predictions would gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.tables import DECISION
from radsurv.formats import number
from radsurv.report.bands import of_bands
from radsurv.report.competing import not_the_risk
from radsurv.report.experiment import Experiment
from radsurv.report.figures.decision_plot import decision_figure
from radsurv.report.page_section import PageSection, inline


@dataclass(frozen=True, kw_only=True)
class NetBenefit(PageSection):
    """The decision curve; `better` says whether it is anywhere above those of acting on everybody and on nobody, `bands` what the band
    of the figure holds, `not_the_risk` what its probabilities are not where patients could leave by other causes."""

    order: ClassVar[int] = 80
    title: str = "Decision curve"

    figure: Markup
    horizon: str
    better: bool
    bands: str
    not_the_risk: str = ""

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(DECISION)
        if experiment.null or table is None or table["net_benefit"].isna().all():
            return None
        figure = decision_figure(table, experiment.simulated)
        return cls(
            figure=inline(figure, "decision-curve", "Net benefit by decision threshold"),
            horizon=f"{number(float(table['horizon'].iloc[0]))} {experiment.time_unit}",
            better=bool((table["net_benefit"] > table["net_benefit_all"].clip(lower=0)).any()),
            bands=of_bands(experiment, table, "net_benefit"),
            not_the_risk=not_the_risk(experiment),
        )
