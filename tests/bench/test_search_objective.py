"""bench/search_objective.py."""

import search_objective


def test_differences_are_printed(printed):
    text = printed(search_objective.main, "--tiny")
    assert text.count("ibs") == 2
    assert "2 SIMULATED cohorts, 3 trials each" in text
