"""What the experiment adds to simpler models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from markupsafe import Markup

from radsurv.catalogue.metrics import COMPARED
from radsurv.catalogue.tables import COMPARATORS, EXPERIMENT
from radsurv.formats import capitalised, concordance, number, ratio, signed_concordance
from radsurv.report.cell_text import cell, with_limits_of
from radsurv.report.experiment import Experiment
from radsurv.report.figures.simpler_models_plot import simpler_models_figure
from radsurv.report.page_section import PageSection, inline
from radsurv.validation.schemes.loocv import LeaveOneOut

LABELS = {EXPERIMENT: "This experiment"} | {name: capitalised(said) for name, said in COMPARED.items()}


@dataclass(frozen=True)
class Compared:
    """One model on the same folds.

    Attributes
    ----------
    label, features
        Its name, and what it is made of; the latter is empty for the experiment.
    c, delta
        Its C, and that of the experiment minus it, with limits.
    hazard_ratio, null_folds
    """

    label: str
    features: str
    c: str
    delta: str
    hazard_ratio: str
    null_folds: str


@dataclass(frozen=True)
class Lacking:
    """A model that there is not, and why."""

    label: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SimplerModels(PageSection):
    """One row per model, the experiment first; and those that there are not.

    Attributes
    ----------
    rows, lacking
    figure
        Not of the experiment alone.
    loocv
        Whether the scheme leans away from whoever is left out, which costs weak models most.
    has_penalty
        Whether a penalty may set every coefficient to 0.
    reduced
        Whether covariates that join the features are reduced like them.
    """

    order: ClassVar[int] = 50
    title: str = "Against simpler models"

    rows: tuple[Compared, ...]
    figure: Markup | None
    lacking: tuple[Lacking, ...]
    loocv: bool
    has_penalty: bool
    reduced: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(COMPARATORS)
        if table is None or len(table) < 2:
            return None
        known = table[table["reason"] == ""].reset_index(drop=True)
        lacking = table[table["reason"] != ""]
        figure = None
        if len(known) > 1:
            drawn = simpler_models_figure(known, known["comparator"].map(LABELS).tolist(), experiment.simulated)
            described = "Harrell's C of the experiment and of simpler models, and the differences"
            figure = inline(drawn, "simpler-models", described)
        return cls(
            rows=tuple(map(_compared, known.to_dict("records"))),
            figure=figure,
            loocv=isinstance(experiment.scheme, LeaveOneOut),
            lacking=tuple(map(Lacking, lacking["comparator"].map(LABELS), lacking["reason"])),
            has_penalty=experiment.config.model.has_penalty,
            reduced=not (experiment.config.cohort.covariates and experiment.config.model.protects_clinical),
        )


def _compared(row: Mapping[Any, Any]) -> Compared:
    own = row["comparator"] == EXPERIMENT
    return Compared(
        label=LABELS[row["comparator"]],
        features="" if own else row["features"],
        c=with_limits_of(row, "harrell_c", concordance),
        delta="" if own else with_limits_of(row, "delta_c", signed_concordance),
        hazard_ratio=cell(row["hazard_ratio"], ratio),
        null_folds=number(row["n_null_folds"]),
    )
