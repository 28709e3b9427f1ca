"""The one way to train: from the members of a training set to a model, for any training sets and any outcome of the patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Int

from radsurv.compute.parallel import in_threads, n_threads
from radsurv.compute.progress import part_done
from radsurv.survival.model_options import ReducedTrainingSet
from radsurv.survival.outcome import Outcome
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.strata import Strata
from radsurv.survival.training_sets import TrainingSets, training_sets
from radsurv.survival.transform import FittedTransform
from radsurv.validation.feature_groups import feature_groups
from radsurv.validation.finished_searches import FinishedSearches
from radsurv.validation.inner_folds import FoldedSet, InnerFolds, given_folds, model_seed
from radsurv.validation.inner_search import InnerSearch
from radsurv.validation.inner_sets import InnerSets, SharedRanks, TransformedSets
from radsurv.validation.learned_model import TrainedSet
from radsurv.validation.model_strata import strata_of_model
from radsurv.validation.patients import Patients, clinical_among
from radsurv.validation.protocol import NO_SEARCH, Protocol, Store
from radsurv.validation.search_options import FEATURES, FlatSearch, NestedSearch, NoSearch, SearchOptions
from radsurv.validation.search_space import HyperParameters, configured, loosest, searched
from radsurv.validation.splits import EVERYBODY, Place, Splits, check_trainable
from radsurv.validation.trials import Trial, best, run_trials

# First number of every spawn key, so that other uses of the same seed draw other numbers.
SEARCH = 8


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
    copies : (patient,) int64
        How often each patient counts, once at least: where they are a resample of others. All copies of a patient are in one fold, or
        outside of it. Once if left out.

    Raises
    ------
    ConfigError
        When the model is stratified, and the site of a patient is not known.
    """

    def __init__(
        self,
        patients: Patients,
        protocol: Protocol,
        store: Store | None = None,
        among: Bool[np.ndarray, "feature"] | None = None,
        copies: Int[np.ndarray, "patient"] | None = None,
    ) -> None:
        self.patients, self.protocol, self._store, self._among = patients, protocol, store, among
        self.copies = np.ones(len(patients), dtype=np.int64) if copies is None else copies
        self.names = protocol.transforms.names_out(patients.names)
        clinical = clinical_among(self.names)
        self._protected = clinical if protocol.model.protects_clinical and clinical.any() else None
        search, scheme = protocol.search, protocol.scheme
        self._strata = None if protocol.model.strata is None else strata_of_model(patients.sites)
        self.groups = {} if isinstance(search, NoSearch) else feature_groups(search.features, self.names)
        given = None if protocol.inner_folds is None else given_folds(protocol.inner_folds, patients.ids)
        self._inner = InnerFolds(scheme.inner_splits, scheme.inner_repeats, protocol.seed, given)
        self._finished = None if store is None else FinishedSearches(store, patients, protocol, self.groups, among)
        self._screened: list[FeatureReduction] = []  # the last one; shared with other outcomes

    def given(self, outcome: Outcome, seed: int) -> Training:
        """The same for another outcome of the patients, with another seed.

        Inner folds are drawn, also where given ones belong to the outcome as it is, and finished searches are not kept.
        """
        other = copy(self)
        other.patients, other.protocol = self.patients.given(outcome), self.protocol.reseeded(seed)
        other._inner = replace(self._inner, seed=seed, given=None)
        other._store = other._finished = None
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
        return replace(splits, weights=splits.weights * self.copies)

    def in_every(self, splits: Splits, n_jobs: int = 1, first: int = 0) -> Iterator[TrainedSet]:
        """Train in every training set from `first` on, in their order; neither that nor the number of workers changes a digit."""
        if first == len(splits):
            return iter(())
        sets = training_sets(splits.weights[first:])
        places = list(enumerate(splits.places[first:]))
        if not self._alike():
            return in_threads(lambda item: self._alone(self._folded(sets.rows(item[0]), item[1])), places, n_jobs)
        reductions = self._reduction(sets).reduce(self.patients.outcome, n_threads(n_jobs))
        return in_threads(
            lambda item: self._fit(self._folded(sets.rows(item[0]), item[1]), reductions[item[0]]), places, n_jobs
        )

    def where_features_are_left(self, splits: Splits) -> Iterator[tuple[int, TrainedSet]]:
        """Train in the training sets of which the reduction leaves a feature, and give their numbers with them.

        Of all others the model is null, and everybody has the score 0 and the threshold 0: of shuffled outcomes those are most sets.
        Where training sets do not share the features as they are, it gives them all.
        """
        if not self._alike():
            return enumerate(self.in_every(splits))
        sets, places = training_sets(splits.weights), splits.places
        reductions = self._reduction(sets).reduce(self.patients.outcome)
        left = [which for which, reduced in enumerate(reductions) if len(reduced.kept)]
        part_done(len(sets) - len(left))
        return ((which, self._fit(self._folded(sets.rows(which), places[which]), reductions[which])) for which in left)

    def transforms_of(self, rows: Int[np.ndarray, "drawn"]) -> Sequence[FittedTransform]:
        """Those of a training set with these members, to the bit."""
        return self.protocol.transforms.fit(self.patients.measured.take(rows))

    def on_everybody(self) -> TrainedSet:
        """Train on all patients at once. Hyper-parameters may be searched here, because nobody of them is predicted."""
        return self._alone(self._everybody(), anyhow=True)

    def tuned_on_everybody(self) -> tuple[Training, list[Trial]]:
        """Training with hyper-parameters tuned on all patients, those who are predicted included: optimistic by design."""
        search, protocol, everybody = self.protocol.search, self.protocol, self._everybody()
        assert isinstance(search, SearchOptions)
        chosen, trials = self._chosen(search, self._search(everybody)[0], everybody)
        reduction, model = configured(protocol.reduction, protocol.model, chosen)
        fixed = replace(protocol, reduction=reduction, model=model, search=NO_SEARCH)
        among = self.groups[str(chosen[FEATURES])] if FEATURES in chosen else None
        return Training(self.patients, fixed, self._store, among, self.copies), trials

    def _strata_of(self, rows: Int[np.ndarray, "drawn"]) -> Strata | None:
        return None if self._strata is None else [self._strata[row] for row in rows]

    def _folded(self, rows: Int[np.ndarray, "drawn"], place: Place) -> FoldedSet:
        return self._inner.of(self.patients.outcome.event, rows, place)

    def _everybody(self) -> FoldedSet:
        return self._folded(np.repeat(np.arange(len(self.patients)), self.copies), Place(0, EVERYBODY))

    def _alike(self) -> bool:
        """Whether all training sets share the features as they are, and one reduction serves all of them."""
        protocol = self.protocol
        plain = isinstance(protocol.search, NoSearch) and protocol.scheme.inner == "paper"
        return plain and not protocol.transforms.steps

    def _reduction(self, sets: TrainingSets) -> FeatureReduction:
        screened = self._screened[0] if self._screened else None
        if screened is None or not np.array_equal(screened.sets.weights, sets.weights):
            patients, options = self.patients, self.protocol.reduction
            screened = FeatureReduction(patients.ranked, sets, options, patients.readings, self._among, self._protected)
            self._screened[:] = [screened]
        return screened

    def _fit(self, members: FoldedSet, reduced: Reduction) -> TrainedSet:
        """Fit one training set that is reduced already: it gets the kept columns of its members, and nothing of others."""
        rows, outcome = members.rows, self.patients.outcome.take(members.rows)
        kept, seed = (
            self.patients.measured.values[np.ix_(rows, reduced.kept)],
            model_seed(self.protocol.seed, members.place),
        )
        training = ReducedTrainingSet(kept, reduced, outcome, members.folds, seed, self._strata_of(rows))
        fit = self.protocol.model.fit_reduced(training)
        part_done()
        return TrainedSet((), reduced, fit)

    def _alone(self, members: FoldedSet, *, anyhow: bool = False) -> TrainedSet:
        """Transform, search and fit one training set by itself; `anyhow`: search also where it is to be flat."""
        search = self.protocol.search
        inner, transforms = self._search(members)
        trials: list[Trial] = []
        chosen: HyperParameters = {}
        if isinstance(search, NestedSearch) or (anyhow and isinstance(search, FlatSearch)):
            chosen, trials = self._chosen(search, inner, members)
        reduction, fit = inner.fit(chosen, nested=self.protocol.scheme.inner == "nested")
        if not trials:  # which are its parts
            part_done()
        return TrainedSet(transforms, reduction, fit, trials)

    def _search(self, members: FoldedSet) -> tuple[InnerSearch, Sequence[FittedTransform]]:
        """What all hyper-parameters of a training set share, and the transforms of the whole of it."""
        protocol, patients, rows, folds = self.protocol, self.patients, members.rows, members.folds
        judged = not isinstance(protocol.search, NoSearch) or protocol.scheme.inner == "nested"
        inner, screening = folds if judged else folds[:0], loosest(protocol.search, protocol.reduction)
        sets: InnerSets = (
            TransformedSets(patients, rows, inner, screening, self._among, protocol.transforms, self._protected)
            if protocol.transforms.steps
            else SharedRanks(patients, rows, inner, screening, self._among, self._protected)
        )
        outcome, seed = patients.outcome.take(rows), model_seed(protocol.seed, members.place)
        search = InnerSearch(
            sets, outcome, folds, protocol.reduction, protocol.model, self.groups, seed, self._strata_of(rows)
        )
        return search, sets.transforms

    def _chosen(
        self, search: SearchOptions, inner: InnerSearch, members: FoldedSet
    ) -> tuple[HyperParameters, list[Trial]]:
        """The best hyper-parameters of a training set, and all that were tried; from the store where they are known."""
        space = searched(search, self.protocol.reduction, self.protocol.model)
        place = members.place
        spawned = np.random.SeedSequence(self.protocol.seed, spawn_key=(SEARCH, place.repeat, place.fold + 1))
        seed = int(spawned.generate_state(1)[0])

        def run() -> list[Trial]:
            return run_trials(lambda chosen: inner.value(chosen, search.objective), space, search, seed)

        trials = run() if self._finished is None else self._finished.trials(search, members, run)
        return trials[best(trials, search)].parameters, trials
