"""Bars are shares; histograms count every fold once."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from radsurv.report.figures.selection_plot import (
    LONGEST_NAME,
    count_edges,
    fold_count_figure,
    selection_figure,
    shortened,
)
from radsurv.report.figures.style import GROUP_COLOURS, NEUTRAL, to_svg


@pytest.fixture
def features():
    return pd.DataFrame(
        {
            "feature": ["glcm_Energy_equal16_1mm", "shape_$Volume$", "x" * 300],
            "kept": [1.0, 0.6, 0.2],
            "nonzero": [0.9, 0.3, 0.0],
            "coefficient": [0.2, -0.1, 0.0],
        }
    )


def test_bars_are_the_shares(features):
    axes = selection_figure(features, simulated=True).axes[0]
    widths = [bar.get_width() for bar in axes.patches]
    assert widths == pytest.approx([*features["kept"], *features["nonzero"]])


def test_colour_is_the_sign(features):
    bars = selection_figure(features).axes[0].patches[3:]
    colours = [GROUP_COLOURS["short"], GROUP_COLOURS["long"], NEUTRAL]
    assert [bar.get_facecolor()[:3] for bar in bars] == [to_rgb(colour) for colour in colours]


def test_names_are_never_mathematics_and_never_endless(features):
    figure = selection_figure(features)
    figure.draw_without_rendering()
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names[1] == "shape_$Volume$"
    assert not figure.axes[0].get_yticklabels()[1].get_parse_math()
    assert len(names[2]) == LONGEST_NAME


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("\x00\x1b[31m", "\ufffd\ufffd[31m"),
        ("Tumorvolumen größer", "Tumorvolumen größer"),
        ("肿瘤体积", "肿瘤体积"),
        ("\ud800", "\ufffd"),
    ],
)
def test_any_name_gives_svg(features, name, printed):
    root = ElementTree.fromstring(to_svg(selection_figure(features.assign(feature=name)), "selection", "Features"))
    shown = [element.text for element in root.iter("text")]
    assert {printed, f"{printed} (2)", f"{printed} (3)"} <= set(shown)
    assert ("\ufffd" in "".join(map(str, shown))) == ("\ufffd" in printed)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=200))
def test_every_fold_falls_into_one_of_at_most_25_bins(counts):
    edges = count_edges(np.array(counts))
    assert len(edges) <= 26
    assert np.histogram(counts, edges)[0].sum() == len(counts)
    assert len(set(np.diff(edges))) == 1


def test_equal_counts(features):
    figure = fold_count_figure(np.full(10, 3), np.zeros(10, int), simulated=True)
    figure.draw_without_rendering()
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == ["median 3", "median 0"]


def test_without_coefficients_there_is_neither_sign_nor_second_histogram(features):
    figure = selection_figure(features.assign(coefficient=np.nan), weighted=False)
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(list(features["kept"]))
    assert {bar.get_facecolor()[:3] for bar in axes.patches} == {to_rgb(NEUTRAL)}
    assert axes.get_legend() is None
    assert len(fold_count_figure(np.array([3, 4]), None).axes) == 1


def test_names_are_cut_in_the_middle_and_never_read_the_same():
    long = "glszm_LowIntensitySmallAreaEmphasis_{}32_{}_of_the_whole_tumour"
    found = shortened([long.format("equal", "native"), long.format("equal", "1mm"), "shape_Volume"])
    assert found[2] == "shape_Volume"
    assert all(len(name) == LONGEST_NAME and name.startswith("glszm_LowIntensity") for name in found[:2])
    assert len(set(found)) == 3
    alike = shortened([f"{'a' * 40}{middle}{'z' * 40}" for middle in "xyw"])
    assert [name[-4:] for name in alike] == ["zzzz", " (2)", " (3)"]
    assert len(set(alike)) == 3
    assert max(map(len, alike)) == LONGEST_NAME
