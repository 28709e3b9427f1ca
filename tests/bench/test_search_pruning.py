"""bench/search_pruning.py, and the inner folds one by one, which it and bench/search_objective.py look at."""

import numpy as np
import pytest
import search_pruning
from configured import configured_protocol
from inner_scores import InnerScores
from made_up import TINY_SIZE, made_up_cohort
from search import OVERRIDES


def test_times_are_printed(printed):
    text = printed(search_pruning.main, "--tiny", "--sets", "1")
    assert "3 trials" in text
    assert "the same trial is best in" in text


def test_folds_one_by_one_add_up_to_what_a_search_sees():
    inner = InnerScores(made_up_cohort(TINY_SIZE), configured_protocol(*OVERRIDES), 0)
    options, model = inner.configured({"cindex": 0.6, "alpha": 0.5})
    kept = inner.kept(options)
    path = inner.path(kept, model)
    scores = [inner.scores(fold, kept[fold], model, path.lambdas) for fold in range(1, inner.n_folds + 1)]
    added = [[inner.added_deviance(fold, one) for one in rows] for fold, rows in enumerate(scores, start=1)]
    with_events = [bool(inner.outcome.event[inner.left_out(fold)].any()) for fold in range(1, inner.n_folds + 1)]
    per_event = np.array(added)[with_events].sum(axis=0) / inner.outcome.event.sum()
    np.testing.assert_allclose(per_event, path.cv_deviance, rtol=1e-6)


@pytest.mark.parametrize(("worse", "n_folds"), [(1.0, 4), (0.0, 10)])
def test_only_what_is_worse_in_every_fold_is_ended_early(worse, n_folds):
    generator = np.random.default_rng(0)
    own = generator.normal(size=(10, 3))
    best = search_pruning.Path(1.0, 1.0, own)
    assert search_pruning.walked(search_pruning.Path(1.0, 1.0, own + worse), best) == n_folds
    assert search_pruning.walked(best, None) == 10
