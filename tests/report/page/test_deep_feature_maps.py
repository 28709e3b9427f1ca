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


@pytest.mark.slow
def test_what_is_said_of_the_choice_holds_for_folds_and_for_a_finished_model(load, maps, configured, selections):
    """A feature that survived in few folds is not one of most folds; a finished model chose without these patients' outcomes."""

    def said(**changes) -> str:
        return " ".join(render(load(attribution=maps, **changes)).split())

    own = said()
    assert "For the 2 deep features that most often survived reduction: the 2 patients with the highest" in own
    assert "The features were chosen with all patients' outcomes, and the patients for their extreme values" in own
    finished = said(
        config=configured("validation=external", "validation.model=A/model.json"),
        selections=selections.drop_duplicates("feature").assign(fold=0),
    )
    assert "For the 2 deep features of the finished model with the largest weight: the 2 patients" in finished
    assert (
        "The features are those of the finished model, and the patients were chosen for their extreme values"
        in finished
    )
    for text in (own, finished):
        assert "in most folds" not in text
        assert text.count("examples, not a sample.") == 1
    assert "all patients' outcomes" not in finished
