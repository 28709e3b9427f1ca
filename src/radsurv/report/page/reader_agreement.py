"""How far the features hang on who drew the outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pandas as pd
from markupsafe import Markup

from radsurv.catalogue.tables import FOLDS, SELECTIONS, STABILITY
from radsurv.formats import percent
from radsurv.report.agreement import by_family, of_features
from radsurv.report.cell_text import cell
from radsurv.report.experiment import Experiment
from radsurv.report.figures.agreement_plot import agreement_figure
from radsurv.report.folds import per_feature
from radsurv.report.page_section import PageSection, inline
from radsurv.survival.steps.icc import ReadingAgreement

MOST_ROWS = 20


@dataclass(frozen=True)
class Quartiles:
    """Of the ICC(2,1) of some features."""

    n: str
    median: str
    low: str
    high: str


@dataclass(frozen=True)
class SelectedFeature:
    """One of the features most often selected."""

    name: str
    kept: str
    nonzero: str
    icc2: str
    icc3: str


@dataclass(frozen=True, kw_only=True)
class ReaderAgreement(PageSection):
    """ICC overall, by family and of the features that survived reduction.

    Attributes
    ----------
    readers
        Whether two readers drew; else outlines were perturbed.
    n_readings, n_patients
        The most of any feature.
    n_without
        Features without an ICC.
    threshold
        Of the reduction, where it looked at the agreement, and this run had a reduction of its own.
    external
    overall, selected, families
        Of all features, of those that survived reduction, and of each family.
    figure
    rows
    has_coefficients
        Whether features have coefficients in the models.
    """

    order: ClassVar[int] = 130

    readers: bool
    n_readings: int
    n_patients: int
    n_without: int
    threshold: float | None
    external: bool
    overall: Quartiles
    selected: Quartiles | None
    families: Mapping[str, Quartiles]
    figure: Markup
    rows: tuple[SelectedFeature, ...]
    has_coefficients: bool

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        table = experiment.table(STABILITY)
        if table is None or table["icc2"].isna().all():
            return None
        config = experiment.config
        families = by_family(table, config.cohort.regions or ())
        readers = config.roi.reader == "both"
        selected, rows = _selected(experiment, table)
        figure = agreement_figure(families, experiment.simulated)
        return cls(
            title="Agreement of readers" if readers else "Agreement of perturbed outlines",
            readers=readers,
            n_readings=int(table["n_readings"].max()),
            n_patients=int(table["n_patients"].max()),
            n_without=int(table["icc2"].isna().sum()),
            threshold=config.reduction.threshold(ReadingAgreement.name),
            external=experiment.external,
            overall=_quartiles(table["icc2"].dropna()),
            selected=selected,
            families={name: _quartiles(values) for name, values in families.items()},
            figure=inline(figure, "agreement", "Distribution of the ICC in every family of features"),
            rows=rows,
            has_coefficients=experiment.has_coefficients,
        )


def _selected(experiment: Experiment, table: pd.DataFrame) -> tuple[Quartiles | None, tuple[SelectedFeature, ...]]:
    """Of the features that survived reduction in at least one fold: all together, and the steadiest one by one."""
    selections, folds = experiment.table(SELECTIONS), experiment.table(FOLDS)
    if selections is None or folds is None:
        return None, ()
    survived = of_features(table, selections["feature"])
    known = per_feature(selections, len(folds)).merge(table, on="feature").head(MOST_ROWS)
    return _quartiles(survived) if len(survived) else None, tuple(map(_feature, known.itertuples()))


def _quartiles(values: pd.Series) -> Quartiles:
    low, middle, high = (f"{value:.2f}" for value in values.quantile([0.25, 0.5, 0.75]))
    return Quartiles(f"{len(values):,}", middle, low, high)


def _feature(row: Any) -> SelectedFeature:
    return SelectedFeature(
        name=row.feature,
        kept=percent(row.kept),
        nonzero=percent(row.nonzero),
        icc2=cell(row.icc2, "{:.2f}".format),
        icc3=cell(row.icc3, "{:.2f}".format),
    )
