"""bench/refit_cost.py."""

import refit_cost


def test_it_says_what_refits_cost(printed):
    assert " s a refit, mean of 1; 200 would take " in printed(refit_cost.main, "--tiny", "--refits", "1")


def test_the_sizes_are_those_of_the_demo_and_the_paper():
    assert [size.n_features for size in (refit_cost.DEMO_SIZE, refit_cost.PAPER_SIZE)] == [1628, 8540]
