"""Every inner training set knows its own members, and nobody else."""

import numpy as np
import pytest
import toys

import conf
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction, Reduction
from radsurv.survival.training_sets import training_sets
from radsurv.validation.inner_sets import SharedRanks, TransformedSets

REDUCTION = conf.reduction(cindex=0.6, pearson=0.85)
PATIENTS = toys.cohort(24)
MEMBERS = np.delete(np.arange(24), [2, 11, 17])
DRAWN = np.stack([np.arange(21) % 3 + 1, np.arange(21)[::-1] % 3 + 1])


@pytest.mark.parametrize(
    "members", [MEMBERS, np.sort(MEMBERS[np.arange(21) // 2])], ids=["once each", "with repetition"]
)
@pytest.mark.parametrize("icc", [None, 0.8])
@pytest.mark.parametrize("among", [None, np.arange(12) < 9], ids=["all", "some"])
def test_every_inner_set_is_reduced_by_its_members_alone(members, icc, among):
    options = conf.reduction(**toys.REDUCTION, icc=icc)
    folds = DRAWN if len(np.unique(members)) == 21 else np.unique(members, return_inverse=True)[1][None] % 3 + 1
    shared = SharedRanks(PATIENTS, members, folds, options, among)
    alone = TransformedSets(PATIENTS, members, folds, options, among, toys.transforms(toys.Same()))
    inside = [np.ones(21, dtype=bool), *(draw != out for draw in folds for out in (1, 2, 3))]
    assert shared.n_sets == alone.n_sets == len(inside)
    for which, chosen in enumerate(inside):
        rows = members[chosen]
        table, readings = rank_table(PATIENTS.measured.values[rows]), PATIENTS.readings.take(rows)
        everybody = training_sets(np.ones((1, len(rows)), dtype=int))
        expected = FeatureReduction(table, everybody, options, readings, among).reduce(PATIENTS.outcome.take(rows))[0]
        assert len(expected.kept)
        for found in (shared.reduce(which, options, None), alone.reduce(which, options, None)):
            for part in ("kept", "strength", "candidates", "n_varying"):
                assert np.array_equal(getattr(found, part), getattr(expected, part))
        kept = PATIENTS.measured.values[members][:, expected.kept]
        assert np.array_equal(shared.kept(which, expected), kept)
        assert np.array_equal(alone.kept(which, expected), kept)


def test_transforms_are_fitted_on_the_members_of_each_inner_set():
    sets = TransformedSets(PATIENTS, MEMBERS, DRAWN[:1], REDUCTION, None, toys.transforms(toys.Centre()))
    values = PATIENTS.measured.values[MEMBERS]
    some = Reduction(np.array([5, 1]), np.zeros(2), np.array([5, 1]), 12)
    for which, inside in enumerate([np.ones(21, dtype=bool), *(DRAWN[0] != out for out in (1, 2, 3))]):
        expected = (values - values[inside].mean(axis=0))[:, [5, 1]]
        assert sets.kept(which, some) == pytest.approx(expected, abs=1e-14)
    assert sets.transforms[0].means["all"] == pytest.approx(values.mean(axis=0))


def test_without_folds_there_is_the_whole_set_alone():
    shared = SharedRanks(PATIENTS, MEMBERS, DRAWN[:0], REDUCTION, None)
    assert shared.n_sets == 1
