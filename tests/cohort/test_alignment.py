"""Outlines on the array of their image: against SimpleITK's own orientation and resampling, and with every fault named."""

import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.cohort.alignment import GridRules, check_tolerance, outline_on_image, placed, reordered, sequence_on_image
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError

RNG = np.random.default_rng(0)
ROTATION = np.array(sitk.Euler3DTransform((0, 0, 0), 0.3, -0.4, 0.5).GetMatrix()).reshape(3, 3)
# Every order of the axes with every direction of each, but the image's own.
ORDERS = [
    (order, signs)
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
    if (order, signs) != ((0, 1, 2), (1, 1, 1))
]


def volume(array, spacing=(4.0, 0.8, 0.9), origin=(-90.0, -100.0, 20.0), direction=ROTATION):
    return Volume(array, spacing, np.array(origin), np.asarray(direction, dtype=float))


@pytest.fixture(scope="module")
def image():
    return volume(RNG.normal(100, 10, (6, 7, 8)))


@pytest.fixture(scope="module")
def mask(image):
    return volume(RNG.random((6, 7, 8)) < 0.3)


def stored_as(one, order, signs):
    """The same voxels as another program might have stored them, by SimpleITK."""
    picture = sitk.GetImageFromArray(one.array.astype(np.uint8))
    picture.SetSpacing(one.spacing_mm[::-1])
    picture.SetOrigin(one.origin.tolist())
    picture.SetDirection(one.direction[:, ::-1].ravel().tolist())
    picture = sitk.PermuteAxes(picture, order)
    picture = sitk.Flip(picture, [sign < 0 for sign in signs], False)
    direction = np.array(picture.GetDirection()).reshape(3, 3)
    return Volume(
        sitk.GetArrayFromImage(picture).astype(bool),
        tuple(picture.GetSpacing()[::-1]),
        np.array(picture.GetOrigin()),
        direction[:, ::-1].copy(),
    )


@pytest.mark.parametrize(("order", "signs"), ORDERS)
def test_every_order_and_direction_of_the_axes_comes_back_exactly(image, mask, order, signs):
    for rules in (GridRules(), GridRules(outline_grid="resample")):  # what can be exact is never interpolated
        placed, remarks = outline_on_image(stored_as(mask, order, signs), image, rules)
        np.testing.assert_array_equal(placed.array, mask.array)
        assert placed.spacing_mm == pytest.approx(image.spacing_mm)
        np.testing.assert_allclose(placed.corners(), image.corners(), atol=1e-9)
        assert len(remarks) == 1
        assert "reordered onto the image, voxel by voxel, without interpolation" in remarks[0]


def test_the_remark_says_which_axis_is_which(image, mask):
    _, (remark,) = outline_on_image(stored_as(mask, (2, 0, 1), (1, 1, -1)), image, GridRules())
    # SimpleITK's PermuteAxes((2, 0, 1)): its x is the image's z, its y the image's x, its z the image's y.
    assert "(x, y, z of the image are y, -z, x of the outline)" in remark


def test_the_same_order_needs_nothing(image, mask):
    placed, remarks = outline_on_image(mask, image, GridRules(outline_grid="resample"))
    assert placed is mask
    assert remarks == []


def test_a_reversed_axis_that_is_elsewhere_too_is_refused(image, mask):
    flipped = stored_as(mask, (0, 1, 2), (-1, 1, 1))
    moved = Volume(flipped.array, flipped.spacing_mm, flipped.origin + np.array([0.0, 0.0, 0.3]), flipped.direction)
    assert reordered(moved, image, 0.01) is None
    with pytest.raises(PatientError, match="differ in geometry") as caught:
        outline_on_image(moved, image, GridRules())
    assert "tolerance_mm" not in caught.value.reason
    assert "cohort.outline_grid=resample" in caught.value.reason


def test_another_sequence_is_reordered_but_never_resampled(image):
    backwards = Volume(
        np.flip(image.array, 2),
        image.spacing_mm,
        image.origin + image.direction[:, 2] * 7 * 0.9,
        image.direction * [1, 1, -1],
    )
    placed, (remark,) = sequence_on_image(backwards, image, 0.01)
    np.testing.assert_array_equal(placed.array, image.array)
    assert "(x, y, z of the image are -x, y, z of this file)" in remark
    with pytest.raises(PatientError, match=r"image and this sequence differ in size: 8 × 7 × 6 and 8 × 7 × 5"):
        sequence_on_image(volume(image.array[:5]), image, 0.01)


@pytest.mark.parametrize(("tolerance", "allowed"), [(0.01, True), (0.4, True), (0.401, False), (1000.0, False)])
def test_at_most_half_of_the_smallest_voxel_edge_can_be_tolerated(image, mask, tolerance, allowed):
    if allowed:
        check_tolerance(image, tolerance)
        return
    with pytest.raises(
        PatientError, match=r"more than half of the smallest voxel edge .*; at most 0\.4 can be allowed"
    ):
        outline_on_image(mask, image, GridRules(tolerance))


@settings(max_examples=30, deadline=None)
@given(
    shift=st.tuples(*[st.floats(-0.49, 0.49)] * 3),
    seed=st.integers(0, 99),
)
def test_within_the_largest_tolerance_as_it_is_and_nearest_neighbour_are_the_same(shift, seed):
    """Why the cap is half a voxel edge: a lattice that is no further away has its nearest voxels at the same indices."""
    rng = np.random.default_rng(seed)
    image = volume(rng.normal(size=(4, 5, 6)), spacing=(1.0, 1.0, 1.0))
    array = np.zeros((4, 5, 6), bool)
    array[1:3, 1:4, 1:5] = rng.random((2, 3, 4)) < 0.5
    array[1, 1, 1] = True
    moved = np.array(shift) * 0.5 / np.sqrt(0.75)  # no more than half an edge in all
    mask = volume(array, spacing=(1.0, 1.0, 1.0), origin=image.origin + moved)
    as_is, remarks = outline_on_image(mask, image, GridRules(0.5))
    assert remarks == []
    resampled, _ = outline_on_image(mask, image, GridRules(0.0, "resample")) if moved.any() else (as_is, [])
    np.testing.assert_array_equal(resampled.array, as_is.array)


@pytest.fixture
def fine():
    """A smooth outline on a grid three times as fine as the image's, and turned against it."""
    turned = np.array(sitk.Euler3DTransform((0, 0, 0), 0.32, -0.38, 0.45).GetMatrix()).reshape(3, 3)
    z, y, x = np.mgrid[:16, :20, :24]
    ball = (z - 8) ** 2 + (y - 10) ** 2 / 2 + (x - 12) ** 2 / 3 < 30
    coarse = volume(np.zeros((6, 7, 8)), spacing=(1.0, 1.0, 1.0))
    centre = coarse.origin + coarse.direction @ np.array([2.5, 3.0, 3.5])
    spacing = (1 / 3, 1 / 3, 1 / 3)
    return volume(ball, spacing, centre - turned @ (np.array([8, 10, 12]) / 3), turned)


def test_resampling_is_nearest_neighbour_by_hand(fine):
    image = volume(RNG.normal(size=(6, 7, 8)), spacing=(1.0, 1.0, 1.0))
    placed, (remark,) = outline_on_image(fine, image, GridRules(outline_grid="resample"))
    index = np.stack(np.meshgrid(*map(np.arange, image.array.shape), indexing="ij"), axis=-1).reshape(-1, 3)
    points = image.origin + (index * image.spacing_mm) @ image.direction.T
    nearest = np.round(((points - fine.origin) @ fine.direction) / fine.spacing_mm).astype(int)
    inside = ((nearest >= 0) & (nearest < fine.array.shape)).all(axis=1)
    expected = np.zeros(len(index), bool)
    expected[inside] = fine.array[tuple(nearest[inside].T)]
    np.testing.assert_array_equal(placed.array.ravel(), expected)
    assert placed.spacing_mm == image.spacing_mm
    traced, left = np.count_nonzero(fine.array) / 27, np.count_nonzero(placed.array)
    assert f"{traced:.4g} mm³ became {left} mm³" in remark
    assert left == pytest.approx(traced, rel=0.1)


@pytest.mark.parametrize("moved", [(30.0, 0.0, 0.0), (0.0, 3.5, 0.0)])
def test_an_outline_that_reaches_out_of_the_image_is_refused(fine, moved):
    image = volume(RNG.normal(size=(6, 7, 8)), spacing=(1.0, 1.0, 1.0))
    away = Volume(fine.array, fine.spacing_mm, fine.origin + moved, fine.direction)
    with pytest.raises(PatientError, match=r"\d+ of \d+ outlined voxels lie outside the image"):
        outline_on_image(away, image, GridRules(outline_grid="resample"))


def test_a_cropped_outline_is_resampled_exactly(image, mask):
    """On a part of the image's own lattice, nearest neighbour is the identity."""
    part = Volume(
        mask.array[1:5, 2:, :7],
        mask.spacing_mm,
        mask.origin + mask.direction @ (np.array([1, 2, 0]) * mask.spacing_mm),
        mask.direction,
    )
    with pytest.raises(PatientError, match=r"differ in size: 8 × 7 × 6 and 7 × 5 × 4 .*cohort\.outline_grid=resample"):
        outline_on_image(part, image, GridRules())
    placed, _ = outline_on_image(part, image, GridRules(outline_grid="resample"))
    expected = np.zeros_like(mask.array)
    expected[1:5, 2:, :7] = part.array
    np.testing.assert_array_equal(placed.array, expected)


@pytest.mark.parametrize(("order", "signs"), ORDERS[::5])
def test_a_part_of_the_lattice_is_placed_whatever_its_order(image, mask, order, signs):
    """A crop, and the image with a border of two voxels."""
    crop = np.zeros_like(mask.array)
    crop[1:4, 2:7, 3:5] = mask.array[1:4, 2:7, 3:5]
    at = image.origin + image.direction @ (np.array([1, 2, 3]) * image.spacing_mm)
    part = stored_as(volume(mask.array[1:4, 2:7, 3:5], origin=at), order, signs)
    np.testing.assert_array_equal(placed(part, image, 0.01).array, crop)
    at = image.origin - image.direction @ (2 * np.array(image.spacing_mm))
    padded = np.pad(mask.array, 2)
    np.testing.assert_array_equal(
        placed(stored_as(volume(padded, origin=at), order, signs), image, 0.01).array, mask.array
    )
    padded[0, 0, 0] = True
    with pytest.raises(PatientError, match=f"^1 of {padded.sum()} outlined voxels lie outside the image"):
        placed(stored_as(volume(padded, origin=at), order, signs), image, 0.01)


def test_another_lattice_is_not_placed(image, mask):
    for other in (
        volume(mask.array, origin=image.origin + image.direction @ [0, 0.02, 0]),
        volume(mask.array, spacing=(4.0, 0.8, 0.91)),
        volume(mask.array, direction=np.eye(3)),
        volume(
            mask.array,
            direction=image.direction @ np.array(sitk.Euler3DTransform((0, 0, 0), 0, 0, 0.8).GetMatrix()).reshape(3, 3),
        ),
    ):
        assert placed(other, image, 0.01) is None
