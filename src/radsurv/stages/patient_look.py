"""What ``radsurv check`` wants to know of one patient's volumes, beside what stage ``cohort`` does."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from radsurv.cohort.appearance import Appearance, appearance
from radsurv.cohort.load import LoadedPatient
from radsurv.cohort.patient import ANALYSED
from radsurv.cohort.sections import plane
from radsurv.options.imaging import PatchConfig, QuantizationConfig
from radsurv.radiomics.preparation import level_warnings, quantized_sections
from radsurv.roi.section import extract_region
from radsurv.roi.section_view import SectionView, section_view


@dataclasses.dataclass(frozen=True)
class PatientLook:
    """Of the analysed image and outline.

    Attributes
    ----------
    appearance
    view
    levels
        By configuration of the quantisation, how many pixels have each grey level, from the first on.
    warnings
        On grey levels that are missing.
    """

    appearance: Appearance
    view: SectionView
    levels: Mapping[str, Int[np.ndarray, "level"]]
    warnings: list[str]


def look_at(patch: PatchConfig, quantization: QuantizationConfig | None, loaded: LoadedPatient) -> PatientLook:
    """Look at one patient, in whatever process has the volumes; grey levels only where there is a `quantization`."""
    image, outline = loaded.images[ANALYSED], loaded.outlines[0]
    region = extract_region(
        image.array, outline.mask.array, image.spacing_mm, section_axis=outline.axis, section=outline.section
    )
    levels: dict[str, Int[np.ndarray, "level"]] = {}
    warnings: list[str] = []
    if quantization is not None:
        sections = quantized_sections(region, quantization)
        warnings = level_warnings(sections)
        levels = {
            one.configuration.label: np.bincount(one.quantized.ravel(), minlength=one.configuration.levels + 1)[1:]
            for one in sections
        }
    section = plane(image.array, outline.axis, outline.section).astype(np.float64)
    view = section_view(section, outline.traced, region.spacing_mm, patch.margin)
    return PatientLook(appearance(loaded), view, levels, warnings)


def mean_levels(counts: Sequence[Mapping[str, Int[np.ndarray, "level"]]]) -> dict[str, Float[np.ndarray, "level"]]:
    """Shares of the pixels; every patient counts alike, however large the outline."""
    if not counts:
        return {}
    return {label: np.mean([one[label] / one[label].sum() for one in counts], axis=0) for label in counts[0]}
