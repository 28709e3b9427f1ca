"""The hand-crafted feature vector of one patient, and the names of its columns."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from radsurv.options.imaging import QuantizationConfig, RadiomicsConfig
from radsurv.radiomics.ibsi import IBSI, ibsi_features
from radsurv.radiomics.layout import Column, columns
from radsurv.radiomics.preparation import level_warnings, quantized_sections
from radsurv.radiomics.vallieres import VALLIERES, vallieres_features
from radsurv.roi.region import Region

_DEFINITIONS = {"vallieres": (VALLIERES, vallieres_features), "ibsi": (IBSI, ibsi_features)}


def feature_columns(quantization: QuantizationConfig, radiomics: RadiomicsConfig) -> list[Column]:
    """The columns in order; none for ``radiomics.definition=none``."""
    if radiomics.definition == "none":
        return []
    definition, _ = _DEFINITIONS[radiomics.definition]
    return list(columns(definition, quantization))


def feature_names(quantization: QuantizationConfig, radiomics: RadiomicsConfig) -> list[str]:
    """Column names in order: 4 of shape, then 43 for every scale, algorithm and number of levels (348 in the paper).

    ``shape_Volume``, ``histogram_Variance_equal16_1mm``, ``ibsiglcm_JointEnergy_uniform32_native``.
    """
    return [column.name for column in feature_columns(quantization, radiomics)]


def radiomics_features(
    region: Region, quantization: QuantizationConfig, radiomics: RadiomicsConfig
) -> tuple[Float[np.ndarray, " feature"], list[str]]:
    """All hand-crafted features of a region, in the order of `feature_names`, and warnings for the QC table.

    A feature that is undefined for the region is NaN; nothing is raised for a degenerate one.
    """
    if radiomics.definition == "none":
        return np.empty(0), []
    _, compute = _DEFINITIONS[radiomics.definition]
    sections = quantized_sections(region, quantization)
    return compute(region, sections, radiomics.histogram), level_warnings(sections)
