"""Parts of training sets: whom they hold, and whom they judge."""

from itertools import pairwise

import numpy as np
import pytest

import conf
from radsurv.validation.subsampled import Subsampled

KFOLD = conf.scheme("repeated_kfold", n_splits=5, repeats=3, inner_splits=4)
SITES = conf.scheme("leave_site_out", inner_splits=4)
SHARES = (0.3, 0.6, 0.85, 1.0)


@pytest.fixture(scope="module")
def split(small):
    def split(scheme, seed=0):
        return scheme.splits(small.patients.outcome, small.patients.sites, seed)

    return split


@pytest.mark.parametrize(("base", "draws"), [(KFOLD, 1), (SITES, 3)])
def test_a_part_holds_every_smaller_one_and_nobody_who_is_judged(split, base, draws):
    parts = [split(Subsampled.of(base, share, draws)) for share in SHARES]
    for smaller, larger in pairwise(parts):
        assert (smaller.weights <= larger.weights).all()
        assert np.array_equal(smaller.tested, larger.tested)
    for one in parts:
        assert not (one.tested & (one.weights > 0)).any()
        assert one.places == parts[0].places
        for repeat in range(3):
            assert (one.tested[one.repeat == repeat].sum(axis=0) == 1).all()


def test_those_with_and_those_without_the_event_are_thinned_alike(small, split):
    event = small.patients.outcome.event
    whole, part = split(KFOLD), split(Subsampled.of(KFOLD, 0.6, 1))
    for stratum in (event, ~event):
        kept, members = (one.weights[:, stratum].sum(axis=1) for one in (part, whole))
        assert np.abs(kept - 0.6 * members).max() <= 0.5


def test_the_whole_is_the_scheme_itself(split):
    own, whole = split(KFOLD), split(Subsampled.of(KFOLD, 1.0, 1))
    assert all(np.array_equal(getattr(own, name), getattr(whole, name)) for name in vars(own))


def test_every_draw_and_every_seed_keeps_others(split):
    scheme = Subsampled.of(SITES, 0.5, 2)
    one, other = split(scheme), split(scheme, seed=1)
    assert not np.array_equal(one.weights[one.repeat == 0], one.weights[one.repeat == 1])
    assert not np.array_equal(one.weights, other.weights)


def test_weights_of_a_bootstrap_sample_stay(split):
    base = conf.scheme("bootstrap", resamples=10, inner_splits=4)
    whole, part = split(base), split(Subsampled.of(base, 0.5, 1))
    assert set(np.unique(part.weights[part.weights > 0] - whole.weights[part.weights > 0])) == {0}
    assert "50%" in Subsampled.of(base, 0.5, 1).describe(None)
