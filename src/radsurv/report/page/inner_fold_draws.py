"""How much the random draw of the inner folds matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import pandas as pd

from radsurv.catalogue.tables import INNER_DRAWS
from radsurv.formats import number, probability, ratio
from radsurv.report.cell_text import cell
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PageSection


@dataclass(frozen=True)
class Draw:
    """What one draw of the folds gave, or all together."""

    c: str
    p: str
    hazard_ratio: str
    n_short: str


@dataclass(frozen=True, kw_only=True)
class InnerFoldDraws(PageSection):
    """The experiment, and once more per draw of the inner folds; only where there are several."""

    order: ClassVar[int] = 40
    title: str = "Other draws of the inner folds"

    own: Draw
    rows: tuple[Draw, ...]

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(INNER_DRAWS)
        if table is None:
            return None
        own = pd.Series({name: experiment.metrics.get(name) for name in table.columns[1:]}, dtype=float)
        return cls(own=_draw(own), rows=tuple(_draw(table.iloc[position]) for position in range(len(table))))


def _draw(row: pd.Series) -> Draw:
    return Draw(
        c=cell(row["harrell_c"], "{:.3f}".format),
        p=cell(row["log_rank_p"], probability),
        hazard_ratio=cell(row["hazard_ratio"], ratio),
        n_short=cell(row["n_short"], number),
    )
