"""The data dictionary: one row per column of the radiomics table."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd

from radsurv.options.imaging import QuantizationConfig, RadiomicsConfig
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


def by_family(table: pd.DataFrame, width: int) -> str:
    """The dictionary for a terminal of `width` columns: each feature once, then the forms in which its family is computed."""
    blocks = []
    for family, rows in table.groupby("family", sort=False):
        features = rows.drop_duplicates("feature")
        room = int(features["feature"].str.len().max())
        lines = [f"{family}: {len(features)} features, {len(rows)} columns of the table"]
        for row in features.to_dict("records"):
            text = f"{row['feature']:<{room}}  {row['meaning']} [{row['unit']}] = {row['formula']}"
            lines += _wrapped(text, width, room + 4)
        forms = _forms(rows[rows["feature"] == features["feature"].iloc[0]])
        if forms:
            text = f"each as {family}_FEATURE_FORM, in {len(forms)} forms: {', '.join(forms)}"
            lines += _wrapped(text, width, 4)
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """Broken between words only: a hyphen may be a minus."""
    return textwrap.wrap(
        text, width, initial_indent="  ", subsequent_indent=" " * indent, break_on_hyphens=False, break_long_words=False
    )


def _forms(rows: pd.DataFrame) -> list[str]:
    """What distinguishes the names of one feature, with quantisation and scale."""
    forms = []
    for row in rows.to_dict("records"):
        form = row["name"].removeprefix(f"{row['family']}_{row['feature']}").removeprefix("_")
        how = "not quantised" if row["quantisation"] == "none" else row["quantisation"]
        if form:
            forms.append(f"{form} ({how}; {row['scale']})")
    return forms


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
