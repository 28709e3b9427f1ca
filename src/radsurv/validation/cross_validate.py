"""Predictions for patients by models that have never seen them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import FOLDS, INNER_DRAWS, PREDICTIONS, SELECTIONS, TRIALS
from radsurv.compute.parallel import all_cores
from radsurv.compute.progress import Effort, among, telling
from radsurv.formats import plural
from radsurv.validation.finding import Finding
from radsurv.validation.finished_sets import FinishedSets
from radsurv.validation.inner_draws import inner_draws_spread, inner_draws_table
from radsurv.validation.judged_so_far import JudgedSoFar
from radsurv.validation.learned_model import TrainedSet
from radsurv.validation.left_out import LeftOutModels, LeftOutScores, baselines_taken, left_out_scores, passed_through
from radsurv.validation.patients import Patients
from radsurv.validation.prediction_tables import (
    agreement_of,
    folds_table,
    judge,
    null_notes,
    predictions_table,
    selections_table,
)
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.search_options import FlatSearch, NestedSearch, NoSearch
from radsurv.validation.search_record import search_notes, trials_table
from radsurv.validation.splits import EVERYBODY, Place
from radsurv.validation.training import Training
from radsurv.validation.trials import Trial

FEWER = "fewer training sets (validation=repeated_kfold)"  # what makes an experiment shorter


@dataclass(frozen=True)
class CrossValidation:
    """What came out of a cross-validation, or of a finished model on other patients.

    Attributes
    ----------
    judges
        The models, and whom each judges.
    finding
        Tables `PREDICTIONS`, `SELECTIONS`, `FOLDS`, `TRIALS` and `INNER_DRAWS`, the metrics that they give, and remarks.
    """

    judges: LeftOutModels
    finding: Finding

    @property
    def predictions(self) -> pd.DataFrame:
        """One row per patient and repeat."""
        return self.finding.tables[PREDICTIONS]

    @property
    def metrics(self) -> dict[str, float]:
        """Of the predictions."""
        return self.finding.metrics


def cross_validate(
    patients: Patients,
    protocol: Protocol,
    resources: Resources,
    *,
    label: str = "evaluate",
    fewer: str = FEWER,
) -> CrossValidation:
    """Leave every patient out, once per repeat, train on others, predict.

    Parameters
    ----------
    patients
        Without missing values, unless a transform fills them in.
    protocol
        The result depends on nothing else that is random, and not on the number of workers.
    resources
    label
        Of the progress bar.
    fewer
        What makes for fewer training sets, for where they take long.

    Raises
    ------
    TrainingSetError
        When the table has missing values, or too few events remain in a training set.
    ConfigError
        When given inner folds do not fit the patients, or the scheme does not.
    """
    configured = Training(patients, protocol, resources.store)
    training, trials = _tuned(configured)
    splits = training.splits()
    finished = FinishedSets(resources.store, configured, training, splits)
    trained, judged = list(finished.kept), JudgedSoFar(splits, patients)
    for one in trained:
        judged.add(one.learned)
    effort = Effort(
        plural(len(splits), "model"), _shorter(protocol, resources, fewer), kept=resources.store is not None
    )
    try:
        with resources.bar(label, len(splits), len(trained), effort) as advance:
            for one in training.in_every(splits, resources.n_jobs, len(trained)):
                trained.append(one)
                judged.add(one.learned)
                finished.keep(trained)
                advance(judged.values)
    finally:  # also when it is interrupted
        finished.keep(trained, at_last=True)
    judges = LeftOutModels(splits, [one.learned for one in trained])
    if isinstance(protocol.search, NestedSearch):
        trials = [(place, one.trials) for place, one in zip(splits.places, trained, strict=True)]
    return CrossValidation(judges, _finding(configured, judges, trained, trials, _kept_notes(finished, len(trained))))


def _shorter(protocol: Protocol, resources: Resources, fewer: str) -> str:
    trials = (
        [] if isinstance(protocol.search, NoSearch) else ["fewer trials of the search (search.trials)", "search=none"]
    )
    return ", ".join([*trials, fewer, *all_cores(resources.n_jobs)])


def left_out(training: Training) -> LeftOutScores:
    """The predictions alone, by the same steps: what a permutation test repeats."""
    with telling(None):
        training, _ = _tuned(training)
    splits = training.splits()
    with among(len(splits), "models"):
        trained = training.where_features_are_left(splits)
        return left_out_scores(splits, ((which, one.learned) for which, one in trained), training.patients.measured)


def _tuned(training: Training) -> tuple[Training, Sequence[tuple[Place, list[Trial]]]]:
    """Where the search is flat, hyper-parameters fixed by all patients before any of them is left out."""
    if not isinstance(training.protocol.search, FlatSearch):
        return training, []
    fixed, trials = training.tuned_on_everybody()
    return fixed, [(Place(0, EVERYBODY), trials)]


def _kept_notes(finished: FinishedSets, n_sets: int) -> list[str]:
    n_kept = len(finished.kept)
    said = [f"{n_kept:,} of {plural(n_sets, 'training set')} from an earlier run"] if n_kept else []
    if finished.unread:
        said.append("training sets that an earlier run has kept are none of these, and were trained again")
    return said


def _finding(
    configured: Training,
    judges: LeftOutModels,
    trained: Sequence[TrainedSet],
    trials: Sequence[tuple[Place, list[Trial]]],
    run_notes: list[str],
) -> Finding:
    patients, protocol, splits = configured.patients, configured.protocol, judges.splits
    scores = left_out_scores(splits, enumerate(judges.learned), patients.measured)
    models = [one.model for one in judges.learned]
    predictions = predictions_table(scores, patients)
    n_varying = [one.reduction.n_varying for one in trained]
    folds = folds_table(splits, models, n_varying, [len(one.reduction.candidates) for one in trained])
    metrics, remarks = judge(predictions, folds, patients.outcome, len(configured.names))
    if not protocol.model.has_coefficients:
        metrics["median_nonzero"] = np.nan
    metrics |= agreement_of(
        models, configured.names, values=None if protocol.transforms.steps else patients.measured.values,
        protects_clinical=protocol.model.protects_clinical,
        weighted=protocol.model.has_coefficients, drawn_apart=protocol.scheme.drawn_apart,
    )  # fmt: skip
    draws, tried = inner_draws_table(splits, trained, patients), trials_table(trials, protocol)
    metrics |= inner_draws_spread(draws)
    if not isinstance(protocol.search, NoSearch):
        metrics["search_flat"] = int(isinstance(protocol.search, FlatSearch))
    passed = passed_through(protocol.transforms, judges, patients)
    notes = [
        *search_notes(protocol, configured.groups, tried),
        *passed.notes,
        *baselines_taken(judges, patients),
        *null_notes(folds),
        *remarks,
    ]
    tables = {
        PREDICTIONS: predictions,
        SELECTIONS: selections_table(splits, models, configured.names),
        FOLDS: folds,
        TRIALS: tried,
        INNER_DRAWS: draws,
    }
    return Finding(tables, metrics | passed.metrics, {}, notes, run_notes)
