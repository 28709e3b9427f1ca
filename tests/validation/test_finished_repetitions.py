"""Repetitions that are kept: none is done twice, none is taken for another, and the test gives the same."""

import itertools

import numpy as np
import pytest

from radsurv.stages.result_store import ResultStore
from radsurv.survival.outcome import check_outcome
from radsurv.validation import finished_repetitions
from radsurv.validation.finished_repetitions import FinishedRepetitions, repetitions_key
from radsurv.validation.permutation import KIND, permutation_test

NEVER = 10**6
OUTCOME = check_outcome(np.arange(1.0, 21.0), np.arange(20) % 3 > 0)
OBSERVED = np.array([40.0, 0.5])


class Analysis:
    """Two statistics, one of them at times without a value; counts."""

    def __init__(self):
        self.calls = 0

    def __call__(self, outcome, seed):
        self.calls += 1
        first = float(outcome.time[:5].sum())
        return np.array([first + 0.1, np.nan if first % 2 else seed % 7 / 7])


def asked(store, analysis, key="a", observed=OBSERVED, **options):
    rules = {"permutations": 50, "stop_after": NEVER, "seed": 1} | options
    finished = FinishedRepetitions(store, key, len(observed), KIND)
    return permutation_test(analysis, OUTCOME, observed, finished=finished, **rules)


def assert_same(one, other):
    np.testing.assert_array_equal(one.repetitions, other.repetitions)
    assert (one.results, one.n_refused) == (other.results, other.n_refused)


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_a_test_that_is_interrupted_goes_on(tmp_path, n_jobs):
    seen = itertools.count(1)

    def interrupted(_):
        if next(seen) == 20:
            raise KeyboardInterrupt

    whole, store = asked(None, Analysis()), ResultStore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        asked(store, Analysis(), n_jobs=n_jobs, advance=interrupted)
    assert len(FinishedRepetitions(ResultStore(tmp_path), "a", 2, KIND)) == 20
    again = Analysis()
    found = asked(ResultStore(tmp_path), again, n_jobs=n_jobs)
    assert_same(found, whole)
    assert (found.n_kept, again.calls) == (20, 30)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_who_asks_for_more_goes_on_and_who_asks_for_fewer_takes_the_first(tmp_path):
    asked(ResultStore(tmp_path), Analysis())
    more, fewer = Analysis(), Analysis()
    found = asked(ResultStore(tmp_path), more, permutations=80)
    assert_same(found, asked(None, Analysis(), permutations=80))
    assert (more.calls, found.n_kept) == (30, 50)
    assert_same(asked(ResultStore(tmp_path), fewer, permutations=19), asked(None, Analysis(), permutations=19))
    # A rule that stops within them, wherever they end.
    rule = {"stop_after": 3, "permutations": 60}
    assert_same(asked(ResultStore(tmp_path), fewer, **rule), stopped := asked(None, Analysis(), **rule))
    assert stopped.results[0].exceeding == 3
    assert fewer.calls == 0
    assert len(FinishedRepetitions(ResultStore(tmp_path), "a", 2, KIND)) == 80


def test_it_is_stored_now_and_then_and_at_the_end(tmp_path, monkeypatch):
    class Counting(ResultStore):
        puts = 0

        def put(self, kind, key, value, **how):
            self.puts += 1
            super().put(kind, key, value, **how)

    monkeypatch.setattr(finished_repetitions.time, "monotonic", itertools.count(step=2).__next__)
    store = Counting(tmp_path)
    asked(store, Analysis())  # every look at the clock takes two seconds
    assert store.puts == 1 + 50 // 15
    asked(store, Analysis())
    assert store.puts == 1 + 50 // 15


@pytest.mark.parametrize("content", [[], [[0, 1.0]], [[0, 1.0, 2.0], [0]], ["x"], [1.0], [{"a": 1}], [[0, 1.0, "x"]]])
def test_something_else_is_no_repetition(tmp_path, content):
    ResultStore(tmp_path).put(KIND, "a", content)
    assert len(FinishedRepetitions(ResultStore(tmp_path), "a", 2, KIND)) == 0


def test_the_name_depends_on_all_that_is_drawn():
    everybody = [np.arange(20)]
    later = check_outcome(OUTCOME.time + 1, OUTCOME.event)
    censored = check_outcome(OUTCOME.time, np.arange(20) % 4 > 0)
    calls = [
        ("a", OUTCOME, None, 1, 2), ("b", OUTCOME, None, 1, 2), ("a", later, None, 1, 2), ("a", censored, None, 1, 2),
        ("a", OUTCOME, everybody, 1, 2), ("a", OUTCOME, [np.arange(10), np.arange(10, 20)], 1, 2), ("a", OUTCOME, None, 2, 2),
        ("a", OUTCOME, None, 1, 1),
    ]  # fmt: skip
    assert len({repetitions_key(*call) for call in calls}) == len(calls)
