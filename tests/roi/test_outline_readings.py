import re

import numpy as np
import pytest

import conf
from radsurv.cohort.sections import trace
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError
from radsurv.roi import outline_readings as module
from radsurv.roi.outline_readings import readings
from radsurv.roi.section import extract_region

RNG = np.random.default_rng(0)


def volume(array):
    return Volume(array, (6.0, 0.5, 0.75), np.zeros(3), np.eye(3)[:, ::-1])


@pytest.fixture
def images():
    return {name: volume(RNG.normal(100, 10, (5, 30, 30))) for name in ("image", "flair")}


@pytest.fixture
def mask():
    outline = np.zeros((5, 30, 30), bool)
    outline[1, 10:16, 10:16] = outline[2, 9:17, 9:17] = outline[3, 12:15, 12:15] = True  # 36, 64, 9 pixels
    return outline


def places(reading):
    return [(each.channel, each.offset, each.region.section) for each in reading.regions]


def test_the_analysed_section_of_every_image_comes_first_then_its_neighbours(images, mask):
    (reading,) = readings(images, [trace(volume(mask), "z")], conf.roi(), conf.patch(sections=3), seed=0)
    # Section 3 has fewer than roi.min_pixels.
    assert places(reading) == [("image", 0, 2), ("flair", 0, 2), ("image", -1, 1), ("flair", -1, 1)]
    for each in reading.regions:
        alone = extract_region(images[each.channel].array, mask, (6.0, 0.5, 0.75), section=each.region.section)
        assert each.region.content_hash() == alone.content_hash()
    assert reading.remarks == []


def test_each_reader_has_a_largest_section_of_their_own(images, mask):
    outlines = [trace(volume(each), "z") for each in (mask, np.roll(mask, 1, axis=0))]
    assert [places(reading)[0] for reading in readings(images, outlines, conf.roi(), conf.patch(), seed=0)] == [
        ("image", 0, 2),
        ("image", 0, 3),
    ]


def test_variants_are_of_the_first_outline_and_in_its_sections(images, mask):
    outlines = [trace(volume(mask), "z")]
    roi = conf.roi(perturbations=3)
    whole, *variants = readings(images, outlines, roi, conf.patch(sections=3), seed=0)
    assert len(variants) == 3
    hashes = {whole.regions[0].region.content_hash()}
    for variant in variants:
        assert places(variant) == places(whole)
        hashes.add(variant.regions[0].region.content_hash())
    assert len(hashes) > 1
    again = [*readings(images, outlines, conf.roi(perturbations=5), conf.patch(), seed=0)][1:4]
    assert [v.regions[0].region.content_hash() for v in again] == [v.regions[0].region.content_hash() for v in variants]


def test_a_variant_that_reaches_where_there_are_no_numbers_has_a_fault_and_keeps_its_place(images, mask):
    for image in images.values():
        image.array[2][~mask[2]] = np.nan  # the outline is a square: its own rectangle holds numbers alone
    analysed, *variants = readings(images, [trace(volume(mask), "z")], conf.roi(perturbations=8), conf.patch(), seed=0)
    assert places(analysed) == [("image", 0, 2), ("flair", 0, 2)]
    assert analysed.fault == ""
    assert len(variants) == 8
    for variant in variants:
        if variant.regions:
            assert variant.fault == ""
            assert all(np.isfinite(each.region.tight().image).all() for each in variant.regions)
        else:
            assert re.fullmatch(r"\d+ pixels? of section 2 in the rectangle around the outline, .*", variant.fault)
    assert {bool(variant.regions) for variant in variants} == {False, True}


def test_a_neighbour_that_cannot_be_used_is_a_remark_and_one_of_the_analysed_section_is_not(images, mask):
    images["flair"].array[1, 12, 12] = np.nan
    outlines = [trace(volume(mask), "z")]
    (reading,) = readings(images, outlines, conf.roi(), conf.patch(sections=3), seed=0)
    assert places(reading) == [("image", 0, 2), ("flair", 0, 2)]
    assert len(reading.remarks) == 1
    assert reading.remarks[0].startswith(
        "section 1, beside the largest, is not shown to the network (flair: 1 pixel of "
    )
    images["flair"].array[2, 12, 12] = np.nan
    with pytest.raises(PatientError, match=r"^flair: 1 pixel of section 2 .* not finite"):
        list(readings(images, outlines, conf.roi(), conf.patch(sections=3), seed=0))


def test_which_section_is_not_computed_again(images, mask, monkeypatch):
    """What has been counted when the outline was checked is passed on."""
    outline = trace(volume(mask), "z")

    def again(*_):
        raise AssertionError("counted a second time")

    monkeypatch.setattr(module, "pixels_by_section", again)
    monkeypatch.setattr("radsurv.roi.section.pixels_by_section", again)
    assert len(list(readings(images, [outline], conf.roi(), conf.patch(sections=3), seed=0))) == 1


def test_variants_do_not_hang_on_the_margin_and_a_margin_that_does_not_fit_is_a_remark(images, mask):
    outlines = [trace(volume(mask), "z")]

    def read(margin):
        return list(readings(images, outlines, conf.roi(perturbations=3), conf.patch(margin=margin), seed=0))

    without, wide = read(0.0), read(2.0)
    for narrow, wider in zip(without, wide, strict=True):
        same = narrow.regions[0].region.tight().content_hash() == wider.regions[0].region.tight().content_hash()
        assert same
    assert without[0].remarks == []
    # The outline is in rows and columns 9 to 16 of 30; 2 × 8 pixels around it would be 40 of them.
    assert wide[0].remarks == [
        "section 2: the patch ends at the border of the image, where 700 pixels of patch.margin=2 would lie beyond it"
    ]


def test_sections_along_another_axis(images, mask):
    """The same volume with its axes permuted, read along the axis that was z."""
    turned = {
        name: Volume(np.moveaxis(image.array, 0, 2), (0.5, 0.75, 6.0), np.zeros(3), np.eye(3))
        for name, image in images.items()
    }
    outline = trace(Volume(np.moveaxis(mask, 0, 2), (0.5, 0.75, 6.0), np.zeros(3), np.eye(3)), "x")
    roi, patch = conf.roi(perturbations=2), conf.patch(sections=3)
    along_x = list(readings(turned, [outline], roi, patch, seed=0))
    along_z = list(readings(images, [trace(volume(mask), "z")], roi, patch, seed=0))
    for one, other in zip(along_x, along_z, strict=True):
        assert places(one) == places(other)
        for a, b in zip(one.regions, other.regions, strict=True):
            assert a.region.content_hash() == b.region.content_hash()
