"""What the models used: features most often selected, what every fold kept, and every prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pandas as pd
from markupsafe import Markup

from radsurv.catalogue.tables import FOLDS, PREDICTIONS, SELECTIONS
from radsurv.cohort.covariates import is_clinical
from radsurv.formats import fixed, number, percent, plural
from radsurv.report.experiment import Experiment
from radsurv.report.figures.selection_plot import fold_count_figure, selection_figure
from radsurv.report.folds import per_feature, per_fold, sites_left_out
from radsurv.report.page_section import PageSection, inline

MOST_BARS = 20
MOST_ROWS = 200
MOST_IDS = 4


@dataclass(frozen=True)
class Feature:
    """A feature of the model of at least one fold, and whether it is a covariate; without coefficients, those two are empty."""

    name: str
    clinical: bool
    kept: str
    nonzero: str
    coefficient: str
    strength: str


@dataclass(frozen=True)
class Fold:
    """A training set, by its number or the site that it left out, and whom it left out: by name where they are few."""

    repeat: int
    fold: str
    patients: str
    n_kept: int
    n_nonzero: int
    threshold: str


@dataclass(frozen=True)
class Prediction:
    """A patient in one repeat."""

    repeat: int
    patient_id: str
    group: str
    risk: str
    threshold: str
    time: str
    event: bool


@dataclass(frozen=True, kw_only=True)
class SelectedFeatures(PageSection):
    """Features by how many folds agree on them, and one row per fold and per prediction.

    Attributes
    ----------
    rows, n_features
        The features shown as a table, and how many there are.
    n_bars, bars, counts
        Those in the figure, and how many each fold kept; no figures of a finished model, or without any feature.
    n_folds, folds, n_repeats, predictions, time_unit
    by_site
        Whether each fold is a site.
    external
    has_coefficients
        Whether features have coefficients in the models.
    clinical
        What covariates are to the models, where there are some.
    """

    order: ClassVar[int] = 110

    rows: tuple[Feature, ...]
    n_features: int
    n_bars: int
    bars: Markup | None
    counts: Markup | None
    n_folds: int
    by_site: bool
    folds: tuple[Fold, ...]
    n_repeats: int
    predictions: tuple[Prediction, ...]
    time_unit: str
    external: bool
    has_coefficients: bool
    clinical: str

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        predictions, selections = experiment.table(PREDICTIONS), experiment.table(SELECTIONS)
        written = experiment.table(FOLDS)
        if predictions is None or selections is None or written is None:
            return None
        folds, weighted = per_fold(predictions, written), experiment.has_coefficients
        covariates, model = bool(experiment.config.cohort.covariates), experiment.config.model
        table = per_feature(selections, len(folds))
        highest_first = predictions.sort_values(["repeat", "risk", "patient_id"], ascending=[True, False, True])
        sites = sites_left_out(experiment)
        bars = counts = None
        if len(table) and not experiment.external:
            bars, counts = _figures(table.head(MOST_BARS), folds, weighted=weighted, simulated=experiment.simulated)
        return cls(
            title="Features of the model" if experiment.external else "Features most often selected",
            rows=tuple(_feature(row, weighted, covariates) for row in table.head(MOST_ROWS).itertuples()),
            n_features=len(table),
            n_bars=min(MOST_BARS, len(table)),
            bars=bars,
            counts=counts,
            n_folds=len(folds),
            by_site=bool(sites),
            folds=tuple(_fold(row, sites, named=experiment.lists_patients) for row in folds.itertuples()),
            n_repeats=experiment.n_repeats,
            predictions=tuple(map(_prediction, highest_first.itertuples())) if experiment.lists_patients else (),
            time_unit=experiment.time_unit,
            external=experiment.external,
            has_coefficients=weighted,
            clinical=model.describe_clinical() if covariates and not experiment.external else "",
        )


def _figures(features: pd.DataFrame, folds: pd.DataFrame, *, weighted: bool, simulated: bool) -> tuple[Markup, Markup]:
    bars = selection_figure(features, simulated, weighted=weighted)
    nonzero = folds["n_nonzero"].to_numpy() if weighted else None
    counts = fold_count_figure(folds["n_kept"].to_numpy(), nonzero, simulated)
    used = "kept and used" if weighted else "kept"
    return (
        inline(bars, "selection", "Features by the share of folds that selected them"),
        inline(counts, "fold-counts", f"Number of features {used} per fold"),
    )


def _feature(row: Any, weighted: bool, covariates: bool) -> Feature:
    return Feature(
        name=row.feature,
        clinical=covariates and is_clinical(row.feature),
        kept=percent(row.kept),
        nonzero=percent(row.nonzero) if weighted else "",
        coefficient=fixed(row.coefficient, 3, "+") if weighted else "",
        strength=f"{row.strength:.3f}",
    )


def _fold(row: Any, sites: Mapping[int, str], *, named: bool) -> Fold:
    few = named and 0 < len(row.patients) <= MOST_IDS
    return Fold(
        repeat=row.repeat,
        fold=sites.get(row.fold, str(row.fold)),
        patients=", ".join(map(str, row.patients)) if few else plural(row.n_tested, "patient"),
        n_kept=row.n_kept,
        n_nonzero=row.n_nonzero,
        threshold=number(row.threshold),
    )


def _prediction(row: Any) -> Prediction:
    return Prediction(
        repeat=row.repeat,
        patient_id=row.patient_id,
        group=row.group,
        risk=fixed(row.risk, 3, "+"),
        threshold=fixed(row.threshold, 3, "+"),
        time=number(row.time),
        event=bool(row.event),
    )
