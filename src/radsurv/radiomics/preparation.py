"""From a traced region to its quantised sections: normalise, resample, quantise, once for every configuration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from radsurv.options.imaging import QuantizationConfig
from radsurv.radiomics.layout import Configuration, configurations
from radsurv.roi.normalize import within_sd
from radsurv.roi.quantize import quantize
from radsurv.roi.region import Region
from radsurv.roi.resample import resample_image, resample_mask


@dataclass(frozen=True)
class Section:
    """A region at one scale: the crop, the pixels that take part, the pixel size (y, x)."""

    image: Float[np.ndarray, "y x"]
    mask: Bool[np.ndarray, "y x"]
    spacing_mm: tuple[float, float]


@dataclass(frozen=True)
class QuantizedSection:
    """A section with its grey levels (1 … ``configuration.levels``, 0 outside) under one configuration.

    Configurations of one scale share one `section` object. So do two scales where pixels have the target size already;
    they share the `quantized` array, too, so that nothing need be counted twice.
    """

    configuration: Configuration
    section: Section
    quantized: Int[np.ndarray, "y x"]

    @property
    def occurring_levels(self) -> int:
        """How many different grey levels the region has."""
        return int(np.count_nonzero(np.bincount(self.quantized.ravel())[1:]))


def quantized_sections(region: Region, quantization: QuantizationConfig) -> list[QuantizedSection]:
    """One quantised section per configuration, in the order of `configurations`.

    The region is cropped to its outline first: what lies outside the bounding box has no influence. The order of the
    steps (resample, then quantise) is that of the package behind the paper.
    """
    crop = region.tight()
    mask = crop.outline
    if quantization.outlier_sd is not None:
        mask = within_sd(crop.image, mask, quantization.outlier_sd)
    native = Section(crop.image, mask, crop.spacing_mm)
    sections = {scale: native if scale == "native" else _resampled(native, scale) for scale in quantization.scales}
    grids: dict[tuple[int, str, int], Int[np.ndarray, "y x"]] = {}
    quantized = []
    for one in configurations(quantization):
        section = sections[one.scale]
        key = (id(section), one.algorithm, one.levels)
        if key not in grids:
            grids[key] = quantize(section.image, section.mask, one.algorithm, one.levels)
        quantized.append(QuantizedSection(one, section, grids[key]))
    return quantized


def level_warnings(sections: list[QuantizedSection]) -> list[str]:
    """One line where grey levels are missing, which makes textures hard to compare; none otherwise.

    A configuration is named when fewer than half of its grey levels occur: some empty levels are the rule with the
    uniform quantiser.
    """
    sparse = [
        f"{one.configuration.label}: {one.occurring_levels} of {one.configuration.levels}"
        for one in sections
        if 2 * one.occurring_levels < one.configuration.levels
    ]
    return [", ".join(sparse) + " grey levels after quantisation"] if sparse else []


def _resampled(section: Section, target_mm: float) -> Section:
    if section.spacing_mm == (target_mm, target_mm):
        return section
    return Section(
        resample_image(section.image, section.spacing_mm, target_mm),
        resample_mask(section.mask, section.spacing_mm, target_mm),
        (target_mm, target_mm),
    )
