"""A training set with its inner training sets: how good hyper-parameters are there, and the model with the best of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol as Interface

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.elastic_net_path import PathSettings
from radsurv.survival.model_options import ModelFit, ModelOptions, ReducedTrainingSet
from radsurv.survival.nested_path import NestedPath, nested_path
from radsurv.survival.outcome import Outcome
from radsurv.survival.penalized_cox import PenalizedCox
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction, ScoredFeatures
from radsurv.survival.reduction_options import STEPS, ReductionOptions
from radsurv.survival.training_sets import training_sets
from radsurv.survival.transform import FittedTransform, apply_all
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.feature_groups import Groups
from radsurv.validation.patients import Patients
from radsurv.validation.search_options import FEATURES, AnySearch, NoSearch

HyperParameters = dict[str, float | str]
NOTHING = np.zeros(0, dtype=np.int64)


class InnerSets(Interface):
    """The whole training set (number 0), then its inner ones, draw after draw."""

    n_sets: int
    transforms: Sequence[FittedTransform]  # of the whole training set

    def reduce(self, which: int, options: ReductionOptions, among: Bool[np.ndarray, "feature"] | None) -> Reduction:
        """The reduction in one of the sets."""

    def kept(self, which: int, reduction: Reduction) -> Float[np.ndarray, "member kept"]:
        """Of all members of the whole training set, the features that a reduction in this set kept, as they are there."""


class SharedRanks:
    """Inner training sets on the features as they are: one table, sorted once, serves all."""

    def __init__(
        self,
        patients: Patients,
        outcome: Outcome,
        members: Int[np.ndarray, "member"],
        folds: Int[np.ndarray, "draw member"],
        loosest: ReductionOptions,
        among: Bool[np.ndarray, "feature"] | None,
    ) -> None:
        self.transforms: Sequence[FittedTransform] = ()
        sets = [members, *(members[inside] for inside in _inner(folds))]
        weights = np.stack([np.bincount(one, minlength=len(outcome)) for one in sets])
        self.n_sets = len(sets)
        reduction = FeatureReduction(patients.ranked, training_sets(weights), loosest, patients.readings, among)
        self._scored = reduction.given(outcome)
        self._values = np.ascontiguousarray(patients.ranked.values[:, members].T)

    def reduce(self, which: int, options: ReductionOptions, among: Bool[np.ndarray, "feature"] | None) -> Reduction:
        """By the scores that were taken once."""
        return self._scored.reduce(which, options, among)

    def kept(self, which: int, reduction: Reduction) -> Float[np.ndarray, "member kept"]:
        """The same in every set."""
        return self._values[:, reduction.kept]


class TransformedSets:
    """Inner training sets in each of which the transforms are fitted anew: each has a feature table of its own."""

    def __init__(
        self,
        patients: Patients,
        outcome: Outcome,
        members: Int[np.ndarray, "member"],
        folds: Int[np.ndarray, "draw member"],
        loosest: ReductionOptions,
        among: Bool[np.ndarray, "feature"] | None,
        transforms: TransformsOptions,
    ) -> None:
        self._scored: list[ScoredFeatures] = []
        self._values: list[Float[np.ndarray, "member feature"]] = []
        own = outcome.take(members)
        measured = patients.measured.take(members)
        names = transforms.names_out(patients.names)
        readings = None if patients.readings is None else patients.readings.of(names).take(members)
        of_set: list[Sequence[FittedTransform]] = []
        for inside in (np.ones(len(members), dtype=np.bool_), *_inner(folds)):
            fitted, _ = transforms.fit(measured.take(np.flatnonzero(inside)))
            values = apply_all(fitted, measured).values
            sets = training_sets(inside.astype(np.int64)[None])
            self._scored.append(FeatureReduction(rank_table(values), sets, loosest, readings, among).given(own))
            self._values.append(values)
            of_set.append(fitted)
        self.transforms = of_set[0]
        self.n_sets = len(self._values)

    def reduce(self, which: int, options: ReductionOptions, among: Bool[np.ndarray, "feature"] | None) -> Reduction:
        """By the scores of the set's own features."""
        return self._scored[which].reduce(0, options, among)

    def kept(self, which: int, reduction: Reduction) -> Float[np.ndarray, "member kept"]:
        """As the set's own transforms make them."""
        return np.ascontiguousarray(self._values[which][:, reduction.kept])


def _inner(folds: Int[np.ndarray, "draw member"]) -> list[Bool[np.ndarray, "member"]]:
    """Who is in each of the inner training sets; none of them without a draw of the folds."""
    return [draw != left_out for draw in folds for left_out in range(1, int(folds.max(initial=0)) + 1)]


class InnerSearch:
    """What all hyper-parameters of one training set share.

    Parameters
    ----------
    sets
        The training set and its inner ones.
    outcome, folds
        Of its members; inner folds from 1, one row per draw.
    reduction, model
        What is not searched.
    groups
        The features of each group that a search may choose.
    seed
        Of whatever the model draws at random.
    """

    def __init__(
        self,
        sets: InnerSets,
        outcome: Outcome,
        folds: Int[np.ndarray, "draw member"],
        reduction: ReductionOptions,
        model: ModelOptions,
        groups: Groups,
        seed: int,
    ) -> None:
        self._sets, self._outcome, self._folds = sets, outcome, folds
        self._reduction, self._model, self._groups, self._seed = reduction, model, groups, seed
        self._reduced: dict[tuple[ReductionOptions, str | None], list[Reduction]] = {}
        self._paths: dict[tuple[PathSettings, bytes], NestedPath] = {}

    def configured(self, chosen: HyperParameters) -> tuple[ReductionOptions, ModelOptions]:
        """The options with these values in place of their own."""
        return configured(self._reduction, self._model, chosen)

    def value(self, chosen: HyperParameters, objective: str) -> float:
        """Deviance per left-out event, or Harrell's C, at the λ that the rule chooses on the same inner folds."""
        reduction, model = self.configured(chosen)
        assert isinstance(model, PenalizedCox)
        path = self._path(self._reduce(reduction, _group(chosen)), model.settings)
        place = path.chosen(model.lambda_rule)
        return float(path.cv_deviance[place] if objective == "deviance" else path.concordance[place])

    def fit(self, chosen: HyperParameters, *, nested: bool) -> tuple[Reduction, ModelFit]:
        """The model of the whole training set.

        Parameters
        ----------
        nested
            Choose λ on features reduced anew in every inner training set, not once.
        """
        reduction, model = self.configured(chosen)
        group = _group(chosen)
        if nested and isinstance(model, PenalizedCox):
            reductions = self._reduce(reduction, group)
            path = None if not len(reductions[0].kept) else self._path(reductions, model.settings)
            training = self._training(reductions[0])
            return reductions[0], model.fit_reduced(training) if path is None else model.fit_of(training, path)
        reduced = self._sets.reduce(0, reduction, self._among(group))
        return reduced, model.fit_reduced(self._training(reduced))

    def _training(self, reduced: Reduction) -> ReducedTrainingSet:
        return ReducedTrainingSet(self._sets.kept(0, reduced), reduced, self._outcome, self._folds, self._seed)

    def _among(self, group: str | None) -> Bool[np.ndarray, "feature"] | None:
        return None if group is None else self._groups[group]

    def _reduce(self, options: ReductionOptions, group: str | None) -> list[Reduction]:
        key = (options, group)
        if key not in self._reduced:
            among = self._among(group)
            self._reduced[key] = [self._sets.reduce(which, options, among) for which in range(self._sets.n_sets)]
        return self._reduced[key]

    def _path(self, reductions: list[Reduction], settings: PathSettings) -> NestedPath:
        """Different thresholds often leave the same features, and the rule for λ needs no new path."""
        if len(reductions[0].kept) == 0:  # the null model, whatever the inner training sets keep
            reductions = [Reduction(NOTHING, np.zeros(0), NOTHING, 0)] * self._sets.n_sets
        key = (settings, b"|".join(one.kept.tobytes() for one in reductions))
        if key not in self._paths:
            kept = [self._sets.kept(which, one) for which, one in enumerate(reductions)]
            self._paths[key] = nested_path(kept, self._outcome, self._folds, settings)
        return self._paths[key]


def _group(chosen: HyperParameters) -> str | None:
    """The chosen group of features, where groups are searched."""
    return str(chosen[FEATURES]) if FEATURES in chosen else None


def configured(
    reduction: ReductionOptions, model: ModelOptions, chosen: Mapping[str, object]
) -> tuple[ReductionOptions, ModelOptions]:
    """Options with some hyper-parameters in place of their own."""
    thresholds = {name: value for name, value in chosen.items() if name in STEPS}
    options = {name: value for name, value in chosen.items() if name in model.searchable}
    return reduction.with_thresholds(thresholds), model.with_options(options)


def searched(search: AnySearch, reduction: ReductionOptions, model: ModelOptions) -> dict[str, list[float | str]]:
    """The hyper-parameters that are searched, and their values."""
    if isinstance(search, NoSearch):
        return {}
    names = (*reduction.searchable(), *model.searchable)
    values = {name: search.values(name) for name in names}
    found = {name: choices for name, choices in values.items() if choices is not None}
    return found if search.features is None else {**found, FEATURES: list(search.features)}


def loosest(search: AnySearch, reduction: ReductionOptions) -> ReductionOptions:
    """Thresholds that leave every feature which any searched ones would leave."""
    if isinstance(search, NoSearch):
        return reduction
    values = {name: search.values(name) for name in reduction.searchable()}
    return reduction.with_thresholds(
        {name: STEPS[name].loosest(map(float, choices)) for name, choices in values.items() if choices is not None}
    )
