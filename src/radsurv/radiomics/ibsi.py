"""The IBSI definitions (Zwanenburg et al., Radiology 2020) as pyradiomics implements them, in the paper's layout.

The same normalisation, resampling and quantisation as for `radsurv.radiomics.vallieres`, then pyradiomics' own feature
classes, one counterpart for each of the paper's features. GLCM and GLRLM features are averaged over the four directions
without merging (IBSI's "2D, averaged"). Family names carry the prefix ``ibsi``; feature names are pyradiomics'.
"""

from __future__ import annotations

import logging
import warnings
from functools import cache
from types import ModuleType
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from radsurv.radiomics.layout import Definition
from radsurv.radiomics.preparation import QuantizedSection
from radsurv.roi.region import Region

IBSI = Definition(
    shape_family="ibsishape",
    shape=("MeshSurface", "MaximumDiameter", "Sphericity", "Elongation"),
    textures={
        "ibsihistogram": ("Variance", "Skewness", "Kurtosis"),
        "ibsiglcm": (
            "JointEnergy",
            "Contrast",
            "JointEntropy",
            "Id",
            "Correlation",
            "JointAverage",
            "SumSquares",
            "DifferenceAverage",
            "Autocorrelation",
        ),
        "ibsiglrlm": (
            "ShortRunEmphasis",
            "LongRunEmphasis",
            "GrayLevelNonUniformityNormalized",
            "RunLengthNonUniformityNormalized",
            "RunPercentage",
            "LowGrayLevelRunEmphasis",
            "HighGrayLevelRunEmphasis",
            "ShortRunLowGrayLevelEmphasis",
            "ShortRunHighGrayLevelEmphasis",
            "LongRunLowGrayLevelEmphasis",
            "LongRunHighGrayLevelEmphasis",
            "GrayLevelVariance",
            "RunVariance",
        ),
        "ibsiglszm": (
            "SmallAreaEmphasis",
            "LargeAreaEmphasis",
            "GrayLevelNonUniformityNormalized",
            "SizeZoneNonUniformityNormalized",
            "ZonePercentage",
            "LowGrayLevelZoneEmphasis",
            "HighGrayLevelZoneEmphasis",
            "SmallAreaLowGrayLevelEmphasis",
            "SmallAreaHighGrayLevelEmphasis",
            "LargeAreaLowGrayLevelEmphasis",
            "LargeAreaHighGrayLevelEmphasis",
            "GrayLevelVariance",
            "ZoneVariance",
        ),
        "ibsingtdm": ("Coarseness", "Contrast", "Busyness", "Complexity", "Strength"),
    },
)


def ibsi_features(
    region: Region, sections: list[QuantizedSection], histogram_of: Literal["toolbox", "quantised"]
) -> Float[np.ndarray, " feature"]:
    """Shape features of the region, then histogram and texture features of every quantised section.

    Parameters
    ----------
    region : Region
        The traced region, for its shape.
    sections : list of QuantizedSection
        What `radsurv.radiomics.preparation.quantized_sections` made of it.
    histogram_of : {"toolbox", "quantised"}
        Statistics of the intensities (IBSI's intensity-based statistics), or of the grey levels (IBSI's intensity
        histogram).
    """
    parts = [ibsi_shape_features(region.outline, region.spacing_mm)]
    # By identity: configurations share arrays where their results cannot differ.
    textures: dict[int, Float[np.ndarray, " 40"]] = {}
    for one in sections:
        values = one.quantized if histogram_of == "quantised" else one.section.image
        if id(one.quantized) not in textures:
            textures[id(one.quantized)] = ibsi_texture_features(one.quantized)
        parts += [ibsi_histogram_features(values, one.section.mask), textures[id(one.quantized)]]
    return np.concatenate(parts)


def ibsi_shape_features(outline: Bool[np.ndarray, "y x"], spacing_mm: tuple[float, float]) -> Float[np.ndarray, " 4"]:
    """Mesh surface (mm²), maximum diameter (mm), sphericity and elongation; NaN for fewer than two pixels."""
    return _calculate("shape2D", IBSI.shape, outline.astype(np.uint8), outline, spacing_mm)


def ibsi_histogram_features(values: Num[np.ndarray, "y x"], mask: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, " 3"]:
    """Variance, skewness and excess kurtosis (3 less than pyradiomics' kurtosis, as IBSI defines it).

    The latter two are undefined (NaN) without variance.
    """
    variance, skewness, kurtosis = _calculate("firstorder", IBSI.textures["ibsihistogram"], values, mask)
    if variance == 0:
        return np.array([0.0, np.nan, np.nan])
    return np.array([variance, skewness, kurtosis - 3])


def ibsi_texture_features(quantized: Int[np.ndarray, "y x"]) -> Float[np.ndarray, " 40"]:
    """GLCM (9), GLRLM (13), GLSZM (13) and NGTDM (5) features of grey levels 1, 2, …; 0 outside the region.

    NaN for fewer than two pixels. Otherwise pyradiomics' conventions hold: in a region of one grey level Correlation
    is 1 and Coarseness 10⁶.
    """
    families = list(IBSI.textures.items())[1:]
    return np.concatenate(
        [_calculate(family.removeprefix("ibsi"), names, quantized, quantized > 0) for family, names in families]
    )


def _calculate(
    name: str,
    features: tuple[str, ...],
    values: Num[np.ndarray, "y x"],
    mask: Bool[np.ndarray, "y x"],
    spacing_mm: tuple[float, float] = (1.0, 1.0),
) -> Float[np.ndarray, " feature"]:
    """Features of one of pyradiomics' classes, in a frame of one empty pixel so that all four directions exist."""
    if np.count_nonzero(mask) < 2:
        return np.full(len(features), np.nan)
    import SimpleITK as sitk  # not needed to name the features

    image, inside = (sitk.GetImageFromArray(np.pad(array, 1)) for array in (values, mask.astype(np.uint8)))
    for one in (image, inside):
        one.SetSpacing(spacing_mm[::-1])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        calculator = _feature_class(name)(image, inside, binWidth=1)
        for feature in features:
            calculator.enableFeatureByName(feature)
        results: dict[str, Any] = calculator.execute()
    # NumPy 2.5 gives eigenvalues, of which MCC is made, as complex numbers even where all of them are real.
    return np.array([float(np.real(results[feature])) for feature in features])


def _feature_class(name: str) -> Any:
    return _pyradiomics().getFeatureClasses()[name]


@cache
def _pyradiomics() -> ModuleType:
    """The package, imported on first use (a second) and kept from writing to stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import radiomics
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    return radiomics
