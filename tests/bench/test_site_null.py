"""bench/site_null.py."""

import site_null


def test_both_shares_are_printed(printed):
    text = printed(site_null.main, "--tiny")
    assert "hazard by site, nothing within sites, 2 cohorts" in text
    assert text.count("P ≤ .05 in") == 2
