"""The patch against torch's resize, against hand-computed pictures, and with every patient's fault it must name."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import conf
from radsurv.errors import PatientError
from radsurv.roi.patch import cnn_patch, outline_patch, resize_method
from radsurv.roi.region import Region


def region(image, outline=None) -> Region:
    image = np.asarray(image, dtype=float)
    outline = np.ones(image.shape, dtype=bool) if outline is None else np.asarray(outline, dtype=bool)
    return Region(image, outline, (1.0, 1.0), 5.0, 0)


def rectangle(shape, rows, columns) -> np.ndarray:
    outline = np.zeros(shape, dtype=bool)
    outline[slice(*rows), slice(*columns)] = True
    return outline


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(60, 50))


def test_enlarged_as_torch_does(image):
    patch = cnn_patch(region(image, rectangle(image.shape, (10, 40), (5, 30))), conf.patch(), 224)
    inside = torch.tensor(image[10:40, 5:30])
    gray = (inside - inside.min()) / (inside.max() - inside.min()) * 255
    expected = torch.nn.functional.interpolate(gray[None, None], size=(224, 224), mode="bilinear", align_corners=False)
    assert patch.dtype == np.float32
    np.testing.assert_allclose(patch, expected[0, 0].numpy(), atol=1e-4)


def test_unchanged_at_its_own_size_but_for_the_scale():
    gray = np.arange(64.0).reshape(8, 8)
    np.testing.assert_allclose(cnn_patch(region(gray), conf.patch(), 8), gray * 255 / 63, rtol=1e-6)


def test_antialiased_when_shrinking():
    """A checkerboard of single pixels becomes grey; plain bilinear sampling every eighth pixel would alias."""
    checkerboard = np.indices((256, 256)).sum(axis=0) % 2
    patch = cnn_patch(region(checkerboard), conf.patch(), 32)
    np.testing.assert_allclose(patch, 127.5, atol=5.0)


def test_margin_is_a_fraction_of_each_side_and_ends_with_the_crop(image):
    outline = rectangle(image.shape, (10, 30), (2, 12))
    patch = cnn_patch(region(image, outline), conf.patch(margin=0.3), 32)
    by_hand = cnn_patch(region(image, rectangle(image.shape, (4, 36), (0, 15))), conf.patch(), 32)
    np.testing.assert_array_equal(patch, by_hand)


def test_normal_tissue_removed_before_resizing():
    image = np.array([[900.0, 10.0], [20.0, 30.0]])  # the bright corner lies outside: it must not set the scale
    patch = cnn_patch(region(image, [[False, True], [True, True]]), conf.patch(normal_tissue="remove"), 2)
    np.testing.assert_allclose(patch, [[0.0, 0.0], [127.5, 255.0]])


def test_removed_tissue_may_be_nan():
    image = np.array([[np.nan, 10.0], [20.0, 30.0]])
    patch = cnn_patch(region(image, [[False, True], [True, True]]), conf.patch(normal_tissue="remove"), 2)
    np.testing.assert_allclose(patch, [[0.0, 0.0], [127.5, 255.0]])


def test_padded_to_a_square_keeps_the_shape():
    patch = cnn_patch(region([[0.0, 4.0]] * 4 + [[4.0, 0.0]] * 4), conf.patch(aspect="pad"), 8)
    assert (patch[:, :3] == 0).all()
    assert (patch[:, 5:] == 0).all()
    np.testing.assert_allclose(patch[:, 3:5], [[0, 255]] * 4 + [[255, 0]] * 4)


def test_stretched_fills_the_square():
    patch = cnn_patch(region(np.tile([[1.0], [2.0]], (1, 6))), conf.patch(), 6)
    assert (patch[0] == 0).all()
    assert (patch[-1] == 255).all()


@pytest.mark.parametrize("aspect", ["stretch", "pad"])
def test_the_outline_lies_on_the_picture(aspect):
    """A picture of the outline itself, bright inside."""
    outline = rectangle((30, 20), (5, 25), (4, 12))
    outline[5:10, 4:8] = False
    config = conf.patch(aspect=aspect, margin=0.2)
    picture = cnn_patch(region(outline, outline), config, 48)
    np.testing.assert_array_equal(outline_patch(region(outline, outline), config, 48), picture >= 127.5)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.floats(1e-3, 1e6),
    st.floats(-1e6, 1e6),
    st.sampled_from(["stretch", "pad"]),
    st.sampled_from(["keep", "remove"]),
)
def test_range_and_indifference_to_the_scanner_s_scale(seed, gain, offset, aspect, normal_tissue):
    rng = np.random.default_rng(seed)
    image, outline = rng.normal(size=(9, 14)), rng.random((9, 14)) < 0.7
    config = conf.patch(aspect=aspect, normal_tissue=normal_tissue)
    patch = cnn_patch(region(image, outline), config, 32)
    assert patch.shape == (32, 32)
    assert patch.min() >= 0
    assert patch.max() <= 255
    np.testing.assert_allclose(cnn_patch(region(image * gain + offset, outline), config, 32), patch, atol=1e-2)


@pytest.mark.parametrize(
    ("faulty", "config", "reason"),
    [
        (region(np.ones((4, 4)), np.zeros((4, 4))), {}, "outline is empty"),
        (region(np.ones((0, 0))), {}, "outline is empty"),
        (region([[1.0, 2.0], [np.nan, np.inf]]), {}, "2 of the 4 pixels shown to the network are NaN or infinite"),
        (region(np.eye(5), rectangle((5, 5), (2, 3), (2, 3))), {}, "one pixel"),
        (region(np.eye(5), rectangle((5, 5), (2, 3), (2, 3))), {"margin": 1, "normal_tissue": "remove"}, "one pixel"),
        (region(np.full((5, 5), 7.0)), {}, "all 25 pixels shown to the network have intensity 7"),
        (region(np.eye(5), np.ones((6, 9))), {}, r"outline \(6 × 9 pixels\) does not fit the image \(5 × 5 pixels\)"),
    ],
    ids=["no outline", "empty crop", "NaN", "one pixel", "one pixel left", "constant", "larger than the image"],
)
def test_a_patient_s_fault_is_named(faulty, config, reason):
    with pytest.raises(PatientError, match=reason):
        cnn_patch(faulty, conf.patch(**config), 32)


def test_method_is_named_for_provenance():
    assert "scikit-image" in resize_method()
    assert "bilinear" in resize_method()


def test_a_rectangle_too_long_for_a_square_is_refused():
    long = region(np.arange(2.0 * 4097).reshape(2, 4097))
    with pytest.raises(PatientError, match=r"2 × 4097 pixels, too long for a square .* at most 4096"):
        cnn_patch(long, conf.section("patch", aspect="pad"), 32)
    assert cnn_patch(long, conf.section("patch", aspect="stretch"), 32).shape == (32, 32)
