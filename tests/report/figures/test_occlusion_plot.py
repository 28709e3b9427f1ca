"""Colours say which way a part moves the feature, and how far."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from radsurv.report.figures.occlusion_plot import LOWERS, OPAQUE, RAISES, occlusion_figure, overlaid
from radsurv.report.figures.style import to_svg


@pytest.fixture
def maps() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    outline = np.zeros((40, 40), dtype=np.uint8)
    outline[5:35, 5:30] = 1
    rows = []
    for rank, end in enumerate(("highest", "lowest")):
        effect = rng.normal(size=16)
        effect[3] = -8.0 if end == "highest" else 2.0
        rows.append(
            {"end": end, "rank": 0, "patient_id": f"P{rank}$_1$\x00" + "x" * 30, "value": 1.23456, "spread": 2.0, "size": 40,
             "patch": rng.integers(0, 256, 1600).astype(np.uint8), "outline": outline.ravel(), "cells": 4, "effect": effect}
        )  # fmt: skip
    return pd.DataFrame(rows)


def test_no_effect_leaves_the_picture_and_a_large_one_colours_it():
    gray = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    np.testing.assert_array_equal(overlaid(gray, np.zeros((4, 4))), np.repeat(gray[..., None], 3, axis=2))
    for sign, colour in ((1, RAISES), (-1, LOWERS)):
        found = overlaid(gray, np.full((4, 4), float(sign)))
        expected = (1 - OPAQUE) * gray[..., None] + OPAQUE * 255 * np.array(to_rgb(colour))
        np.testing.assert_allclose(found, expected, atol=0.51)


def test_one_scale_for_all_panels_in_standard_deviations(maps):
    figure = occlusion_figure(maps, simulated=True)
    *panels, bar = figure.axes
    assert [axes.get_title().split("\n")[1] for axes in panels] == ["highest: 1.23", "lowest: 1.23"]
    assert panels[0].get_title().startswith("P0$_1$\N{REPLACEMENT CHARACTER}xxx")
    assert [label.get_text() for label in bar.get_yticklabels()] == ["−4.0 SD", "0", "+4.0 SD"]
    strongest = panels[0].images[0].get_array()[0, -1]
    gray = maps["patch"][0].reshape(40, 40)[0, -1]
    np.testing.assert_allclose(strongest, (1 - OPAQUE) * gray + OPAQUE * 255 * np.array(to_rgb(LOWERS)), atol=0.51)
    assert [text.get_text() for text in figure.texts] == ["SIMULATED"]


def test_an_outline_that_fills_the_picture_and_a_feature_that_nothing_moves(maps):
    maps["outline"] = [np.ones(1600, dtype=np.uint8)] * 2
    maps["effect"] = [np.zeros(16)] * 2
    assert "SD" in to_svg(occlusion_figure(maps), "occlusion", "Nothing")


def test_the_same_bytes_twice(maps):
    first, second = (to_svg(occlusion_figure(maps), "occlusion", "Maps") for _ in range(2))
    assert first == second
    assert first.count("data:image/png;base64,") >= 2
