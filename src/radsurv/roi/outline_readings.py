"""From one patient's volumes to regions: every outline of the tumour, in every section and image that is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from radsurv.cohort.patient import named
from radsurv.cohort.sections import AXES, TracedOutline, pixels_by_section
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError
from radsurv.options.imaging import RoiConfig
from radsurv.roi.perturb import perturb_outline
from radsurv.roi.region import Region
from radsurv.roi.section import extract_region, neighbouring_sections


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
    remarks : list of str
        Why a section beside the analysed one is left out.
    """

    regions: list[PlacedRegion]
    remarks: list[str]


def not_shown(section: int, reason: str) -> str:
    """The warning for a section beside the largest that does not take part in the deep features."""
    return f"section {section}, beside the largest, is not shown to the network ({reason})"


def readings(
    images: Mapping[str, Volume], outlines: Sequence[TracedOutline], roi: RoiConfig, *, n_sections: int, seed: int
) -> Iterator[Reading]:
    """The reading of each outline, then those of `roi.perturbations` variants of the first.

    Parameters
    ----------
    images : mapping of str to Volume
        By column of the cohort table, the analysed one first; all on the grid of the outlines.
    outlines : sequence of TracedOutline
        The analysed one first.
    n_sections : int
        The analysed section and as many on either side of it, where they hold outline.
    seed : int
        Of the variants.

    Raises
    ------
    PatientError
        The analysed section of an image cannot be used, as `extract_region` says.
    """
    for outline in outlines:
        yield _reading(images, outline, roi, n_sections)
    for variant in _variants(next(iter(images.values())), outlines[0], roi, n_sections=n_sections, seed=seed):
        yield _reading(images, variant, roi, n_sections)


def _reading(images: Mapping[str, Volume], outline: TracedOutline, roi: RoiConfig, n_sections: int) -> Reading:
    regions, remarks = _in_every_image(images, outline, roi, outline.section), []
    for section in neighbouring_sections(outline.n_pixels, outline.section, n_sections, roi.min_pixels):
        try:
            regions += _in_every_image(images, outline, roi, section)
        except PatientError as error:
            remarks.append(not_shown(section, error.reason))
    return Reading(regions, remarks)


def _in_every_image(
    images: Mapping[str, Volume], outline: TracedOutline, roi: RoiConfig, section: int
) -> list[PlacedRegion]:
    regions = []
    for column, image in images.items():
        with named(column):
            regions.append(PlacedRegion(column, section - outline.section, _region(image, outline, roi, section)))
    return regions


def _region(image: Volume, outline: TracedOutline, roi: RoiConfig, section: int) -> Region:
    return extract_region(
        image.array,
        outline.mask.array,
        image.spacing_mm,
        section_axis=roi.section_axis,
        context_pixels=roi.context_pixels,
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
    content = _region(image, outline, roi, outline.section).content_hash()
    rng = np.random.default_rng([seed, int(content, 16)])
    axis = AXES.index(roi.section_axis)
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
        yield TracedOutline(
            replace(outline.mask, array=mask), pixels_by_section(mask, roi.section_axis), outline.section
        )
