from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conf
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction
from radsurv.survival.training_sets import training_sets


class Agreed:
    """Readings whose agreement is 1 for the features that may take part in a training set, and 0 for others."""

    def __init__(self, eligible):
        self.eligible = eligible

    def agreement(self, weights):
        return self.eligible.astype(float)


def leave_one_out(reference, **options):
    n_patients = len(reference.outcome)
    config = conf.reduction(cindex=reference.c_threshold, pearson=0.85, **options)
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
    config = conf.reduction(cindex=reference.c_threshold, pearson=0.85)
    (reduced,) = FeatureReduction(rank_table(reference.table), sets, config).reduce(reference.outcome)
    assert np.array_equal(reduced.candidates, reference.golden["full_step2"])
    assert np.array_equal(reduced.kept, reference.golden["full_step3"])
    assert np.array_equal(reduced.strength, reference.golden["full_strength"][reference.golden["full_step3"]])


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_set_among_others_reduces_as_it_would_alone(data, cohorts, multiplicities):
    """Down-dated or built up, in one pass with other sets or with nobody else in the room."""
    table, outcome = data.draw(cohorts(min_patients=4, n_features=5))
    config = conf.reduction(
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
    config = conf.reduction(cindex=reference.c_threshold, pearson=0.85)
    sets = training_sets(1 - np.eye(n_patients, dtype=int))
    agreeing = config.with_thresholds({"icc": 0.5})
    found = FeatureReduction(rank_table(reference.table), sets, agreeing, Agreed(eligible)).reduce(reference.outcome)
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
    config = conf.reduction(mad=threshold, cindex=0.5, pearson=1.0)
    sets = training_sets(np.ones((1, 8), dtype=int))
    outcome = Outcome(np.arange(1.0, 9.0), np.ones(8, dtype=bool))
    (reduced,) = FeatureReduction(rank_table(table), sets, config).reduce(outcome)
    assert reduced.n_varying == survivors


def test_open_thresholds_leave_what_fixed_ones_leave():
    """One screening by the loosest thresholds of each step serves all others."""
    generator = np.random.default_rng(5)
    values = generator.normal(size=(40, 8))
    time = np.ceil(15 * generator.exponential(np.exp(-values[:, 0] - values[:, 1]))) + 1
    outcome = Outcome(time, generator.random(40) < 0.7)
    folds = generator.permutation(np.arange(40) % 4 + 1)
    table, sets = rank_table(values), training_sets((folds != np.arange(5)[:, None]).astype(np.int64))
    eligible = np.ones((5, 8), dtype=bool)
    eligible[2, 0] = False
    choices = (
        conf.reduction(icc=0.5, cindex=0.55, pearson=0.3),
        conf.reduction(icc=0.5, mad=0.6, cindex=0.5, pearson=0.9),
    )
    loosest = conf.reduction(icc=0.5, mad=0.0, cindex=0.5, pearson=0.9)
    scored = FeatureReduction(table, sets, loosest, Agreed(eligible)).given(outcome)
    for options in choices:
        expected = FeatureReduction(table, sets, options, Agreed(eligible)).reduce(outcome)
        for which, one in enumerate(expected):
            found = scored.reduce(which, options)
            assert found.kept.tolist() == one.kept.tolist()
            assert found.strength.tolist() == one.strength.tolist()
            assert found.candidates.tolist() == one.candidates.tolist()
            assert found.n_varying == one.n_varying


def test_some_features_only_is_a_table_without_the_others():
    """Named to the screening, or to one reduction after it."""
    generator = np.random.default_rng(8)
    values, outcome = generator.normal(size=(30, 9)), Outcome(generator.random(30) + 0.1, generator.random(30) < 0.8)
    among = np.array([True, False, True, True, False, False, True, True, True])
    options, sets = conf.reduction(cindex=0.52, pearson=0.3), training_sets(1 - np.eye(30, dtype=int))
    everything = FeatureReduction(rank_table(values), sets, options).given(outcome)
    screened = FeatureReduction(rank_table(values), sets, options, among=among).reduce(outcome)
    alone = FeatureReduction(rank_table(values[:, among]), sets, options).reduce(outcome)
    for which, expected in enumerate(alone):
        for found in (screened[which], everything.reduce(which, among=among)):
            assert found.kept.tolist() == np.flatnonzero(among)[expected.kept].tolist()
            assert found.strength.tolist() == expected.strength.tolist()
            assert found.n_varying == expected.n_varying
    assert any(len(one.kept) for one in alone)


# The order of the steps, by a loop over the definitions.


def strength_of(values, outcome):
    """max(C, 1 − C) over comparable pairs."""
    concordant = discordant = comparable = 0
    for a in np.flatnonzero(outcome.event):
        for b in range(len(outcome)):
            if outcome.time[a] < outcome.time[b] or (outcome.time[a] == outcome.time[b] and not outcome.event[b]):
                comparable += 1
                concordant += (values[a] > values[b]) + (values[a] == values[b]) / 2
                discordant += (values[a] < values[b]) + (values[a] == values[b]) / 2
    return max(concordant, discordant) / comparable


def by_hand(values, outcome, steps, thresholds):
    """One step after the other; pearson takes the strongest first, whatever has been dropped before."""
    strength = np.array([strength_of(column, outcome) for column in values.T])
    spread = np.median(np.abs(values - np.median(values, axis=0)), axis=0)
    left = sorted(range(values.shape[1]), key=lambda feature: -strength[feature])
    for step in steps:
        if step == "mad":
            left = [feature for feature in left if spread[feature] > thresholds[step]]
        elif step == "cindex":
            left = [feature for feature in left if strength[feature] >= thresholds[step]]
        else:
            kept = []
            for feature in left:
                correlations = [abs(np.corrcoef(values[:, feature], values[:, other])[0, 1]) for other in kept]
                if all(one <= thresholds[step] for one in correlations):
                    kept.append(feature)
            left = kept
    return left


@pytest.fixture(scope="module")
def correlated():
    """Thirty features of three kinds, half of them with little spread."""
    generator = np.random.default_rng(2)
    common = generator.normal(size=(40, 3))
    values = common[:, generator.integers(0, 3, 30)] + 0.8 * generator.normal(size=(40, 30))
    values *= np.where(np.arange(30) % 2, 1.0, 0.2)
    return values, Outcome(np.ceil(9 * generator.exponential(np.exp(-common[:, 0]))), generator.random(40) < 0.8)


THRESHOLDS = {"mad": 0.4, "cindex": 0.6, "pearson": 0.5}


@pytest.mark.parametrize(
    "steps",
    [
        *permutations(THRESHOLDS),
        *permutations(THRESHOLDS, 2),
        *permutations(THRESHOLDS, 1),
        (),
    ],
    ids="-".join,
)
def test_steps_are_taken_in_their_order(correlated, steps):
    values, outcome = correlated
    sets = training_sets(1 - np.eye(40, dtype=int)[:4])
    options = conf.reduction(steps=steps, **THRESHOLDS)
    loosest = options.with_thresholds({"mad": 0.1, "cindex": 0.5, "pearson": 0.9})
    fixed = FeatureReduction(rank_table(values), sets, options).reduce(outcome)
    opened = FeatureReduction(rank_table(values), sets, loosest).given(outcome)
    for which, found in enumerate(fixed):
        rows = sets.rows(which)
        expected = by_hand(values[rows], outcome.take(rows), steps, THRESHOLDS)
        assert found.kept.tolist() == expected
        assert opened.reduce(which, options).kept.tolist() == expected


def test_the_order_matters(correlated):
    """Otherwise the test above would not see it. What is pruned by a feature of little spread stays pruned."""
    values, outcome = correlated
    found = {steps: tuple(by_hand(values, outcome, steps, THRESHOLDS)) for steps in permutations(THRESHOLDS)}
    assert len(set(found.values())) == 2  # pearson and cindex rank alike, so that these two may change places


def test_a_protected_feature_stays_and_costs_no_other_its_place(reference):
    """A rare label (MAD 0) and a copy of the strongest feature stay; all else is as without them; a constant one goes."""
    n_patients, n_features = reference.table.shape
    free = leave_one_out(reference)
    rare = np.zeros(n_patients)
    rare[3] = 1.0
    block = np.column_stack([rare, reference.table[:, free[0].kept[0]], np.full(n_patients, 2.0)])
    table = np.hstack([reference.table, block])
    config = conf.reduction(cindex=reference.c_threshold, pearson=0.85)
    sets = training_sets(1 - np.eye(n_patients, dtype=int))
    protected, nobody = np.arange(n_features + 3) >= n_features, np.zeros(n_features + 3, dtype=bool)
    found = FeatureReduction(rank_table(table), sets, config, protected=protected).reduce(reference.outcome)
    for fold, (reduced, expected) in enumerate(zip(found, free, strict=True)):
        block = (
            [n_features + 1] if fold == 3 else [n_features, n_features + 1]
        )  # without its only patient the label is constant
        assert reduced.kept.tolist() == [*block, *expected.kept]
        assert reduced.n_protected == len(block)
        assert reduced.strength[len(block) :].tolist() == expected.strength.tolist()
        assert np.isfinite(reduced.strength).all()
        assert reduced.candidates.tolist() == expected.candidates.tolist()
        assert reduced.n_varying == expected.n_varying
    alone = FeatureReduction(rank_table(table), sets, config, among=nobody, protected=protected).reduce(
        reference.outcome
    )
    assert [one.kept.tolist() for one in alone[:2]] == [[n_features, n_features + 1]] * 2
