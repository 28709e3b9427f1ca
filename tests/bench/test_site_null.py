"""bench/site_null.py: what its two kinds of shuffles say of sites that differ, and that it is said of the right kind."""

import numpy as np
import pytest
import site_null
from scipy.stats import kstest


def test_both_shares_are_printed(printed):
    text = printed(site_null.main, "--tiny")
    assert "hazard by site, nothing within sites, 2 cohorts" in text
    assert text.count("P ≤ .05 in") == 2


def test_each_kind_of_shuffle_has_its_own_share(printed, monkeypatch):
    """Limits of Clopper and Pearson where all of two or none of two are hit: √.025 = .158, and 1 less that."""
    monkeypatch.setattr(site_null, "both_p", lambda *_: (0.01, 0.5))
    _, everybody, within = printed(site_null.main, "--tiny").splitlines()
    assert everybody.split(", KS")[0] == "  shuffled over everybody:  P ≤ .05 in 2/2 = 1.000 (95 % CI 0.158 to 1.000)"
    assert within.split(", KS")[0] == "  shuffled within sites:    P ≤ .05 in 0/2 = 0.000 (95 % CI 0.000 to 0.842)"


def test_only_shuffles_within_sites_leave_p_uniform():
    over_everybody, within = np.array([site_null.both_p(seed, 10, permutations=39) for seed in range(12)]).T
    # As 39 shuffles can give: (1 + how many are as large) / 40.
    assert 40 * over_everybody == pytest.approx((40 * over_everybody).round())
    assert 40 * within == pytest.approx((40 * within).round())
    assert (over_everybody < within).all()
    assert kstest(over_everybody, "uniform").pvalue < 0.001
    assert kstest(within, "uniform").pvalue > 0.2
