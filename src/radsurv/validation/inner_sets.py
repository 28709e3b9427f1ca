"""A training set and its inner ones: what the reduction keeps in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol as Interface

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.survival.nested_path import inner_members
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction, ScoredFeatures
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.survival.training_sets import training_sets
from radsurv.survival.transform import FittedTransform, apply_all
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.patients import Patients


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
        members: Int[np.ndarray, "member"],
        folds: Int[np.ndarray, "draw member"],
        loosest: ReductionOptions,
        among: Bool[np.ndarray, "feature"] | None,
        protected: Bool[np.ndarray, "feature"] | None = None,
    ) -> None:
        self.transforms: Sequence[FittedTransform] = ()
        sets = [members, *(members[inside] for inside in inner_members(folds))]
        weights = np.stack([np.bincount(one, minlength=len(patients)) for one in sets])
        self.n_sets = len(sets)
        whole = training_sets(weights)
        reduction = FeatureReduction(patients.ranked, whole, loosest, patients.readings, among, protected)
        self._scored = reduction.given(patients.outcome)
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
        members: Int[np.ndarray, "member"],
        folds: Int[np.ndarray, "draw member"],
        loosest: ReductionOptions,
        among: Bool[np.ndarray, "feature"] | None,
        transforms: TransformsOptions,
        protected: Bool[np.ndarray, "feature"] | None = None,
    ) -> None:
        self._scored: list[ScoredFeatures] = []
        self._values: list[Float[np.ndarray, "member feature"]] = []
        own = patients.outcome.take(members)
        measured = patients.measured.take(members)
        names = transforms.names_out(patients.names)
        readings = None if patients.readings is None else patients.readings.of(names).take(members)
        of_set: list[Sequence[FittedTransform]] = []
        for inside in (np.ones(len(members), dtype=np.bool_), *inner_members(folds)):
            fitted = transforms.fit(measured.take(np.flatnonzero(inside)))
            values = apply_all(fitted, measured).values
            sets = training_sets(inside.astype(np.int64)[None])
            reduction = FeatureReduction(rank_table(values), sets, loosest, readings, among, protected)
            self._scored.append(reduction.given(own))
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
