"""Sites, each predicted by a model of the others."""

import numpy as np
import pytest

import conf
from radsurv.errors import ConfigError
from radsurv.survival.outcome import Outcome

OUTCOME = Outcome(np.arange(1.0, 24.0), np.arange(23) % 3 > 0)
SCHEME = conf.scheme("leave_site_out")


def test_sites_in_the_order_of_the_alphabet():
    sites = ["b", "a", "b", "c"] * 5 + ["a"] * 3
    splits = SCHEME.splits(OUTCOME, sites, 0)
    assert [np.flatnonzero(row).tolist() for row in splits.tested] == [
        [which for which, site in enumerate(sites) if site == name] for name in "abc"
    ]
    assert np.array_equal(splits.weights, ~splits.tested)


@pytest.mark.parametrize(
    ("sites", "message"),
    [
        (None, r"needs the column site.*cohort\.columns=\{site: YOURS\}"),
        (["a", None] + ["b"] * 21, "it is empty for 1 of 23 patients"),
        (["a", np.nan, ""] + ["b"] * 20, "it is empty for 2 of 23 patients"),
        (["a"] * 23, "at least two sites, and found only 'a'"),
    ],
)
def test_cohorts_without_sites(sites, message):
    with pytest.raises(ConfigError, match=message):
        SCHEME.splits(OUTCOME, sites, 0)


def test_what_is_said_of_it():
    assert SCHEME.describe(None) == "leave-site-out"
    assert SCHEME.describe(3) == "leave-site-out (3 sites)"
