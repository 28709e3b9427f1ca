"""The data dictionary: one row per column of the radiomics table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from radsurv.config import QuantizationConfig, RadiomicsConfig
from radsurv.radiomics import glossary
from radsurv.radiomics.ibsi import IBSI
from radsurv.radiomics.layout import Column, Definition
from radsurv.radiomics.vallieres import VALLIERES
from radsurv.radiomics.vector import feature_columns

_QUANTIZERS = {"equal": "equal-probability", "uniform": "uniform"}
_FIELDS = ["name", "family", "feature", "formula", "unit", "quantisation", "scale", "meaning"]


def describe_features(quantization: QuantizationConfig, radiomics: RadiomicsConfig) -> pd.DataFrame:
    """Name, family, feature, formula, unit, quantisation, scale and meaning of every feature, in table order.

    Shape features have quantisation "none" and scale "native".
    """
    return pd.DataFrame(
        [_row(column, radiomics.histogram) for column in feature_columns(quantization, radiomics)], columns=_FIELDS
    )


def _entries() -> dict[tuple[str, str], glossary.Entry]:
    def of(definition: Definition, texts: dict[str, list[glossary.Entry]]) -> dict[tuple[str, str], glossary.Entry]:
        families = {definition.shape_family: definition.shape, **definition.textures}
        return {
            (family, feature): entry
            for family, features in families.items()
            for feature, entry in zip(features, texts[family], strict=True)
        }

    return of(VALLIERES, glossary.VALLIERES) | of(IBSI, glossary.IBSI)


_ENTRIES = _entries()


def _row(column: Column, histogram_of: str) -> dict[str, Any]:
    entry = _ENTRIES[column.family, column.feature]
    configuration = column.configuration
    row = {
        "name": column.name,
        "family": column.family,
        "feature": column.feature,
        "formula": entry.formula,
        "unit": entry.unit,
        "quantisation": "none",
        "scale": "native",
        "meaning": entry.meaning,
    }
    if configuration is not None:
        row["scale"] = configuration.scale_name
        row["quantisation"] = f"{_QUANTIZERS[configuration.algorithm]}, {configuration.levels} levels"
    if column.family.endswith("histogram"):
        _describe_histogram(row, histogram_of)
    return row


def _describe_histogram(row: dict[str, Any], histogram_of: str) -> None:
    """Histogram features describe the intensities before quantisation, unless ``radiomics.histogram=quantised``."""
    if histogram_of == "quantised":
        row["meaning"] += "; of the grey levels"
        row["unit"] = {"1": "1"}.get(row["unit"], "levels²")
    else:
        bins = "" if row["family"].startswith("ibsi") else " in 100 bins"
        row["meaning"] += f"; of the intensities{bins}, the same in every configuration of a scale"
        row["quantisation"] = "none"
