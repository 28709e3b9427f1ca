"""The curves against lifelines, the numbers at risk against counting."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from radsurv.report.figures.kaplan_meier_plot import (
    PALE,
    kaplan_meier_figure,
    last_certain,
    number_at_risk,
    separation,
)

times = st.lists(st.integers(1, 30), min_size=1, max_size=25)


@pytest.fixture
def fitted(predictions):
    """The groups as lifelines sees them."""

    def fit(name: str) -> KaplanMeierFitter:
        rows = predictions[predictions["group"] == name]
        return KaplanMeierFitter().fit(rows["time"], rows["event"])

    return {name: fit(name) for name in ("short", "long")}


@given(times, times)
def test_number_at_risk_is_a_count(time, at):
    counted = [sum(one >= tick for one in time) for tick in at]
    assert number_at_risk(np.array(time, float), np.array(at, float)).tolist() == counted


def test_curves_are_lifelines_curves(predictions, metrics, fitted):
    axes = kaplan_meier_figure(predictions, metrics, "days").axes[0]
    curves = {line.get_label().split(",")[0]: line for line in axes.lines if line.get_label().endswith(", all")}
    assert set(curves) == {"short", "long"}
    for name, line in curves.items():
        theirs = fitted[name].survival_function_["KM_estimate"]
        np.testing.assert_allclose(line.get_xdata(), theirs.index)
        np.testing.assert_allclose(line.get_ydata(), theirs, atol=1e-12)


def test_bands_are_those_of_survfit():
    """``survfit(Surv(time, status) ~ x, data = aml)`` of R's survival package, maintained arm, to its printed digits."""
    rows = pd.DataFrame(
        {
            "time": [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161],
            "event": [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0],
            "group": "long",
        }
    )
    (band,) = kaplan_meier_figure(rows, {}, "weeks").axes[0].collections
    drawn = np.unique(band.get_paths()[0].vertices[:, 1])
    lower = [0.7541, 0.6192, 0.4884, 0.3769, 0.2549, 0.1549, 0.0359]
    upper = [1.0, 0.999, 0.946, 0.875, 0.944]
    for limit in lower:
        assert np.abs(drawn - limit).min() < 5e-5
    for limit in upper:
        assert np.abs(drawn - limit).min() < 5e-4
    assert len(drawn) == len(lower) + len(upper)


def test_table_under_the_axis(predictions, metrics):
    curves, table = kaplan_meier_figure(predictions, metrics, "days").axes
    ticks = curves.get_xticks()
    cells = [text.get_text() for text in table.texts]
    assert cells[0] == "Number at risk"
    rows = {"Short": cells[1 : 2 + len(ticks)], "Long": cells[2 + len(ticks) :]}
    for name, row in rows.items():
        time = predictions.loc[predictions["group"] == name.lower(), "time"]
        assert row == [name, *(str((time >= tick).sum()) for tick in ticks)]


def test_censored_patients_are_ticked(predictions, metrics):
    axes = kaplan_meier_figure(predictions, metrics, "days").axes[0]
    ticked = [time for line in axes.lines if line.get_marker() == "|" for time in line.get_xdata()]
    assert sorted(ticked) == sorted(predictions.loc[predictions["event"] == 0, "time"].unique())


def test_legend_counts_and_medians(predictions, metrics, fitted):
    legend = kaplan_meier_figure(predictions, metrics, "days").axes[0].get_legend()
    for text, (name, fit) in zip(legend.get_texts(), fitted.items(), strict=True):
        rows = predictions[predictions["group"] == name]
        expected = f"n = {len(rows)}, {rows['event'].sum()} events, median {fit.median_survival_time_:g} days (95 % CI "
        assert text.get_text().startswith(f"Predicted {name}: {expected}")


def test_statistics_are_the_metrics(metrics):
    assert separation(metrics) == ["HR 2.35 (95 % CI 1.17–4.72)", "log-rank P =\xa0.014 (naive)"]
    assert separation(metrics | {"permutation_p": 0.0312})[-1] == "permutation P =\xa0.031"
    assert separation(metrics | {"hazard_ratio_low": None})[0] == "HR 2.35"
    assert separation({}) == []


@pytest.mark.parametrize("events", [0, 1], ids=["nobody had the event", "everybody had the event"])
def test_one_group_and_one_kind_of_outcome(predictions, events):
    rows = predictions.assign(group="long", event=events)
    figure = kaplan_meier_figure(rows, {}, "months", simulated=True)
    figure.draw_without_rendering()
    (curve,) = [line for line in figure.axes[0].lines if line.get_label() == "long, all"]
    assert curve.get_ydata()[-1] == 1 - events
    (text,) = figure.axes[0].get_legend().get_texts()
    assert ("median not reached" in text.get_text()) == (events == 0)


def test_curves_are_pale_where_few_are_left(predictions, metrics):
    axes = kaplan_meier_figure(predictions, metrics, "days").axes[0]
    for name in ("short", "long"):
        time = predictions.loc[predictions["group"] == name, "time"]
        certain, whole = (
            next(line for line in axes.lines if line.get_label() == f"{name}, {part}") for part in ("certain", "all")
        )
        end = certain.get_xdata()[-1]
        assert (time >= end).sum() == 5
        assert (time > end).sum() < 5
        assert whole.get_alpha() == PALE
        assert whole.get_xdata()[-1] == time.max()


@pytest.mark.parametrize(("n", "left"), [(4, 0), (40, 5), (100, 10), (101, 11)])
def test_the_larger_of_5_patients_and_a_tenth(n, left):
    time = np.arange(1.0, n + 1)
    assert last_certain(time) == (n - left + 1 if left else 0)


def test_groups_can_be_told_apart_without_colour(predictions, metrics):
    axes = kaplan_meier_figure(predictions, metrics, "days").axes[0]
    assert {text.get_text() for text in axes.texts} >= {"short", "long"}
    styles = {line.get_label(): line.get_linestyle() for line in axes.lines}
    assert styles["short, certain"] != styles["long, certain"]
    handles = axes.get_legend().get_lines()
    assert handles[0].get_linestyle() != handles[1].get_linestyle()


def test_months_are_ticked_in_years(predictions):
    rows = pd.DataFrame(predictions).assign(time=predictions["time"] / 30.4)
    ticks = kaplan_meier_figure(rows, {}, "months").axes[0].get_xticks()
    assert np.all(ticks % 6 == 0)
