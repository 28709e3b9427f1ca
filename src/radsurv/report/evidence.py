"""The numbers that decide what an experiment has shown, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from radsurv.catalogue.tables import COMPARATORS, EXPERIMENT
from radsurv.config import Config
from radsurv.report.comparator_limits import best_limits
from radsurv.report.experiment import Experiment
from radsurv.validation.comparator_choice import KINDS, WITH_COVARIATES


@dataclass(frozen=True, kw_only=True)
class Simpler:
    """A model of fewer or other features on the same folds.

    Attributes
    ----------
    c, low, high
        Its C, with 95 % limits where there are any.
    delta, delta_low, delta_high
        C of the experiment minus its own, paired by patient.
    made_of
        Its model and features in words, where the run has them.
    refitted, delta_refitted
        Whether the limits of C, and of the difference, are those of refits, not of resampled predictions.
    """

    c: float
    low: float | None = None
    high: float | None = None
    delta: float
    delta_low: float | None = None
    delta_high: float | None = None
    made_of: str = ""
    refitted: bool = False
    delta_refitted: bool = False


@dataclass(frozen=True, kw_only=True)
class OnTop:
    """Images and clinical variables together, beside the clinical variables alone.

    Attributes
    ----------
    c
        Of both together.
    gain, low, high
        That minus the C of the clinical variables, paired by patient, with 95 % limits where there are any.
    refitted
        Whether these limits are those of refits, not of resampled predictions.
    """

    c: float
    gain: float
    low: float | None = None
    high: float | None = None
    refitted: bool = False


@dataclass(frozen=True, kw_only=True)
class Added:
    """What images add to the clinical block of the model, tested.

    Attributes
    ----------
    delta, low, high
        C with images minus C of the block alone, with 95 % limits where there are any.
    refitted
        Whether these limits are those of refits, not of resampled predictions.
    p
        Of shuffled images.
    within_sites
        Whether images were shuffled inside of sites.
    """

    delta: float
    low: float | None = None
    high: float | None = None
    refitted: bool = False
    p: float
    within_sites: bool = False


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the rules weigh; None where the run has no such number.

    Attributes
    ----------
    p
        Of the permutation test.
    c, c_low, c_high
        Harrell's C of the experiment under its own scheme.
    refitted
        Whether these limits are those of refits, not of resampled predictions.
    kfold_c, kfold_sd
        Of 5 times 5-fold cross-validation.
    slope, scaled_brier
        Calibration slope; scaled Brier score.
    n_folds, n_null_folds
        Training sets, and those without a model.
    apparent_c, out_of_bag_c, out_of_bag_sd, c_632plus, overfitting
        Of the bootstrap.
    flat
        Whether hyper-parameters were tuned on everybody.
    simpler
        By name, in the order of the table.
    on_top
        What images add to the clinical variables, by two models beside the experiment.
    added
        The same by the experiment itself, where it was tested.
    with_clinical
        Whether the experiment itself has the clinical variables beside images.
    scheme
        Of the experiment, in words.
    external, null
        Whether a finished model was applied; whether no fold has a model.
    """

    p: float | None = None
    c: float | None = None
    c_low: float | None = None
    c_high: float | None = None
    refitted: bool = False
    kfold_c: float | None = None
    kfold_sd: float | None = None
    slope: float | None = None
    scaled_brier: float | None = None
    n_folds: int = 0
    n_null_folds: int = 0
    apparent_c: float | None = None
    out_of_bag_c: float | None = None
    out_of_bag_sd: float | None = None
    c_632plus: float | None = None
    overfitting: float | None = None
    flat: bool = False
    simpler: Mapping[str, Simpler] = field(default_factory=dict)
    on_top: OnTop | None = None
    added: Added | None = None
    with_clinical: bool = False
    scheme: str = "this validation"
    external: bool = False
    null: bool = False

    @classmethod
    def of(cls, experiment: Experiment) -> Evidence:
        """The evidence of a run."""
        get, config, scheme = experiment.metrics.get, experiment.config, experiment.scheme
        n_folds = int(get("n_folds") or 0)
        c_low, c_high, refitted = _own_limits(experiment)
        return cls(
            p=get("permutation_p"),
            c=get("harrell_c"),
            c_low=c_low,
            c_high=c_high,
            refitted=refitted,
            kfold_c=get("kfold_harrell_c"),
            kfold_sd=get("kfold_harrell_c_sd"),
            slope=get("calibration_slope"),
            scaled_brier=get("scaled_brier"),
            n_folds=n_folds,
            n_null_folds=int(get("n_null_folds") or 0),
            apparent_c=get("apparent_c"),
            out_of_bag_c=get("out_of_bag_c"),
            out_of_bag_sd=get("out_of_bag_c_sd"),
            c_632plus=get("c_632plus"),
            overfitting=get("overfitting_rate"),
            flat=bool(get("search_flat")),
            simpler=_simpler(experiment),
            on_top=_on_top(experiment),
            added=_added(experiment),
            with_clinical=bool(config.cohort.covariates)
            and (config.computes_radiomics or config.computes_deep or config.cohort.features is not None),
            scheme="these patients" if scheme is None else scheme.describe(n_folds or None),
            external=experiment.external,
            null=experiment.null,
        )


def _limits(get: Callable[[str], float | None], key: str) -> tuple[float | None, float | None, bool]:
    """Those of refits where there are any, otherwise those of resampled predictions; and which."""
    low, high = get(f"{key}_refit_low"), get(f"{key}_refit_high")
    if low is None or high is None:
        return get(f"{key}_low"), get(f"{key}_high"), False
    return low, high, True


def _own_limits(experiment: Experiment) -> tuple[float | None, float | None, bool]:
    """Of C: where it was not refitted for its own sake, it may have been beside simpler models."""
    found, table = _limits(experiment.metrics.get, "harrell_c"), experiment.table(COMPARATORS)
    if found[2] or table is None:
        return found
    own = best_limits(table[table["comparator"] == EXPERIMENT], experiment.metrics).to_dict("records")
    return (own[0]["harrell_c_low"], own[0]["harrell_c_high"], True) if own and own[0]["harrell_c_refitted"] else found


def _simpler(experiment: Experiment) -> dict[str, Simpler]:
    """Those that were compared."""
    table = experiment.table(COMPARATORS)
    if table is None:
        return {}
    rows = best_limits(table[(table["reason"] == "") & (table["comparator"] != EXPERIMENT)], experiment.metrics)
    found = {str(row["comparator"]): _of_row(row) for row in rows.to_dict("records")}
    return {name: model for name, model in found.items() if model is not None}


def _on_top(experiment: Experiment) -> OnTop | None:
    """What images add to the clinical variables by two models beside the experiment: with and without all the images that there are."""
    table = experiment.table(COMPARATORS)
    if table is None:
        return None
    both = table[(table["reason"] == "") & table["comparator"].isin(_with_all_images(experiment.config))]
    rows = best_limits(both, experiment.metrics).to_dict("records")
    if not rows or pd.isna(rows[0]["gain_c"]):
        return None
    row = rows[0]
    low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("gain_c_low", "gain_c_high"))
    refitted = bool(row["gain_c_refitted"])
    return OnTop(c=float(row["harrell_c"]), gain=float(row["gain_c"]), low=low, high=high, refitted=refitted)


def _with_all_images(config: Config) -> list[str]:
    """Names of simpler models that hold covariates and all images: of one kind of images alone there is more than one name, and
    whichever was asked for first is compared."""
    radiomics = config.computes_radiomics or config.cohort.features is not None  # ready features count as radiomics
    images = {kind for kind, is_there in (("radiomics", radiomics), ("deep", config.computes_deep)) if is_there}
    return [name for name in WITH_COVARIATES if images and images <= set(KINDS[name])]


def _added(experiment: Experiment) -> Added | None:
    get = experiment.metrics.get
    delta, p = get("added_value_delta_c"), get("added_value_p")
    if delta is None or p is None:
        return None
    low, high, refitted = _limits(get, "added_value_delta_c")
    return Added(
        delta=delta,
        low=low,
        high=high,
        refitted=refitted,
        p=p,
        within_sites=bool(get("permutation_strata")),
    )


def _of_row(row: Mapping[Any, Any]) -> Simpler | None:
    def value(column: str) -> float | None:
        return None if pd.isna(row[column]) else float(row[column])

    c, delta = value("harrell_c"), value("delta_c")
    if c is None or delta is None:
        return None
    return Simpler(
        c=c,
        low=value("harrell_c_low"),
        high=value("harrell_c_high"),
        delta=delta,
        delta_low=value("delta_c_low"),
        delta_high=value("delta_c_high"),
        made_of=str(row["features"]),
        refitted=bool(row["harrell_c_refitted"]),
        delta_refitted=bool(row["delta_c_refitted"]),
    )
