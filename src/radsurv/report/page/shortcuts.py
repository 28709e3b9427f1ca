"""What shortcuts would have claimed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

import pandas as pd
from markupsafe import Markup

from radsurv.catalogue.metrics import SKIPPED
from radsurv.catalogue.tables import EXPERIMENT, SHORTCUTS
from radsurv.formats import fixed
from radsurv.report.cell_text import with_limits
from radsurv.report.experiment import Experiment
from radsurv.report.figures.simpler_models_plot import simpler_models_figure
from radsurv.report.page_section import PageSection, inline

LABELS = {EXPERIMENT: "This experiment"} | {name: said[0].upper() + said[1:] for name, said in SKIPPED.items()}


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
            rows=tuple(_claim(row) for _, row in known.iterrows()),
            figure=inline(drawn, "shortcuts", "Harrell's C of the experiment and of shortcuts, and the differences"),
            lacking=tuple(map("{} ({})".format, lacking["shortcut"].map(LABELS), lacking["reason"])),
        )


def _claim(row: pd.Series) -> Claim:
    own = row["shortcut"] == EXPERIMENT
    return Claim(LABELS[row["shortcut"]], _limits(row, "harrell_c", ""), "" if own else _limits(row, "excess_c", "+"))


def _limits(row: pd.Series, name: str, sign: str) -> str:
    value, low, high = (row[column] for column in (name, f"{name}_low", f"{name}_high"))
    return with_limits(value, low, high, partial(fixed, digits=3, sign=sign))
