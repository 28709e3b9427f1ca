"""Every repetition is in one bar, on its side of the experiment."""

import numpy as np
import pandas as pd
import pytest

from radsurv.report.figures.permutation_plot import permutation_figure
from radsurv.report.figures.style import NEUTRAL, PALETTE


@pytest.fixture
def permutations():
    generator = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "repetition": np.arange(301),
            "signed_log_rank": generator.normal(0, 3, 301).round(1),
            "log_hazard_ratio": generator.normal(size=301),
            "harrell_c": generator.normal(0.45, 0.06, 301).round(2),
        }
    )


def counts(axes) -> dict[str, float]:
    drawn = dict.fromkeys((NEUTRAL, PALETTE["short"]), 0.0)
    for container in axes.containers:
        for bar in container:
            colour = "#" + "".join(f"{round(255 * part):02x}" for part in bar.get_facecolor()[:3])
            drawn[colour] += bar.get_height()
    return drawn


def test_bars_count_the_repetitions(permutations):
    figure = permutation_figure(permutations, simulated=True)
    for axes, name in zip(figure.axes, ("signed_log_rank", "harrell_c"), strict=True):
        observed, shuffled = permutations[name][0], permutations[name][1:]
        drawn = counts(axes)
        assert drawn[PALETTE["short"]] == (shuffled >= observed).sum()
        assert drawn[NEUTRAL] == (shuffled < observed).sum()


@pytest.mark.parametrize("value", [0.0, 9.0, -9.0])
def test_an_experiment_beyond_all_or_equal_to_all(permutations, value):
    permutations.loc[0, "signed_log_rank"] = value
    permutations["harrell_c"] = 0.5
    permutation_figure(permutations).draw_without_rendering()
