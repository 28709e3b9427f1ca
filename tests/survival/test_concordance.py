import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sksurv.metrics import concordance_index_censored

from radsurv.survival import concordance as module
from radsurv.survival.concordance import TREE_FROM_PATIENTS, PairCounts, concordance
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.training_sets import training_sets


def everybody(n_patients):
    return training_sets(np.ones((1, n_patients), dtype=int))


def brute_force(values, outcome):
    """Concordant, discordant and tied pairs of one feature, pair by pair, by Harrell's definition."""
    counts = [0, 0, 0]
    time, event = outcome.time, outcome.event
    for a in range(len(values)):
        for b in range(len(values)):
            if event[a] and (time[a] < time[b] or (time[a] == time[b] and not event[b])):
                counts[0 if values[a] > values[b] else 1 if values[a] < values[b] else 2] += 1
    return counts


both_kernels = pytest.mark.parametrize("kernel", ["bits", "tree"])


@both_kernels
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_counts_equal_brute_force_in_any_training_set(kernel, data, cohorts, multiplicities):
    table, outcome = data.draw(cohorts())
    weights = np.vstack([data.draw(multiplicities(len(outcome))), 1 - np.eye(len(outcome), dtype=int)])
    sets = training_sets(weights)
    counts = concordance(rank_table(table), outcome, sets, kernel=kernel)
    for which in range(len(sets)):
        rows = sets.rows(which)
        for feature in range(table.shape[1]):
            found = [kind[which, feature] for kind in (counts.concordant, counts.discordant, counts.tied)]
            assert found == brute_force(table[rows, feature], outcome.take(rows))


@both_kernels
def test_more_patients_than_bits_in_a_word(kernel):
    generator = np.random.default_rng(3)
    table = generator.integers(0, 5, (150, 2)).astype(float)
    time, event = generator.integers(1, 40, 150).astype(float), generator.random(150) < 0.6
    outcome = Outcome(time, event)
    sets = training_sets(generator.integers(0, 6, (3, 150)))
    counts = concordance(rank_table(table), outcome, sets, n_threads=2, kernel=kernel)
    for which in range(3):
        rows = sets.rows(which)
        expected = brute_force(table[rows, 1], outcome.take(rows))
        assert [kind[which, 1] for kind in (counts.concordant, counts.discordant, counts.tied)] == expected


@both_kernels
def test_counts_of_r_in_every_fold(reference, kernel):
    n_patients = len(reference.outcome)
    ranked = rank_table(reference.table)
    counts = concordance(ranked, reference.outcome, training_sets(1 - np.eye(n_patients, dtype=int)), kernel=kernel)
    golden = reference.golden
    stored = golden["loo_concordant"] >= 0
    assert np.array_equal(counts.concordant[stored], golden["loo_concordant"][stored])
    assert np.array_equal(counts.discordant[stored], golden["loo_discordant"][stored])
    assert np.array_equal(counts.tied[stored], golden["loo_tiedx"][stored])
    assert np.array_equal(np.stack([counts.concordant, counts.discordant, counts.tied])[:, 0], golden["fold0_counts"])

    full = concordance(ranked, reference.outcome, everybody(n_patients), kernel=kernel)
    assert np.array_equal(np.vstack([full.concordant, full.discordant, full.tied]), golden["full_counts"])
    assert np.array_equal(full.index()[0], golden["full_cindex"])
    assert np.array_equal(full.strength()[0], golden["full_strength"])


def test_a_feature_exactly_on_the_threshold_reaches_it():
    # breast198 without patient 84: 4334 of 7880 pairs. Rounding 1 − C would lose it.
    counts = PairCounts(*(np.array([[pairs]], dtype=np.int32) for pairs in (7880 - 4334, 4334, 0)))
    assert counts.strength()[0, 0] >= 0.55


def test_agrees_with_scikit_survival(reference):
    columns = np.arange(12)
    table = reference.table[:, columns]
    spread = table.std(axis=0)
    z = table[:, spread > 0] / spread[spread > 0]
    mine = concordance(rank_table(z), reference.outcome, everybody(len(z))).index()[0]
    theirs = [
        concordance_index_censored(reference.outcome.event, reference.outcome.time, column, tied_tol=0)[0]
        for column in z.T
    ]
    assert mine == pytest.approx(theirs, abs=1e-14)


@both_kernels
def test_no_comparable_pair_is_nan(kernel):
    outcome = Outcome(np.array([1.0, 2.0]), np.array([False, True]))
    table = rank_table(np.array([[1.0], [2.0]]))
    assert np.isnan(concordance(table, outcome, everybody(2), kernel=kernel).index()).all()


@both_kernels
@pytest.mark.parametrize("event", [False, True])
def test_one_patient_has_no_pair(kernel, event):
    outcome, table = Outcome(np.array([3.0]), np.array([event])), rank_table(np.array([[1.0, 2.0]]))
    counts = concordance(table, outcome, training_sets(np.array([[1], [3]])), kernel=kernel)
    assert not np.any([counts.concordant, counts.discordant, counts.tied])
    assert np.isnan(counts.index()).all()


@both_kernels
def test_no_feature_no_count(kernel):
    outcome = Outcome(np.array([1.0, 2.0]), np.array([True, True]))
    table = rank_table(np.array([[1.0], [2.0]]))
    assert concordance(table, outcome, everybody(2), np.arange(0), kernel=kernel).index().shape == (1, 0)


@pytest.mark.parametrize("n_patients", [TREE_FROM_PATIENTS - 1, TREE_FROM_PATIENTS])
def test_large_cohorts_are_counted_alike_without_bit_masks(n_patients, monkeypatch):
    built = []
    masks = module.comparable_patients
    monkeypatch.setattr(module, "comparable_patients", lambda outcome: built.append(True) or masks(outcome))
    generator = np.random.default_rng(0)
    outcome = Outcome(generator.integers(1, 900, n_patients).astype(float), generator.random(n_patients) < 0.5)
    table = rank_table(generator.integers(0, 700, (n_patients, 1)).astype(float))
    sets = training_sets(1 - np.eye(n_patients, dtype=int))
    chosen = concordance(table, outcome, sets)
    assert bool(built) == (n_patients < TREE_FROM_PATIENTS)
    for kernel in ("bits", "tree"):
        counts = concordance(table, outcome, sets, kernel=kernel)
        for kind in ("concordant", "discordant", "tied"):
            assert np.array_equal(getattr(counts, kind), getattr(chosen, kind))
