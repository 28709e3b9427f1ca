"""What each simpler model is made of."""

import pytest

from radsurv.validation.comparator_choice import KINDS as MADE_OF
from radsurv.validation.comparator_choice import OUTLINE_VOLUME, choose_comparators

ALL = ["clinical", "volume", "radiomics", "deep", "combined", "combined_clinical"]
KINDS = {"shape_Volume": "radiomics", "glcm_Energy": "radiomics", "vgg19_fc1_0000": "deep", "clinical_age": "clinical"}
IMAGES = ["shape_Volume", "glcm_Energy", "vgg19_fc1_0000"]


def features(comparators):
    return {one.name: one.features for one in comparators}


def test_what_each_comparator_is_made_of():
    found, reasons = choose_comparators(ALL, KINDS, IMAGES)
    assert features(found) == {
        "clinical": ["clinical_age"],
        "volume": ["shape_Volume"],
        "radiomics": IMAGES[:2],
        "deep": IMAGES[2:],
        "combined_clinical": [*IMAGES, "clinical_age"],
    }
    assert [one.name for one in found if one.plain] == ["clinical", "volume"]
    assert reasons == {"combined": "the features of the experiment itself"}


def test_an_experiment_with_covariates_is_held_against_one_without():
    found, reasons = choose_comparators(ALL, KINDS, ["clinical_age", *IMAGES])
    assert features(found)["combined"] == IMAGES
    assert reasons == {"combined_clinical": "the features of the experiment itself"}


def test_what_there_is_not_has_a_reason():
    kinds = {"original_shape_MeshVolume": "radiomics", "x": "radiomics"}
    found, reasons = choose_comparators(ALL, kinds, ["x"])
    assert features(found) == {"volume": ["original_shape_MeshVolume"], "radiomics": list(kinds)}
    assert reasons == {
        "clinical": "there are no clinical features",
        "deep": "there are no deep features",
        "combined": "the same features as radiomics",
        "combined_clinical": "there are no clinical features",
    }
    assert choose_comparators(["volume"], {"x": "radiomics"}, [])[1] == {"volume": "there are no volume features"}


def test_the_volume_is_that_of_the_whole_outline_where_there_is_one_and_takes_part_in_nothing_else():
    found, reasons = choose_comparators(ALL, {**KINDS, OUTLINE_VOLUME: "volume"}, IMAGES)
    assert features(found)["volume"] == [OUTLINE_VOLUME]
    assert [name for name, made_of in features(found).items() if OUTLINE_VOLUME in made_of] == ["volume"]
    assert reasons == {"combined": "the features of the experiment itself"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["original_shape_MeshVolume", "x", "original_shape_VoxelVolume"], ["original_shape_VoxelVolume"]),
        (["shape_Volume", "original_shape_MeshVolume"], ["original_shape_MeshVolume"]),
        (["t1_shape_VoxelVolume", "t2_shape_VoxelVolume"], ["t1_shape_VoxelVolume", "t2_shape_VoxelVolume"]),
        (["shape_SurfaceVolumeRatio", "reshape_Volume", "shape_Volume_log", "shape_Volume"], ["shape_Volume"]),
    ],
)
def test_a_ready_table_has_one_volume_for_each_outline_by_the_first_name_that_is_there(columns, expected):
    """Volumes of voxels and of a mesh are one quantity: both in a Cox regression would take each other's place."""
    found, _ = choose_comparators(["volume"], dict.fromkeys(columns, "radiomics"), [])
    assert features(found) == {"volume": expected}


def test_images_with_covariates_need_both():
    found, reasons = choose_comparators(list(MADE_OF), KINDS, IMAGES)
    assert features(found)["volume_clinical"] == ["shape_Volume", "clinical_age"]
    assert features(found)["radiomics_clinical"] == [*IMAGES[:2], "clinical_age"]
    assert features(found)["deep_clinical"] == [*IMAGES[2:], "clinical_age"]
    assert [one.name for one in found if one.plain] == ["clinical", "volume", "volume_clinical"]
    without = {name: kind for name, kind in KINDS.items() if kind != "clinical"}
    _, reasons = choose_comparators(list(MADE_OF), without, IMAGES)
    lacking = {name for name, why in reasons.items() if why == "there are no clinical features"}
    assert lacking == {name for name in MADE_OF if "clinical" in name}
    _, reasons = choose_comparators(list(MADE_OF), {"clinical_age": "clinical"}, ["x"])
    assert reasons["volume_clinical"] == "there are no volume features"
    assert reasons["combined_clinical"] == "there are no radiomics and no deep features"
