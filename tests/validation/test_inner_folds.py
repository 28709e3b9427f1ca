import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radsurv.errors import ConfigError
from radsurv.validation.inner_folds import InnerFolds, draw_folds, fold_generator, given_folds, model_seed
from radsurv.validation.splits import EVERYBODY, Place


@given(st.lists(st.booleans(), min_size=3, max_size=40), st.integers(3, 10), st.integers(0, 2**32))
def test_folds_differ_by_one_event_and_one_patient_at_most(event, n_splits, seed):
    events = np.array(event)
    folds = draw_folds(events, n_splits, np.random.default_rng(seed))
    assert folds.min() >= 1
    used = min(n_splits, len(events))
    assert folds.max() == used
    for members in (folds, folds[events]):
        sizes = np.bincount(members, minlength=used + 1)[1:]
        assert np.ptp(sizes) <= 1


def test_a_draw_depends_on_its_place_only():
    event = np.arange(30) % 3 > 0
    again = [draw_folds(event, 10, fold_generator(5, Place(0, fold))).tolist() for fold in (4, 3, 4)]
    assert again[0] == again[2]
    assert again[0] != again[1]
    others = [fold_generator(6, Place(0, 4)), fold_generator(5, Place(1, 4))]
    assert all(draw_folds(event, 10, other).tolist() != again[0] for other in others)


@pytest.fixture
def table():
    ids = ["a", "b", "c"]
    columns = {"all": [1, 2, 3], "a": [None, 1, 2], "b": [2, None, 1], "c": [1, 2, None]}
    return pd.DataFrame({"patient_id": ids, **columns})


def test_folds_from_a_table_in_the_order_of_the_experiment(table):
    folds = given_folds(table.iloc[::-1], ["c", "a", "b"])
    assert folds.tolist() == [[3, 1, 2], [0, 1, 2], [2, 0, 1], [1, 2, 0]]


def test_a_table_read_as_text_will_do(table):
    text = table.astype(object).where(table.notna(), "").astype(str)
    assert np.array_equal(given_folds(text, ["a", "b", "c"]), given_folds(table, ["a", "b", "c"]))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda table: table.drop(columns="patient_id"), "no column patient_id"),
        (lambda table: table.drop(columns="all"), "1 rows or columns are missing, the first for all"),
        (lambda table: table.drop(columns="b"), "the first for b"),
        (lambda table: table.iloc[:2], "the first for c"),
        (lambda table: pd.concat([table, table]), "two rows"),
        (
            lambda table: table.assign(a=[None, 0, 2]),
            "column a, patient b: expected a whole number from 1 on, found 0.0",
        ),
        (lambda table: table.assign(all=[1, 1.5, 2]), "column all, patient b: .* found 1.5"),
        (lambda table: table.assign(c=["one", 1, None]), "column c, patient a: .* found nan"),
    ],
)
def test_faulty_tables(table, spoil, message):
    with pytest.raises(ConfigError, match=message):
        given_folds(spoil(table), ["a", "b", "c"])


# Of every training set


def test_members_are_dealt_by_their_place_and_more_draws_follow_the_first():
    event, rows = np.arange(30) % 3 > 0, np.delete(np.arange(30), 4)
    one = InnerFolds(5, 1, 7).of(event, rows, Place(0, 4)).folds
    three = InnerFolds(5, 3, 7).of(event, rows, Place(0, 4)).folds
    assert one.shape == (1, 29)
    assert np.array_equal(one, three[:1])
    assert np.array_equal(one[0], draw_folds(event[rows], 5, fold_generator(7, Place(0, 4))))
    assert not np.array_equal(one, InnerFolds(5, 1, 7).of(event, rows, Place(1, 4)).folds)


def test_everybody_has_a_draw_of_their_own():
    event = np.arange(30) % 3 > 0
    inner, rows = InnerFolds(5, 1, 7), np.arange(30)
    everybody = inner.of(event, rows, Place(0, EVERYBODY)).folds
    assert all(not np.array_equal(everybody, inner.of(event, rows, Place(0, fold)).folds) for fold in range(30))


def test_given_folds_are_those_of_the_place(table):
    folds = InnerFolds(5, 1, 7, given_folds(table, ["a", "b", "c"]))
    event = np.ones(3, dtype=bool)
    assert folds.of(event, np.arange(3), Place(0, EVERYBODY)).folds.tolist() == [[1, 2, 3]]
    assert folds.of(event, np.array([0, 2]), Place(0, 1)).folds.tolist() == [[2, 1]]


def test_seeds_of_models_differ_between_places_and_uses():
    places = [Place(repeat, fold) for repeat in range(3) for fold in range(EVERYBODY, 40)]
    assert len({model_seed(0, place) for place in places}) == len(places)
    assert model_seed(0, places[3]) != model_seed(1, places[3])
