from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conf
from radsurv.radiomics.vector import feature_names, radiomics_features
from radsurv.roi.region import Region

TOOLBOX = conf.radiomics("vallieres")
QUANTISED = conf.radiomics("vallieres", histogram="quantised")
NATIVE = conf.quantization(algorithms=["equal", "uniform"], levels=[8, 16], scales=["native"])
EIGHT = conf.quantization(algorithms=["equal", "uniform"], levels=[16, 32], scales=["native", 1.0])


def _region(image, outline, spacing_mm=(0.8, 0.8)):
    return Region(np.asarray(image, float), np.asarray(outline, bool), spacing_mm, 5.0, 0)


def _noise(*shape):
    return np.random.default_rng(7).normal(size=shape)


def _textures(region, quantization=NATIVE):
    values, _ = radiomics_features(region, quantization, QUANTISED)
    return values[4:]


def test_all_348_features_of_the_reference_from_the_image(reference, paper):
    names = feature_names(paper, TOOLBOX)
    assert names == list(reference.features.index)
    assert len(names) == len(set(names)) == 348
    values, warnings = radiomics_features(reference.region, paper, TOOLBOX)
    expected = reference.features.copy()
    expected["shape_Solidity"] = reference.variants["shape_Solidity_hull_edgemid"]
    np.testing.assert_allclose(values, expected, rtol=1e-9)
    assert warnings == []


def test_names_follow_the_configuration():
    quantization = conf.quantization(algorithms=["uniform"], levels=[8], scales=[0.5, "native"])
    names = feature_names(quantization, TOOLBOX)
    assert names[:5] == [
        "shape_Volume",
        "shape_Size",
        "shape_Solidity",
        "shape_Eccentricity",
        "histogram_Variance_uniform8_0.5mm",
    ]
    assert names[-1] == "ngtdm_Strength_uniform8_native"
    assert len(names) == 4 + 2 * 43


def test_none_has_no_features(blob):
    none = conf.radiomics("none")
    values, warnings = radiomics_features(blob, NATIVE, none)
    assert feature_names(NATIVE, none) == values.tolist() == warnings == []


def test_histogram_is_of_intensities_or_of_levels(blob):
    names = feature_names(EIGHT, TOOLBOX)
    columns = [i for i, name in enumerate(names) if name.startswith("histogram")]
    toolbox, quantised = (radiomics_features(blob, EIGHT, how)[0] for how in (TOOLBOX, QUANTISED))
    assert len(columns) == 24
    assert len(set(toolbox[columns])) == 6
    assert len(set(quantised[columns])) == 24
    np.testing.assert_array_equal(np.delete(toolbox, columns), np.delete(quantised, columns))


@pytest.mark.parametrize(("shift", "scale"), [(-317.0, 1.0), (0.0, 2.5), (1e4, 1e-3), (50.0, 8.0)])
def test_shift_and_scale_of_intensities_change_no_texture(blob, shift, scale):
    changed = replace(blob, image=shift + scale * blob.image)
    np.testing.assert_allclose(_textures(changed, EIGHT), _textures(blob, EIGHT), rtol=1e-9, atol=1e-12)


# Intensities that whole shifts and scales leave exact: of CT (negative ones, too) and MR.
WHOLE = {"seed": st.integers(0, 999), "width": st.integers(40, 2000), "shift": st.integers(-5000, 5000)}


@settings(max_examples=40, deadline=None)
@given(**WHOLE, scale=st.integers(1, 50))
def test_whole_shifts_and_scales_change_no_texture_by_a_bit(seed, width, shift, scale):
    """Both quantisers, all texture families: the grey levels are the same, though pixels lie on thresholds."""
    before, after = _before_and_after(seed, width, shift, scale)
    np.testing.assert_array_equal(_textures(after), _textures(before))


@settings(max_examples=4, deadline=None)
@given(**WHOLE, scale=st.integers(1, 50))
def test_whole_shifts_and_scales_change_no_ibsi_texture_by_a_bit(seed, width, shift, scale):
    ibsi = conf.radiomics("ibsi", histogram="quantised")
    before, after = (radiomics_features(one, NATIVE, ibsi)[0] for one in _before_and_after(seed, width, shift, scale))
    np.testing.assert_array_equal(after, before)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), shift=st.floats(-3000, 3000), scale=st.floats(1e-3, 1e3))
def test_no_feature_hangs_on_where_zero_is(seed, shift, scale):
    """All 348, at both scales, with the histogram of the intensities: whatever the sign, up to rounding."""
    image = np.random.default_rng(seed).normal(size=DISC.shape)
    before, after = (
        radiomics_features(_region(one, DISC), EIGHT, TOOLBOX)[0] for one in (image, scale * (image + shift))
    )
    np.testing.assert_allclose(after, before, rtol=1e-7, atol=1e-12)


def _before_and_after(seed, width, shift, scale):
    image = np.random.default_rng(seed).integers(0, width, DISC.shape)
    return _region(image, DISC), _region(scale * image + shift, DISC)


@pytest.mark.parametrize("turn", [np.rot90, np.flipud, np.fliplr, np.transpose])
def test_turning_and_mirroring_change_nothing(blob, turn):
    turned = replace(blob, image=turn(blob.image), outline=turn(blob.outline))
    before, after = (radiomics_features(region, NATIVE, TOOLBOX)[0] for region in (blob, turned))
    np.testing.assert_allclose(after, before, rtol=1e-9)


def test_a_position_at_the_border_of_the_image_changes_nothing(blob):
    tight = blob.tight()
    before, after = (radiomics_features(region, EIGHT, TOOLBOX)[0] for region in (blob, tight))
    np.testing.assert_array_equal(before, after)


def test_split_pixels_keep_their_shape(blob):
    split = replace(
        blob, image=blob.image.repeat(2, 0), outline=blob.outline.repeat(2, 0), spacing_mm=(0.390625, 0.78125)
    )
    expected = radiomics_features(blob, NATIVE, TOOLBOX)[0][:4]
    values = radiomics_features(split, NATIVE, TOOLBOX)[0][:4]
    np.testing.assert_allclose(values[[0, 1, 3]], expected[[0, 1, 3]], rtol=1e-9)
    assert values[2] == pytest.approx(expected[2], abs=0.03)


def test_axes_of_different_spacing_are_resampled_each(blob):
    flat = replace(blob, spacing_mm=(0.4, 1.3))
    turned = replace(blob, image=blob.image.T, outline=blob.outline.T, spacing_mm=(1.3, 0.4))
    before, after = (radiomics_features(region, EIGHT, TOOLBOX)[0] for region in (flat, turned))
    np.testing.assert_allclose(after, before, rtol=1e-9)
    names = feature_names(EIGHT, TOOLBOX)
    square, _ = radiomics_features(replace(blob, spacing_mm=(0.4, 0.4)), EIGHT, TOOLBOX)
    differ = {name.rsplit("_", 1)[1] for name, one, other in zip(names, before, square, strict=True) if one != other}
    assert differ == {"Volume", "Size", "Eccentricity", "1mm"}


@pytest.mark.parametrize("definition", ["vallieres", "ibsi"])
def test_pixels_of_the_target_size_give_the_native_features(blob, definition):
    radiomics = conf.radiomics(definition)
    values, _ = radiomics_features(replace(blob, spacing_mm=(1.0, 1.0)), EIGHT, radiomics)
    np.testing.assert_array_equal(values[4 : 4 + 4 * 43], values[4 + 4 * 43 :])


DISC = np.hypot(*np.mgrid[-6:7, -6:7]) < 5
DEGENERATE = {
    "constant": _region(np.full((9, 9), 100.1), np.ones((9, 9))),
    "constant among noise": _region(np.where(DISC, 100.1, _noise(13, 13)), DISC),
    "one pixel": _region(_noise(5, 5), np.pad([[1]], 2)),
    "one pixel, smaller than the target": _region(_noise(5, 5), np.pad([[1]], 2), (0.1, 0.1)),
    "two pixels": _region(_noise(5, 5), np.pad([[1, 1]], ((2, 2), (1, 2)))),
    "a row": _region(_noise(5, 9), np.pad(np.ones((1, 9)), ((2, 2), (0, 0)))),
    "a diagonal thread": _region(_noise(9, 9), np.eye(9)),
    "isolated pixels": _region(_noise(9, 9), np.arange(81).reshape(9, 9) % 20 == 0),
    "islands": _region(_noise(20, 20), np.kron(np.eye(2), np.pad(np.ones((6, 6)), 2))),
    "two intensities": _region(_noise(9, 9) > 0, np.ones((9, 9))),
}
UNDEFINED = {
    "constant": {"histogram_Skewness", "histogram_Kurtosis", "glcm_Correlation"}
    | {f"ngtdm_{name}" for name in ("Coarseness", "Contrast", "Busyness", "Strength")},
    "a row": set(),
    "a diagonal thread": set(),
    "islands": set(),
    "two intensities": set(),
}


@pytest.mark.parametrize("histogram", ["toolbox", "quantised"])
@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_regions_have_defined_results(case, histogram):
    with np.errstate(all="raise"):
        values, warnings = radiomics_features(DEGENERATE[case], EIGHT, conf.radiomics("vallieres", histogram=histogram))
    assert values.shape == (348,)
    assert not np.isinf(values).any()
    assert not np.isnan(values[:4]).any()
    if case in UNDEFINED:
        undefined = {name.rsplit("_", 2)[0] for name in np.array(feature_names(EIGHT, TOOLBOX))[np.isnan(values)]}
        assert undefined == UNDEFINED[case]
    assert len(warnings) <= 1
    if case not in ("islands", "a row", "a diagonal thread", "isolated pixels"):
        assert "grey levels after quantisation" in warnings[0]


def test_a_thread_counts_its_single_pixels_in_every_direction():
    # One run of nine along its diagonal (√2); nine single pixels along rows, columns (1 each) and the other diagonal
    # (√2), where no two pixels share a line and pyradiomics' routine counts nothing.
    thread = _region(np.ones((9, 9)), np.eye(9))
    values = dict(zip(feature_names(NATIVE, TOOLBOX), radiomics_features(thread, NATIVE, TOOLBOX)[0], strict=True))
    singles, run = 9 * (2 + np.sqrt(2)), np.sqrt(2)
    assert values["glrlm_SRE_equal16_native"] == pytest.approx((singles + run / 81) / (singles + run))
    assert values["glrlm_RP_equal16_native"] == pytest.approx((singles + run) / (singles + 9 * run))


def test_a_constant_region_by_hand():
    values, _ = radiomics_features(DEGENERATE["constant"], EIGHT, TOOLBOX)
    named = dict(zip(feature_names(EIGHT, TOOLBOX), values, strict=True))
    assert named["glcm_Energy_equal16_native"] == 1
    assert named["glcm_Entropy_uniform32_1mm"] == named["glcm_Contrast_uniform32_1mm"] == 0
    assert named["glszm_LZE_equal16_native"] == 81**2
    assert named["glszm_ZP_equal16_native"] == pytest.approx(1 / 81)
    assert named["histogram_Variance_equal16_native"] == 0


def test_a_mask_that_loses_every_pixel_leaves_only_the_shape():
    two = _region([[0.0, 1.0]], [[1, 1]])
    quantization = EIGHT.model_copy(update={"outlier_sd": 0.1})
    with np.errstate(all="raise"):
        values, warnings = radiomics_features(two, quantization, TOOLBOX)
    assert np.isnan(values[4:]).all()
    assert "equal16_native: 0 of 16" in warnings[0]
