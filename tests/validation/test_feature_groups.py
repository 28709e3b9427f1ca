"""Groups of features by patterns of their names."""

import numpy as np
import pytest

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages.compose import compose
from radsurv.validation.feature_groups import feature_groups

NAMES = [
    "clinical_age",
    "glcm_Energy_equal16_1mm",
    "glcm_Energy_uniform32_native",
    "glcm_Contrast_equal16_1mm",
    "vgg19_fc1_0000",
    "vgg19_fc1_0001",
    "vgg19_fc2_0000",
]


def test_a_feature_belongs_to_a_group_by_any_of_its_patterns():
    groups = feature_groups({"all": ["*"], "some": ["clinical_*", "*_equal16_1mm"], "fc1": ["vgg19_fc1_*"]}, NAMES)
    assert list(groups) == ["all", "some", "fc1"]
    assert groups["all"].all()
    assert np.flatnonzero(groups["some"]).tolist() == [0, 1, 3]
    assert np.flatnonzero(groups["fc1"]).tolist() == [4, 5]
    assert feature_groups(None, NAMES) == {}


@pytest.mark.parametrize(
    ("pattern", "nearest"), [("vgg16_fc1_*", "vgg19_fc1_*"), ("*_equal32_1mm", "*_equal16_1mm"), ("GLCM_*", "glcm_*")]
)
def test_a_pattern_without_a_feature_names_the_nearest_families(pattern, nearest):
    with pytest.raises(ConfigError) as error:
        feature_groups({"all": ["*"], "wrong": [pattern]}, NAMES)
    said = str(error.value)
    assert said.startswith(f"search.features.wrong: the pattern {pattern!r} matches none of the 7 features; ")
    assert nearest in said


def test_names_without_families_are_named_themselves():
    with pytest.raises(ConfigError, match="families of features are f1, "):
        feature_groups({"wrong": ["f1?"]}, ["f1", "f2", "g", "age"])


def test_overrides_give_groups_any_name():
    config = validate(compose(["search=optuna", "search.features={all: ['*'], 1: ['f?', 'g_*']}"])).search
    assert config.features == {"all": ["*"], "1": ["f?", "g_*"]}
    assert validate(compose(["search=optuna"])).search.features is None


@pytest.mark.parametrize("wrong", ["{}", "{fc1: []}", "{fc1: vgg19_*}"])
def test_a_group_without_patterns_is_refused(wrong):
    with pytest.raises(ConfigError, match=r"search\.features"):
        validate(compose(["search=optuna", f"search.features={wrong}"]))
