"""Published numbers beside obtained ones: none is invented, every recipe is what its entry says, and what cannot be compared is said."""

import re

import pandas as pd
import pytest

import conf
from radsurv.catalogue.tables import SELECTIONS, STABILITY
from radsurv.errors import ConfigError
from radsurv.report.published import against, as_table, caveats, find, papers
from radsurv.report.recipe import deviations

RECIPES = sorted(path.stem for path in (conf.CONF / "experiment").glob("han2020_*.yaml"))
KERAS = ("backbone.weights=/keras.safetensors", "backbone.preprocess=keras_caffe")


def test_every_published_number_stands_in_the_design(shared):
    design = (shared / "DESIGN.md").read_text("utf-8")
    numbers = [number for paper in papers() for one in paper.experiments.values() for number in one.numbers.values()]
    assert len(numbers) == 3 * 5 + 2
    numbers.remove("108")  # which it has as 50 + 58
    for number in numbers:
        printed = re.escape(number.replace(" to ", "–"))
        assert re.search(rf"(?<![\d.]){printed}(?![\d])", design), number


def test_the_headline():
    _, found = find("han2020_data1")
    assert found.numbers == {
        "n_patients": "50",
        "n_events": "45",
        "log_rank_p": "< .001",
        "hazard_ratio": "3.26 (1.7 to 6.0)",
        "groups": "22:28",
    }


def test_every_recipe_repeats_an_experiment_of_the_paper():
    assert sorted(name for paper in papers() for name in paper.experiments) == RECIPES


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_has_the_settings_of_what_it_repeats(configured, recipe):
    config = configured(f"experiment={recipe}")
    assert config.published == recipe
    _, repeated = find(recipe)
    assert deviations(config, repeated.settings) == []
    meant = {**repeated.settings, "model.lambda_rule": "1se"}
    assert deviations(config, meant) == ["model.lambda_rule=min, not 1se"]


def test_of_another_name_nothing_is_known():
    with pytest.raises(ConfigError, match=r"^published=han2021: no published numbers .* han2020_data1, "):
        find("han2021")


def only(load, *overrides, configured, **parts):
    config = configured("experiment=han2020_data1", *overrides)
    (found,) = against({"other": load(), "mine": load(config=config, **parts)})
    return found


def test_other_patients_and_settings_cannot_be_compared(load, configured):
    found = only(load, "backbone=resnet18", configured=configured)
    assert (found.number, found.run, found.name) == (2, "mine", "han2020_data1")
    assert found.apart == (
        "other patients: 40 patients with 33 events here, 50 patients with 45 events there",
        "other settings: backbone.name=resnet18, not vgg19; backbone.layers=[penultimate], not [fc1,fc2]",
    )
    assert found.reserved == ()
    rows = {row.name: row for row in found.rows}
    assert list(rows) == ["n_patients", "n_events", "log_rank_p", "hazard_ratio", "groups"]
    assert (rows["n_patients"].published, rows["n_patients"].obtained, rows["n_patients"].comparable) == (
        "50",
        "40",
        "another",
    )
    assert (rows["groups"].published, rows["groups"].obtained, rows["groups"].comparable) == ("22:28", "21:19", "no")
    assert (rows["hazard_ratio"].published, rows["hazard_ratio"].obtained) == (
        "3.26 (1.7 to 6.0)",
        "2.35 (1.17 to 4.72)",
    )
    assert rows["log_rank_p"].obtained == ".014"


def test_as_many_patients_with_the_papers_settings_compare_in_part(load, configured, metrics):
    as_many = metrics | {"n_patients": 50, "n_events": 45}
    found = only(load, *KERAS, configured=configured, metrics=as_many)
    assert found.apart == ()
    assert found.reserved == ("that the patients are those of the paper nobody can tell: it published none of them",)
    assert [row.comparable for row in found.rows] == ["the same"] * 2 + ["in part"] * 3
    found = only(load, configured=configured, metrics=as_many | {"permutation_p": 0.02})
    assert [(row.name, row.published, row.obtained) for row in found.rows][3] == ("permutation_p", "–", ".020")
    assert found.reserved[1:] == (
        "VGG-19 has the weights of torchvision, the paper those of Keras",
        "images are prepared as those weights expect, the paper's as Keras did",
    )
    found = only(load, configured=configured, metrics=as_many | {"simulated": 1})
    assert found.apart == ("the patients of this run are SIMULATED",)
    assert {row.comparable for row in found.rows} == {"the same", "no"}


def test_the_median_icc_is_of_the_features_that_survive(load, configured):
    features = pd.DataFrame({"feature": ["a", "b", "c", "d"], "icc2": [0.2, 0.5, 0.9, None]})
    kept = pd.DataFrame({"fold": 2, "repeat": 0, "feature": ["a", "c", "d", "a"], "strength": 0.7, "coefficient": 0.1})
    icc = features.assign(icc3=features["icc2"], n_patients=40, n_readings=2)
    config = configured("experiment=han2020_two_readers")
    parts = {STABILITY.name: icc, SELECTIONS.name: kept}
    (found,) = against({"readers": load(config=config, **parts)})
    rows = {row.name: (row.published, row.obtained) for row in found.rows}
    assert rows["median_icc"] == ("0.76", "0.55")  # of 0.2 and 0.9
    (found,) = against({"readers": load(config=config)})
    assert {row.name: (row.obtained, row.comparable) for row in found.rows}["median_icc"] == ("–", "no")


def test_the_table_has_every_reason(load, configured):
    found = against({"mine": load(config=configured("experiment=han2020_vgg16"))})
    table = as_table(found)
    assert table["published"].unique().tolist() == ["–"]
    assert table["comparable"].unique().tolist() == ["no"]
    assert table["why"].str.contains("no published number is known here").all()
    assert caveats(found) == {}
    assert against({"mine": load()}) == ()
    table = as_table(against({"mine": load(config=configured("experiment=han2020_data2"))}))
    by_name = table.set_index("quantity")
    assert by_name.loc["log_rank_p", "published"] == ".014"
    assert (
        "other patients: 40 patients with 33 events here, 128 patients with 97 events there"
        in by_name.loc["log_rank_p", "why"]
    )
    assert "no error guarantee" in by_name.loc["log_rank_p", "why"]
