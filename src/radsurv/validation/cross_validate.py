"""Predictions for patients by models that have never seen them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from joblib import Parallel, cpu_count, delayed, effective_n_jobs

from radsurv.config import ModelConfig, ReductionConfig, SearchConfig, ValidationConfig
from radsurv.errors import TrainingSetError
from radsurv.survival.fit import Fit, fit_reduced
from radsurv.survival.kaplan_meier import SurvivalCurve, survival_curve
from radsurv.survival.model import RiskModel
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.training_sets import TrainingSets, training_sets
from radsurv.validation.feature_groups import feature_groups
from radsurv.validation.inner_draws import inner_draws_spread, inner_draws_table
from radsurv.validation.inner_folds import (
    draw_member_folds,
    fold_generator,
    folds_of_everybody,
    given_folds,
    model_seed,
)
from radsurv.validation.search import (
    EVERYBODY,
    Found,
    Store,
    Task,
    fit_folds,
    search_everybody,
    search_notes,
    trials_table,
)
from radsurv.validation.splits import Eligible, Splits, check_trainable, make_splits
from radsurv.validation.study import Trial
from radsurv.validation.tables import Fitted, folds_table, metrics_of, predictions_table, selections_table

# Training sets between two reports of progress.
SETS_PER_WORKER = 8
NO_SEARCH = SearchConfig(name="none")

# Called once per training set, with the number done so far, and of all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class CrossValidation:
    """What came out of a cross-validation.

    Attributes
    ----------
    predictions
        One row per patient and repeat: ``patient_id, time, event, fold, risk, threshold, group, repeat``.
    selections
        One row per fold and feature that survived the reduction there: ``fold, repeat, feature, strength,
        coefficient``.
    folds
        One row per fold: ``fold, repeat, n_tested, n_varying, n_concordant, n_kept, n_nonzero, penalty`` (λ; NaN where
        no feature was left), ``threshold``.
    splits
        Who was in each training set, and whom its model judges.
    models
        One per fold, in order of `folds`.
    references
        Likewise, the Kaplan-Meier curve of the training set: what a model has to beat.
    metrics
        Flat and named; NaN where something cannot be computed.
    notes
        Fallbacks and remarks that a reader of the numbers must know.
    trials
        See `radsurv.validation.search.trials_table`; empty without a search. Fold −1 stands for all patients.
    inner_draws
        See `radsurv.validation.inner_draws.inner_draws_table`; empty unless inner folds are drawn several times.
    """

    predictions: pd.DataFrame
    selections: pd.DataFrame
    folds: pd.DataFrame
    splits: Splits
    models: list[RiskModel]
    references: list[SurvivalCurve]
    metrics: dict[str, float]
    notes: list[str]
    trials: pd.DataFrame
    inner_draws: pd.DataFrame


def cross_validate(
    table: Float[np.ndarray, "patient feature"],
    feature_names: Sequence[str],
    patient_ids: Sequence[str],
    time: Float[np.ndarray, "patient"],
    event: Float[np.ndarray, "patient"],
    *,
    reduction: ReductionConfig,
    model: ModelConfig,
    validation: ValidationConfig,
    seed: int,
    sites: Sequence[str | None] | None = None,
    inner_folds: pd.DataFrame | None = None,
    eligible: Eligible | None = None,
    search: SearchConfig = NO_SEARCH,
    store: Store | None = None,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> CrossValidation:
    """Leave every patient out, once per repeat, train on others, predict.

    Parameters
    ----------
    table
        Complete: no missing values.
    feature_names, patient_ids
        Of its columns and rows.
    time, event
        Follow-up, in the unit of the cohort table.
    reduction, model, validation
        The sections of the configuration.
    seed
        Draws the outer folds, where the scheme has any, and the inner ones. The result depends on nothing else that is
        random, and not on `n_jobs`.
    sites
        Of the patients, for ``validation=leave_site_out``.
    inner_folds
        Content of the file ``validation.inner_folds``, see :func:`radsurv.validation.inner_folds.given_folds`.
    eligible
        Asked which features may take part in each training set; all of them if left out. Its answer for a set must
        depend on the members of the set alone.
    search
        Hyper-parameters to search inside each training set; ``search.features`` are groups of `feature_names`.
    store
        Keeps finished searches, so that a killed run goes on where it was.
    n_jobs
        Workers; −1 for one per core.
    progress
        Called in this thread, once per training set, in batches.

    Raises
    ------
    TrainingSetError
        When the table has missing values, the outcome is none, or too few events remain in a training set.
    ConfigError
        When given inner folds do not fit the patients, or the scheme does not.
    """
    outcome = check_outcome(time, event)
    if table.shape != (len(patient_ids), len(feature_names)) or len(outcome) != len(patient_ids):
        raise TrainingSetError(
            f"the table is {table.shape[0]} × {table.shape[1]}, with {len(patient_ids)} patients,"
            f" {len(feature_names)} feature names and {len(outcome)} outcomes: these must agree"
        )
    splits = make_splits(outcome, validation, seed, sites)
    check_trainable(outcome, splits.weights)
    sets = training_sets(splits.weights)
    folds = _inner_folds(outcome, splits, sets, patient_ids, validation, seed, inner_folds)
    values = np.asarray(table, dtype=np.float64)
    n_workers = effective_n_jobs(n_jobs)
    task = Task(
        rank_table(values), outcome, reduction, model, search, validation.inner == "strict", seed, eligible, store,
        feature_groups(search.features, feature_names),
    )  # fmt: skip
    tuned: list[tuple[int, int, list[Trial]]] = []
    if search.name == "flat":
        everybody = folds_of_everybody(outcome.event, patient_ids, validation, seed, inner_folds)
        task, trials = search_everybody(task, everybody)
        tuned = [(0, EVERYBODY, trials)]
    if search.name == "optuna" or task.strict:
        found = _fit_nested(task, splits, sets, folds, n_workers, progress)
        reductions, fits = [one.reduction for one in found], [one.fit for one in found]
        if search.name == "optuna":
            places = zip(splits.repeat.tolist(), splits.fold.tolist(), found, strict=True)
            tuned = [(repeat, fold, one.trials) for repeat, fold, one in places]
    else:
        allowed = None if task.eligible is None else task.eligible(sets.weights)
        n_threads = min(n_workers, cpu_count())  # the reduction stays on this machine
        reductions = FeatureReduction(task.table, sets, task.reduction, allowed).reduce(outcome, n_threads)
        seeds = [model_seed(seed, *place) for place in zip(splits.repeat.tolist(), splits.fold.tolist(), strict=True)]
        fits = _fit_all(values, outcome, sets, reductions, folds, task.model, seeds, n_workers, progress)
    models = [fit.model for fit in fits]
    fitted = Fitted(splits, reductions, models)
    predictions, by_fold = predictions_table(fitted, values, outcome, patient_ids), folds_table(fitted)
    metrics, notes = metrics_of(predictions, by_fold, outcome, len(feature_names))
    draws = inner_draws_table(splits, fits, values, outcome)
    metrics |= inner_draws_spread(draws)
    if search.name != "none":
        metrics["search_flat"] = int(search.name == "flat")
    all_trials = trials_table(tuned, task)
    return CrossValidation(
        predictions,
        selections_table(fitted, feature_names),
        by_fold,
        splits,
        models,
        [survival_curve(outcome.take(sets.rows(which))) for which in range(len(sets))],
        metrics,
        search_notes(task, all_trials) + notes,
        all_trials,
        draws,
    )


def _inner_folds(
    outcome: Outcome,
    splits: Splits,
    sets: TrainingSets,
    patient_ids: Sequence[str],
    validation: ValidationConfig,
    seed: int,
    given: pd.DataFrame | None,
) -> list[Int[np.ndarray, "draw member"]]:
    """Inner folds of every member of every training set."""
    if given is not None:
        of_set = given_folds(given, patient_ids)[1:]
        return [of_set[which][None, sets.rows(which)] for which in range(len(sets))]
    asked = validation.inner_splits, validation.inner_repeats
    return [
        draw_member_folds(outcome.event, sets.rows(which), *asked, fold_generator(seed, repeat, fold))
        for which, (repeat, fold) in enumerate(zip(splits.repeat.tolist(), splits.fold.tolist(), strict=True))
    ]


def _fit_nested(
    task: Task,
    splits: Splits,
    sets: TrainingSets,
    folds: list[Int[np.ndarray, "draw member"]],
    n_jobs: int,
    progress: Progress | None,
) -> list[Found]:
    """Search and fit every training set."""
    found = []
    for one in fit_folds(task, splits, sets, folds, n_jobs):
        found.append(one)
        if progress is not None:
            progress(len(found), len(sets))
    return found


def _fit_all(
    values: Float[np.ndarray, "patient feature"],
    outcome: Outcome,
    sets: TrainingSets,
    reductions: list[Reduction],
    folds: list[Int[np.ndarray, "draw member"]],
    config: ModelConfig,
    seeds: list[int],
    n_jobs: int,
    progress: Progress | None,
) -> list[Fit]:
    """Fit every training set. A worker gets the kept columns of its members, and nothing of the patient left out."""
    fits: list[Fit] = []
    # Threads, because the fits are compiled and release the interpreter; a Dask backend takes over where configured.
    with Parallel(n_jobs=n_jobs, prefer="threads") as parallel:
        for start in range(0, len(sets), SETS_PER_WORKER * n_jobs):
            batch = range(start, min(start + SETS_PER_WORKER * n_jobs, len(sets)))
            members = [sets.rows(which) for which in batch]
            fits += parallel(
                delayed(fit_reduced)(
                    values[np.ix_(rows, reductions[which].kept)],
                    reductions[which],
                    outcome.take(rows),
                    folds[which],
                    config,
                    seeds[which],
                )
                for which, rows in zip(batch, members, strict=True)
            )
            if progress is not None:
                for done in range(start + 1, len(fits) + 1):
                    progress(done, len(sets))
    return fits
