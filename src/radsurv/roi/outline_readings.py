"""From one patient's volumes to regions: every outline of the tumour, in every section and image that is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from radsurv.cohort.patient import named
from radsurv.cohort.sections import AXES, TracedOutline, pixels_by_section, plane
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError
from radsurv.formats import plural
from radsurv.options.imaging import PatchConfig, RoiConfig
from radsurv.roi.perturb import perturb_outline
from radsurv.roi.region import Region
from radsurv.roi.section import extract_region, margin_beyond_image, neighbouring_sections


@dataclass(frozen=True)
class PlacedRegion:
    """A region, the column of the image that it is from, and how many sections it is away from the analysed one."""

    channel: str
    offset: int
    region: Region


@dataclass(frozen=True)
class Reading:
    """What one outline encloses: the analysed section in every image, then the sections beside it.

    Attributes
    ----------
    regions : list of PlacedRegion
        None where there is a fault.
    remarks : list of str
        Why a section beside the analysed one is left out, and where the network's patch ends at the border of the image.
    fault : str
        Why a variant cannot be used, where it cannot.
    """

    regions: list[PlacedRegion]
    remarks: list[str]
    fault: str = ""


def not_shown(section: int, reason: str) -> str:
    """The warning for a section beside the largest that does not take part in the deep features."""
    return f"section {section}, beside the largest, is not shown to the network ({reason})"


def readings(
    images: Mapping[str, Volume], outlines: Sequence[TracedOutline], roi: RoiConfig, patch: PatchConfig, *, seed: int
) -> Iterator[Reading]:
    """The reading of each outline, then those of `roi.perturbations` variants of the first.

    Parameters
    ----------
    images : mapping of str to Volume
        By column of the cohort table, the analysed one first; all on the grid of the outlines.
    outlines : sequence of TracedOutline
        The analysed one first.
    patch : PatchConfig
        ``sections``: the analysed one and as many on either side of it, where they hold outline. ``margin``: what is kept
        around each outline.
    seed : int
        Of the variants.

    Raises
    ------
    PatientError
        The analysed section of an image cannot be used, as `extract_region` says. With a variant, which may reach where the
        image holds no numbers, that is its `fault`: the outline itself is sound.
    """
    for outline in outlines:
        yield _reading(images, outline, roi, patch)
    for variant in _variants(next(iter(images.values())), outlines[0], roi, n_sections=patch.sections, seed=seed):
        try:
            yield _reading(images, variant, roi, patch)
        except PatientError as error:
            yield Reading([], [], error.reason)


def _reading(images: Mapping[str, Volume], outline: TracedOutline, roi: RoiConfig, patch: PatchConfig) -> Reading:
    def in_every_image(section: int) -> list[PlacedRegion]:
        found = []
        for column, image in images.items():
            with named(column):
                region = _region(image, outline, roi, section, margin=patch.margin)
            found.append(PlacedRegion(column, section - outline.section, region))
        return found

    regions = in_every_image(outline.section)
    remarks = _clipped(outline, outline.section, patch)
    for section in neighbouring_sections(outline.n_pixels, outline.section, patch.sections, roi.min_pixels):
        try:
            regions += in_every_image(section)
        except PatientError as error:
            remarks.append(not_shown(section, error.reason))
        else:
            remarks += _clipped(outline, section, patch)
    return Reading(regions, remarks)


def _clipped(outline: TracedOutline, section: int, patch: PatchConfig) -> list[str]:
    """That the margin of the patch ends at the border of the image, where it does."""
    missing = margin_beyond_image(plane(outline.mask.array, outline.axis, section), patch.margin)
    if not missing:
        return []
    return [
        f"section {section}: the patch ends at the border of the image, where {plural(missing, 'pixel')} of "
        f"patch.margin={patch.margin:g} would lie beyond it"
    ]


def _region(image: Volume, outline: TracedOutline, roi: RoiConfig, section: int, *, margin: float) -> Region:
    return extract_region(
        image.array,
        outline.mask.array,
        image.spacing_mm,
        section_axis=outline.axis,
        context_pixels=roi.context_pixels,
        margin=margin,
        section=section,
    )


def _variants(
    image: Volume, outline: TracedOutline, roi: RoiConfig, *, n_sections: int, seed: int
) -> Iterator[TracedOutline]:
    """Variants of an outline in the analysed section and those beside it, with nothing traced elsewhere.

    All sections of a variant are grown and shifted by the same amounts. These hang on the analysed region's content and the
    seed, so neither the order of the patients nor the number of workers plays a part.
    """
    if not roi.perturbations:
        return
    # Without margin: how an outline is varied must not hang on what the network sees beside it.
    content = _region(image, outline, roi, outline.section, margin=0.0).content_hash()
    rng = np.random.default_rng([seed, int(content, 16)])
    axis = AXES.index(outline.axis)
    traced = np.moveaxis(outline.mask.array, axis, 0)
    beside = neighbouring_sections(outline.n_pixels, outline.section, n_sections, roi.min_pixels)
    for _ in range(roi.perturbations):
        mask = np.zeros_like(outline.mask.array)
        drawn = rng.bit_generator.state
        for section in (outline.section, *beside):
            rng.bit_generator.state = drawn
            np.moveaxis(mask, axis, 0)[section] = perturb_outline(
                traced[section], rng, max_pixels=roi.perturbation_pixels, min_pixels=roi.min_pixels
            )
        n_pixels = pixels_by_section(mask, outline.axis)
        yield TracedOutline(replace(outline.mask, array=mask), n_pixels, outline.section, outline.axis)
