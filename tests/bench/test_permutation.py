"""bench/permutation.py."""

import permutation


def test_minutes_are_printed_for_every_cohort(printed):
    text = printed(permutation.main, "--tiny", "--sample", "2", "--jobs", "1")
    assert text.count("1,000 permutations in ") == len(permutation.TINY_CASES)
