"""Every repetition is in one bar, on its side of the experiment."""

import numpy as np
import pandas as pd
import pytest

from radsurv.report.figures.permutation_plot import NAIVE_05, permutation_figure
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


@pytest.mark.parametrize("others", [0.0, 6.0], ids=["one value", "one value and another"])
def test_a_value_that_most_share_has_a_narrow_bar_around_it(permutations, others):
    """Repetitions without any model all have χ² 0 and C 0.5, and so has an experiment without one."""
    permutations["signed_log_rank"] = 0.0
    permutations.loc[7, "signed_log_rank"] = others
    left = permutation_figure(permutations).axes[0]
    left.figure.draw_without_rendering()
    bars = [bar for container in left.containers for bar in container if bar.get_height() >= 299]
    assert len(bars) == 1
    assert bars[0].get_center()[0] == pytest.approx(0, abs=1e-9)
    assert bars[0].get_width() < 0.25
    low, high = left.get_xlim()
    assert low < -0.1
    assert high > NAIVE_05


@pytest.mark.parametrize("value", [0.0, 9.0, -9.0])
def test_an_experiment_beyond_all_or_equal_to_all(permutations, value):
    permutations.loc[0, "signed_log_rank"] = value
    permutations["harrell_c"] = 0.5
    figure = permutation_figure(permutations)
    figure.draw_without_rendering()
    left, right = map(counts, figure.axes)
    reached = int((permutations["signed_log_rank"][1:] >= value).sum())
    assert left == {PALETTE["short"]: reached, NEUTRAL: 300 - reached}
    assert right == {PALETTE["short"]: 300, NEUTRAL: 0}


def test_a_spike_at_exactly_0_is_explained(permutations):
    def texts():
        return [text.get_text() for axes in permutation_figure(permutations).axes for text in axes.texts]

    permutations["signed_log_rank"] += 0.05
    assert texts() == []
    permutations.loc[1:90, "signed_log_rank"] = 0.0
    assert texts() == ["exactly 0 in 90 of 300:\nno model, so one group only"]
