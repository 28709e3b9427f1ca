"""The maps stand on the page with what they can tell, and with the label of random weights."""

import numpy as np
import pandas as pd
import pytest

from radsurv.formats import percent
from radsurv.report.html import render
from radsurv.report.page.deep_feature_maps import DeepFeatureMaps

FEATURES = ["efficientnet_lite0_pool_0017", "efficientnet_lite0_pool_0003"]


@pytest.fixture
def maps() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    outline = np.zeros((32, 32), dtype=np.uint8)
    outline[4:20, 4:20] = 1
    return pd.DataFrame(
        [
            {"feature": feature, "end": end, "rank": rank, "patient_id": f"P{rank:03d}", "value": 1.0, "spread": 1.0,
             "section": 3, "size": 32, "patch": rng.integers(0, 256, 1024).astype(np.uint8), "outline": outline.ravel(),
             "cells": 4, "effect": rng.normal(size=16)}
            for feature in FEATURES for end in ("highest", "lowest") for rank in range(2)
        ]
    )  # fmt: skip


def test_a_figure_for_each_feature_in_the_order_of_the_table(load, maps, selections):
    experiment = load(attribution=maps)
    section = DeepFeatureMaps.of(experiment)
    assert [figure.feature for figure in section.figures] == FEATURES
    kept = (selections["feature"] == FEATURES[0]).sum() / 40
    assert section.figures[0].kept == percent(kept)
    page = render(experiment)
    assert "What the deep features look at" in page
    assert "What they cannot" in page
    assert page.count("data:image/png") >= 8
    assert "RANDOM" not in page


def test_random_weights_are_named_in_every_caption(load, maps, configured):
    page = render(load(attribution=maps, config=configured("backbone.weights=random")))
    assert page.count("RANDOM weights.</figcaption>") == len(FEATURES)


def test_sections_and_sequences_are_explained(load, maps, configured):
    config = configured("patch.sections=3", "patch.channels=[image_flair,image,image_t2]")
    page = render(load(attribution=maps, config=config))
    assert "a mean over up to 3 sections" in page
    assert "the picture is the first, image_flair" in page


def test_no_rows_no_section(load, maps):
    assert DeepFeatureMaps.of(load(attribution=maps.head(0))) is None
    assert DeepFeatureMaps.of(load()) is None
