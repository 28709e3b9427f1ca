"""What shortcuts would have claimed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.metrics import SKIPPED
from radsurv.catalogue.tables import EXPERIMENT, SHORTCUTS
from radsurv.formats import capitalised, concordance, signed_concordance
from radsurv.report.cell_text import with_limits_of
from radsurv.report.experiment import Experiment
from radsurv.report.figures.simpler_models_plot import simpler_models_figure
from radsurv.report.page_section import PageSection, inline

LABELS = {EXPERIMENT: "This experiment"} | {name: capitalised(said) for name, said in SKIPPED.items()}


@dataclass(frozen=True)
class Claim:
    """What one of them claims.

    Attributes
    ----------
    label
    c, excess
        Its C, and how much that is above the experiment's, with limits; the latter is empty for the experiment.
    """

    label: str
    c: str
    excess: str


@dataclass(frozen=True, kw_only=True)
class Shortcuts(PageSection):
    """One row per shortcut, the experiment first.

    Attributes
    ----------
    rows
    figure
    lacking
        Shortcuts that there are not here, each with the reason.
    """

    order: ClassVar[int] = 55
    title: str = "What shortcuts would have claimed"

    rows: tuple[Claim, ...]
    figure: Markup
    lacking: tuple[str, ...]

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(SHORTCUTS)
        if table is None or len(known := table[table["reason"] == ""]) < 2:
            return None
        lacking = table[table["reason"] != ""]
        labels = known["shortcut"].map(LABELS).tolist()
        excess = {f"excess_c{end}": f"delta_c{end}" for end in ("", "_low", "_high")}
        drawn = simpler_models_figure(
            known.rename(columns=excess), labels, experiment.simulated, "Shortcut minus experiment"
        )
        return cls(
            rows=tuple(map(_claim, known.to_dict("records"))),
            figure=inline(drawn, "shortcuts", "Harrell's C of the experiment and of shortcuts, and the differences"),
            lacking=tuple(map("{} ({})".format, lacking["shortcut"].map(LABELS), lacking["reason"])),
        )


def _claim(row: Mapping[Any, Any]) -> Claim:
    own = row["shortcut"] == EXPERIMENT
    excess = "" if own else with_limits_of(row, "excess_c", signed_concordance)
    return Claim(LABELS[row["shortcut"]], with_limits_of(row, "harrell_c", concordance), excess)
