"""The hand-crafted features of the paper, by the definitions of the package it used (Vallières et al. 2015)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from radsurv.radiomics import glcm, glrlm, glszm, histogram, matrices, ngtdm, shape
from radsurv.radiomics.layout import Definition
from radsurv.radiomics.preparation import QuantizedSection
from radsurv.roi.region import Region

VALLIERES = Definition(
    shape_family="shape",
    shape=shape.FEATURES,
    textures={
        "histogram": histogram.FEATURES,
        "glcm": glcm.FEATURES,
        "glrlm": glrlm.FEATURES,
        "glszm": glszm.FEATURES,
        "ngtdm": ngtdm.FEATURES,
    },
)

_HISTOGRAMS = {
    "toolbox": histogram.toolbox_histogram_features,
    "quantised": histogram.quantized_histogram_features,
}


def vallieres_features(
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
        Histogram of the intensities in 100 bins, equal for all configurations of a scale, or of the grey levels.
    """
    parts = [shape.shape_features(region)]
    # By identity: configurations share arrays where their results cannot differ.
    histograms: dict[int, Float[np.ndarray, " 3"]] = {}
    textures: dict[int, Float[np.ndarray, " 40"]] = {}
    for one in sections:
        section, quantized = one.section, one.quantized
        described = section.image if histogram_of == "toolbox" else quantized
        if id(described) not in histograms:
            histograms[id(described)] = _HISTOGRAMS[histogram_of](described[section.mask])
        if id(quantized) not in textures:
            textures[id(quantized)] = texture_features(quantized, one.configuration.levels)
        parts += [histograms[id(described)], textures[id(quantized)]]
    return np.concatenate(parts)


def texture_features(quantized: Int[np.ndarray, "y x"], levels: int) -> Float[np.ndarray, " 40"]:
    """GLCM (9), GLRLM (13), GLSZM (13) and NGTDM (5) features of grey levels 1 … `levels`, 0 outside the region."""
    return np.concatenate(
        [
            glcm.glcm_features(matrices.glcm_matrix(quantized, levels)),
            glrlm.glrlm_features(matrices.glrlm_matrix(quantized, levels)),
            glszm.glszm_features(matrices.glszm_matrix(quantized, levels)),
            ngtdm.ngtdm_features(matrices.ngtdm_matrix(quantized, levels)),
        ]
    )
