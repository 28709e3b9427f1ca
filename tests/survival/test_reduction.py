import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.config import ReductionConfig
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction
from radsurv.survival.training_sets import training_sets


def leave_one_out(reference, **options):
    n_patients = len(reference.outcome)
    config = ReductionConfig(cindex=reference.c_threshold, pearson=0.85, **options)
    sets = training_sets(1 - np.eye(n_patients, dtype=int))
    return FeatureReduction(rank_table(reference.table), sets, config).reduce(reference.outcome, n_threads=2)


def test_every_step_of_every_fold_is_that_of_r(reference):
    for fold, reduced in enumerate(leave_one_out(reference)):
        assert reduced.n_varying == reference.golden["loo_step1"][fold].sum()
        assert np.array_equal(reduced.candidates, reference.ragged("loo_step2", fold))
        assert np.array_equal(reduced.kept, reference.ragged("loo_step3", fold))
        assert np.all(np.diff(reduced.strength) <= 0)
        assert reduced.strength.min() >= reference.c_threshold


def test_the_literal_reading_of_the_threshold(reference):
    for fold, reduced in enumerate(leave_one_out(reference, orientation="literal")):
        assert np.array_equal(np.sort(reduced.candidates), np.flatnonzero(reference.golden["loo_step2_literal"][fold]))


def test_all_patients(reference):
    sets = training_sets(np.ones((1, len(reference.outcome)), dtype=int))
    config = ReductionConfig(cindex=reference.c_threshold, pearson=0.85)
    (reduced,) = FeatureReduction(rank_table(reference.table), sets, config).reduce(reference.outcome)
    assert np.array_equal(reduced.candidates, reference.golden["full_step2"])
    assert np.array_equal(reduced.kept, reference.golden["full_step3"])
    assert np.array_equal(reduced.strength, reference.golden["full_strength"][reference.golden["full_step3"]])


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_set_among_others_reduces_as_it_would_alone(data, cohorts, multiplicities):
    """Down-dated or built up, in one pass with other sets or with nobody else in the room."""
    table, outcome = data.draw(cohorts(min_patients=4, n_features=5))
    config = ReductionConfig(
        cindex=data.draw(st.sampled_from([0.5, 0.6])), pearson=data.draw(st.sampled_from([0.5, 0.9]))
    )
    sets = training_sets(np.vstack([data.draw(multiplicities(len(outcome))), 1 - np.eye(len(outcome), dtype=int)]))
    together = FeatureReduction(rank_table(table), sets, config).reduce(outcome)
    for which, reduced in enumerate(together):
        rows = sets.rows(which)
        alone = training_sets(np.ones((1, len(rows)), dtype=int))
        (expected,) = FeatureReduction(rank_table(table[rows]), alone, config).reduce(outcome.take(rows))
        assert np.array_equal(reduced.kept, expected.kept)
        assert np.array_equal(reduced.strength, expected.strength)
        assert (reduced.n_varying, len(reduced.candidates)) == (expected.n_varying, len(expected.candidates))


def test_a_feature_that_may_not_take_part_is_as_good_as_absent(reference):
    """Each training set has its own list; what is left is what a table without those columns gives."""
    n_patients, n_features = reference.table.shape
    eligible = np.random.default_rng(0).random((n_patients, n_features)) < 0.5
    eligible[0] = False
    eligible[1] = True
    config = ReductionConfig(cindex=reference.c_threshold, pearson=0.85)
    sets = training_sets(1 - np.eye(n_patients, dtype=int))
    found = FeatureReduction(rank_table(reference.table), sets, config, eligible).reduce(reference.outcome)
    free = leave_one_out(reference)
    assert len(found[0].kept) == found[0].n_varying == 0
    assert np.array_equal(found[1].kept, free[1].kept)
    for which in range(2, 6):
        columns = np.flatnonzero(eligible[which])
        alone = FeatureReduction(rank_table(reference.table[:, columns]), sets, config).reduce(reference.outcome)[which]
        assert np.array_equal(found[which].kept, columns[alone.kept])
        assert np.array_equal(found[which].strength, alone.strength)
        assert found[which].n_varying == alone.n_varying


@pytest.mark.parametrize(("threshold", "survivors"), [(0.0, 2), (0.9, 1), (1.0, 0)])
def test_deviation_must_exceed_its_threshold(threshold, survivors):
    table = np.column_stack([np.arange(8.0) / 8, np.arange(8.0) / 2, np.zeros(8)])
    table[:, 1] = [0, 1, 0, 1, 0, 1, 2, 2]
    config = ReductionConfig(mad=threshold, cindex=0.5, pearson=1.0)
    sets = training_sets(np.ones((1, 8), dtype=int))
    outcome = Outcome(np.arange(1.0, 9.0), np.ones(8, dtype=bool))
    (reduced,) = FeatureReduction(rank_table(table), sets, config).reduce(outcome)
    assert reduced.n_varying == survivors
