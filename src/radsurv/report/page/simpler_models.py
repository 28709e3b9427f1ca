"""What the experiment adds to simpler models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pandas as pd
from markupsafe import Markup

from radsurv.catalogue.metrics import COMPARED
from radsurv.catalogue.tables import BETWEEN_REASONS, COMPARATORS, EXPERIMENT
from radsurv.formats import capitalised, concordance, number, probability, ratio, signed_concordance
from radsurv.report.cell_text import cell, with_limits_of
from radsurv.report.comparator_limits import LIMITED, best_limits
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
    c, delta, gain
        Its C, that of the experiment minus it, and it minus that of the clinical variables alone, with limits.
    p, gain_p
        Of its C, and of what its images add to its covariates, with Monte-Carlo intervals.
    hazard_ratio, null_folds
    """

    label: str
    features: str
    c: str
    delta: str
    gain: str
    p: str
    gain_p: str
    hazard_ratio: str
    null_folds: str


@dataclass(frozen=True)
class Lacking:
    """A model that there is not, or models of which something is not told, and why."""

    label: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SimplerModels(PageSection):
    """One row per model, the experiment first; and those that there are not.

    Attributes
    ----------
    rows, lacking, untold
    figure
        Not of the experiment alone.
    loocv
        Whether the scheme leans away from whoever is left out, which costs weak models most.
    has_penalty
        Whether a penalty may set every coefficient to 0.
    reduced
        Whether covariates that join the features are reduced like them.
    tested, refitted
        Whether P values of simpler models were asked for, and whether their limits are over refits.
    itself_tested
        Whether this experiment has such a P, by the same shuffles.
    gains
        Whether the clinical variables alone are among them, and more than predictions was asked for.
    gains_tested
        Whether there is any P of what images add.
    """

    order: ClassVar[int] = 50
    title: str = "Against simpler models"

    rows: tuple[Compared, ...]
    figure: Markup | None
    lacking: tuple[Lacking, ...]
    untold: tuple[Lacking, ...]
    tested: bool
    refitted: bool
    itself_tested: bool
    gains: bool
    gains_tested: bool
    loocv: bool
    has_penalty: bool
    reduced: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(COMPARATORS)
        if table is None or len(table) < 2:
            return None
        known = best_limits(table[table["reason"] == ""].reset_index(drop=True), experiment.metrics)
        asked = experiment.config.comparison
        refitted = bool(known[[f"{name}_refitted" for name in LIMITED]].any(axis=None))
        lacking = table[table["reason"] != ""]
        figure = None
        if len(known) > 1:
            drawn = simpler_models_figure(known, known["comparator"].map(LABELS).tolist(), experiment.simulated)
            described = "Harrell's C of the experiment and of simpler models, and the differences"
            figure = inline(drawn, "simpler-models", described)
        return cls(
            rows=tuple(_compared(row, experiment.metrics) for row in known.to_dict("records")),
            figure=figure,
            untold=_untold(known),
            tested=bool(asked.permutations),
            refitted=refitted,
            itself_tested=experiment.metrics.get("permutation_p_c") is not None,
            gains=bool(known["gain_c"].notna().any()) and (bool(asked.permutations) or refitted),
            gains_tested=bool(known["gain_p"].notna().any()),
            loocv=isinstance(experiment.scheme, LeaveOneOut),
            lacking=tuple(map(Lacking, lacking["comparator"].map(LABELS), lacking["reason"])),
            has_penalty=experiment.config.model.has_penalty,
            reduced=not (experiment.config.cohort.covariates and experiment.config.model.protects_clinical),
        )


def _untold(known: pd.DataFrame) -> tuple[Lacking, ...]:
    """What is not told of models that there are, those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for name, lacking in zip(known["comparator"], known["lacking"], strict=True):
        for reason in filter(None, lacking.split(BETWEEN_REASONS)):
            reasons.setdefault(reason, []).append(LABELS[name])
    return tuple(Lacking(", ".join(labels), reason) for reason, labels in reasons.items())


def _compared(row: Mapping[Any, Any], metrics: Mapping[str, float | None]) -> Compared:
    """The experiment's own P values are those of its own tests, by the same statistic and the same shuffles."""
    own = row["comparator"] == EXPERIMENT
    tested, p, gain_p = (metrics, "permutation_p_c", "added_value_p") if own else (row, "p", "gain_p")
    return Compared(
        label=LABELS[row["comparator"]],
        features="" if own else row["features"],
        c=with_limits_of(row, "harrell_c", concordance),
        delta="" if own else with_limits_of(row, "delta_c", signed_concordance),
        gain="" if row["comparator"] == "clinical" else with_limits_of(row, "gain_c", signed_concordance),
        p=with_limits_of(tested, p, probability),
        gain_p=with_limits_of(tested, gain_p, probability),
        hazard_ratio=cell(row["hazard_ratio"], ratio),
        null_folds=number(row["n_null_folds"]),
    )
