"""Every patient is one point."""

import pytest

from radsurv.report.figures.risk_plot import risk_figure
from radsurv.report.figures.style import GROUP_COLOURS
from radsurv.report.html import render


def test_every_patient_is_drawn_once_on_the_side_of_the_group(predictions):
    axes = risk_figure(predictions, "days").axes[0]
    points = [(x, y) for line in axes.lines[1:] for x, y in zip(*line.get_data(), strict=True)]
    drawn = predictions["risk"] - predictions["threshold"]
    assert sorted(points) == sorted(zip(predictions["time"], drawn, strict=True))
    assert ((drawn > 0) == (predictions["group"] == "short")).all()


def test_only_events_are_filled(predictions):
    axes = risk_figure(predictions, "days", simulated=True).axes[0]
    filled = sum(len(line.get_xdata()) for line in axes.lines[1:] if line.get_markerfacecolor() != "none")
    assert filled == predictions["event"].sum()


@pytest.mark.parametrize("group", ["short", "long"])
def test_one_group(predictions, group):
    figure = risk_figure(predictions.assign(group=group), "days")
    figure.draw_without_rendering()
    drawn = {
        line.get_markeredgecolor(): len(line.get_xdata()) for line in figure.axes[0].lines[1:] if len(line.get_xdata())
    }
    assert list(drawn) == [GROUP_COLOURS[group]]


def test_the_axis_says_what_holds_for_every_model_and_scheme(load, configured):
    """A forest's risk is no log hazard, and of a bootstrap several models judge a patient."""
    for override in ("model=rsf", "validation=bootstrap"):
        page = " ".join(render(load(config=configured(override))).split())
        assert "Risk above threshold (log relative risk)" in page
        assert "predicted log relative risk above the threshold of the model or models that had not seen them." in page
