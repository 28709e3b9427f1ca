"""Families by name, and which ICC belong to whom."""

import numpy as np
import pandas as pd
import pytest

from radsurv.report import agreement


@pytest.mark.parametrize(
    ("feature", "family"),
    [
        ("shape_Volume", "shape"),
        ("histogram_Variance_equal16_1mm", "histogram"),
        ("ibsiglcm_JointEnergy_uniform32_native", "ibsiglcm"),
        ("efficientnet_lite0_penultimate_0003", "efficientnet_lite0_penultimate"),
        ("vgg19_fc1_pre_4095", "vgg19_fc1_pre"),
        ("12", "12"),
    ],
)
def test_families(feature, family):
    assert agreement.family(feature) == family


def test_by_family_and_of_some():
    names = [*(f"vgg19_fc1_{index:04d}" for index in range(5)), "shape_Volume", "shape_Size"]
    table = pd.DataFrame({"feature": names, "icc2": [0.1, np.nan, 0.3, 0.2, 0.9, 0.8, 0.6]})
    found = agreement.by_family(table)
    assert list(found) == ["vgg19_fc1", "shape"]
    assert found["vgg19_fc1"].tolist() == [0.1, 0.3, 0.2, 0.9]
    assert agreement.of_features(table, ["vgg19_fc1_0001", "shape_Size", "shape_Size", "age"]).tolist() == [0.6]


def test_of_several_regions_each_has_families_of_its_own():
    assert agreement.family("core_glcm_Energy_native", ["core"]) == "core_glcm"
    assert agreement.family("core_vgg19_fc1_0012", ["core"]) == "core_vgg19_fc1"
