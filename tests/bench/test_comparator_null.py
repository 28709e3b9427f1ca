"""bench/comparator_null.py."""

import comparator_null


def test_shares_are_printed(printed):
    text = printed(comparator_null.main, "--tiny")
    assert "2 cohorts" in text
    assert text.count("P ≤ 0.05") == 3
