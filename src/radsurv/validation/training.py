"""The one way to train: from the members of a training set to a model, for any training sets and any outcome of the patients."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.compute.parallel import in_threads, n_threads
from radsurv.survival.measurements import Measurements
from radsurv.survival.model import RiskModel
from radsurv.survival.model_options import ModelFit, ReducedTrainingSet
from radsurv.survival.outcome import Outcome
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.training_sets import TrainingSets, training_sets
from radsurv.survival.transform import FittedTransform, apply_all
from radsurv.validation.feature_groups import feature_groups
from radsurv.validation.inner_folds import InnerFolds, given_folds, model_seed
from radsurv.validation.inner_search import (
    HyperParameters,
    InnerSearch,
    InnerSets,
    SharedRanks,
    TransformedSets,
    configured,
    loosest,
    searched,
)
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import NO_SEARCH, Protocol, Store
from radsurv.validation.search_options import FEATURES, FlatSearch, NestedSearch, NoSearch, SearchOptions
from radsurv.validation.splits import EVERYBODY, Place, Splits, check_trainable
from radsurv.validation.trials import Trial, best, run_trials

# First number of every spawn key, so that other uses of the same seed draw other numbers.
SEARCH = 8
# Changes whenever a finished search would come out differently.
VERSION = 2


@dataclass(frozen=True)
class LearnedModel:
    """All that was learned on one training set: it takes patients as they were measured.

    Attributes
    ----------
    transforms
        In the order in which they are applied.
    model
        Of the transformed features.
    """

    transforms: Sequence[FittedTransform]
    model: RiskModel

    def score(self, patients: Measurements, rows: Int[np.ndarray, "chosen"]) -> Float[np.ndarray, "chosen"]:
        """Log relative hazard of some of the patients."""
        return self.model.score(self._features(patients, rows))

    def survival(
        self, patients: Measurements, rows: Int[np.ndarray, "chosen"], times: Float[np.ndarray, "time"]
    ) -> Float[np.ndarray, "chosen time"]:
        """Their probability of being event-free at some times."""
        return self.model.survival(self._features(patients, rows), times)

    def passed(self, patients: Measurements, rows: Int[np.ndarray, "chosen"]) -> Bool[np.ndarray, "chosen"]:
        """Whom a transform could not serve and let pass."""
        passed = np.zeros(len(rows), dtype=np.bool_)
        chosen = patients.take(rows) if self.transforms else patients
        for transform in self.transforms:
            passed |= transform.passed(chosen)
            chosen = transform.apply(chosen)
        return passed

    def _features(self, patients: Measurements, rows: Int[np.ndarray, "chosen"]) -> Float[np.ndarray, "chosen feature"]:
        return apply_all(self.transforms, patients.take(rows)).values if self.transforms else patients.values[rows]


@dataclass(frozen=True)
class TrainedSet:
    """What came out of one training set.

    Attributes
    ----------
    transforms, reduction, fit
        What was learned, step by step.
    trials
        Of the search; empty without one.
    """

    transforms: Sequence[FittedTransform]
    reduction: Reduction
    fit: ModelFit
    trials: list[Trial] = field(default_factory=list)

    @property
    def learned(self) -> LearnedModel:
        """The whole of it, for predictions."""
        return LearnedModel(self.transforms, self.fit.model)


class Training:
    """A protocol, ready to train on any of the patients.

    What depends on the features alone (their ranks; scores of the reduction that do not look at the outcome, as long as the
    training sets stay the same) is computed once and shared with :meth:`given`, which may be called from several threads.

    Parameters
    ----------
    patients, protocol
    store
        Keeps finished searches.
    among
        Features that may take part; all of them if left out.
    """

    def __init__(
        self,
        patients: Patients,
        protocol: Protocol,
        store: Store | None = None,
        among: Bool[np.ndarray, "feature"] | None = None,
    ) -> None:
        self.patients, self.protocol, self._store, self._among = patients, protocol, store, among
        self.names = protocol.transforms.names_out(patients.names)
        search, scheme = protocol.search, protocol.scheme
        self.groups = {} if isinstance(search, NoSearch) else feature_groups(search.features, self.names)
        given = None if protocol.inner_folds is None else given_folds(protocol.inner_folds, patients.ids)
        self._inner = InnerFolds(scheme.inner_splits, scheme.inner_repeats, protocol.seed, given)
        self._space = searched(search, protocol.reduction, protocol.model)
        self._screened: list[FeatureReduction] = []  # the last one; shared with other outcomes

    def given(self, outcome: Outcome, seed: int) -> Training:
        """The same for another outcome of the patients, with another seed.

        Inner folds are drawn, also where given ones belong to the outcome as it is, and finished searches are not kept.
        """
        if not self.protocol.transforms.steps:
            _ = self.patients.ranked  # sorted here, once, rather than for every outcome
        protocol = replace(self.protocol, seed=seed, inner_folds=None)
        other = Training(self.patients.given(outcome), protocol, None, self._among)
        other._screened = self._screened
        return other

    def splits(self) -> Splits:
        """The training sets of the scheme.

        Raises
        ------
        ConfigError
            When these patients cannot be split so.
        TrainingSetError
            When a model cannot be trained in every set.
        """
        splits = self.protocol.scheme.splits(self.patients.outcome, self.patients.sites, self.protocol.seed)
        check_trainable(self.patients.outcome, splits.weights)
        return splits

    def in_every(self, splits: Splits, n_jobs: int = 1) -> Iterator[TrainedSet]:
        """Train in every training set, in their order; the number of workers changes no digit."""
        sets = training_sets(splits.weights)
        places = list(enumerate(splits.places))
        if not self._alike():
            return in_threads(lambda item: self._alone(sets.rows(item[0]), item[1]), places, n_jobs)
        reductions = self._reduction(sets).reduce(self.patients.outcome, n_threads(n_jobs))
        return in_threads(lambda item: self._fit(sets.rows(item[0]), reductions[item[0]], item[1]), places, n_jobs)

    def on_everybody(self) -> TrainedSet:
        """Train on all patients at once. Hyper-parameters may be searched here, because nobody of them is predicted."""
        return self._alone(np.arange(len(self.patients)), Place(0, EVERYBODY), anyhow=True)

    def tuned_on_everybody(self) -> tuple[Training, list[Trial]]:
        """Training with hyper-parameters tuned on all patients, those who are predicted included: optimistic by design."""
        search, protocol = self.protocol.search, self.protocol
        assert isinstance(search, SearchOptions)
        members, place = np.arange(len(self.patients)), Place(0, EVERYBODY)
        folds = self._inner.of(self.patients.outcome.event, members, place)
        trials = self._trials(search, self._search(members, folds, place)[0], members, folds, place)
        chosen = trials[best(trials, search)].parameters
        reduction, model = configured(protocol.reduction, protocol.model, chosen)
        fixed = replace(protocol, reduction=reduction, model=model, search=NO_SEARCH)
        among = self.groups[str(chosen[FEATURES])] if FEATURES in chosen else None
        return Training(self.patients, fixed, self._store, among), trials

    def _alike(self) -> bool:
        """Whether all training sets share the features as they are, and one reduction serves all of them."""
        protocol = self.protocol
        plain = isinstance(protocol.search, NoSearch) and protocol.scheme.inner == "paper"
        return plain and not protocol.transforms.steps

    def _reduction(self, sets: TrainingSets) -> FeatureReduction:
        screened = self._screened[0] if self._screened else None
        if screened is None or not np.array_equal(screened.sets.weights, sets.weights):
            patients, options = self.patients, self.protocol.reduction
            screened = FeatureReduction(patients.ranked, sets, options, patients.readings, self._among)
            self._screened[:] = [screened]
        return screened

    def _fit(self, rows: Int[np.ndarray, "drawn"], reduced: Reduction, place: Place) -> TrainedSet:
        """Fit one training set that is reduced already: it gets the kept columns of its members, and nothing of others."""
        outcome = self.patients.outcome
        kept = self.patients.measured.values[np.ix_(rows, reduced.kept)]
        folds, seed = self._inner.of(outcome.event, rows, place), model_seed(self.protocol.seed, place)
        training = ReducedTrainingSet(kept, reduced, outcome.take(rows), folds, seed)
        return TrainedSet((), reduced, self.protocol.model.fit_reduced(training))

    def _alone(self, rows: Int[np.ndarray, "drawn"], place: Place, *, anyhow: bool = False) -> TrainedSet:
        """Transform, search and fit one training set by itself; `anyhow`: search also where it is to be flat."""
        folds = self._inner.of(self.patients.outcome.event, rows, place)
        search = self.protocol.search
        inner, transforms = self._search(rows, folds, place)
        trials: list[Trial] = []
        chosen: HyperParameters = {}
        if isinstance(search, NestedSearch) or (anyhow and isinstance(search, FlatSearch)):
            trials = self._trials(search, inner, rows, folds, place)
            chosen = trials[best(trials, search)].parameters
        reduction, fit = inner.fit(chosen, nested=self.protocol.scheme.inner == "nested")
        return TrainedSet(transforms, reduction, fit, trials)

    def _search(
        self, rows: Int[np.ndarray, "drawn"], folds: Int[np.ndarray, "draw drawn"], place: Place
    ) -> tuple[InnerSearch, Sequence[FittedTransform]]:
        """What all hyper-parameters of a training set share, and the transforms of the whole of it."""
        protocol, outcome = self.protocol, self.patients.outcome
        judged = not isinstance(protocol.search, NoSearch) or protocol.scheme.inner == "nested"
        arguments = (
            self.patients,
            outcome,
            rows,
            folds if judged else folds[:0],
            loosest(protocol.search, protocol.reduction),
            self._among,
        )
        sets: InnerSets = (
            TransformedSets(*arguments, protocol.transforms) if protocol.transforms.steps else SharedRanks(*arguments)
        )
        seed = model_seed(protocol.seed, place)
        inner = InnerSearch(sets, outcome.take(rows), folds, protocol.reduction, protocol.model, self.groups, seed)
        return inner, sets.transforms

    def _trials(
        self,
        search: SearchOptions,
        inner: InnerSearch,
        rows: Int[np.ndarray, "drawn"],
        folds: Int[np.ndarray, "draw drawn"],
        place: Place,
    ) -> list[Trial]:
        """The trials of a training set, from the store where they are known."""
        key = None if self._store is None else self._key(search, rows, folds, place)
        kept = None if self._store is None or key is None else self._store.get(key)
        if kept is not None:
            return [Trial(dict(chosen), np.nan if value is None else float(value)) for chosen, value in kept]
        spawned = np.random.SeedSequence(self.protocol.seed, spawn_key=(SEARCH, place.repeat, place.fold + 1))
        seed = int(spawned.generate_state(1)[0])
        trials = run_trials(lambda chosen: inner.value(chosen, search.objective), self._space, search, seed)
        if self._store is not None and key is not None:
            self._store.put(key, [[one.parameters, None if np.isnan(one.value) else one.value] for one in trials])
        return trials

    def _key(
        self,
        search: SearchOptions,
        rows: Int[np.ndarray, "drawn"],
        folds: Int[np.ndarray, "draw drawn"],
        place: Place,
    ) -> str:
        """Hash of all that the trials of a training set depend on."""
        protocol, patients = self.protocol, self.patients
        options = {
            "version": VERSION,
            "transforms": protocol.transforms.model_dump(mode="json"),
            "reduction": protocol.reduction.model_dump(mode="json"),
            "model": protocol.model.model_dump(mode="json"),
            "search": search.model_dump(mode="json", exclude={"storage", "name"}),
            "seed": protocol.seed,
            "place": (place.repeat, place.fold),
            "features": patients.names,  # a transform may look at names
        }
        digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
        arrays = [
            rows,
            folds,
            patients.outcome.time[rows],
            patients.outcome.event[rows],
            patients.measured.values[rows],
        ]
        arrays += self.groups.values()  # the same patterns match other columns of another table
        if self._among is not None:
            arrays.append(self._among)
        if patients.readings is not None and protocol.reduction.threshold("icc") is not None:
            arrays.append(patients.readings.values[:, rows])
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        steering = patients.measured.cohort.loc[rows, list(protocol.transforms.needs())]
        digest.update(steering.to_csv(index=False).encode())
        return digest.hexdigest()
