"""What every feature is: formula, unit, meaning. Text only; `radsurv.radiomics.dictionary` makes a table of it.

Symbols: p is a matrix divided by its sum, g, i, j grey levels from 1 to Ng, r the length of a run and s the size of a
zone in pixels, n_i the pixels of level i, p_i = n_i / Σn, s_i the summed differences from the neighbourhood's mean.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """Formula, unit ("1" for a pure number) and meaning of one feature."""

    formula: str
    unit: str
    meaning: str


def _emphases(x: str, short: str, long: str, what: str, extents: str) -> list[Entry]:
    """The eleven entries that run-length and size-zone features share; x is the symbol of a run's or zone's extent."""
    return [
        Entry(f"Σ p/{x}²", "1", f"emphasis of {short} {what}: high in fine textures"),
        Entry(f"Σ p {x}²", "1", f"emphasis of {long} {what}: high in coarse textures"),
        Entry(f"Σ_g (Σ_{x} p)²", "1", f"how unevenly the {what} spread over the grey levels"),
        Entry(f"Σ_{x} (Σ_g p)²", "1", f"how unevenly the {what} spread over the {extents}"),
        Entry(f"1 / Σ p {x}", "1", f"number of {what} per pixel"),
        Entry("Σ p/g²", "1", f"emphasis of {what} of low grey level"),
        Entry("Σ p g²", "1", f"emphasis of {what} of high grey level"),
        Entry(f"Σ p/(g² {x}²)", "1", f"emphasis of {short} {what} of low grey level"),
        Entry(f"Σ p g²/{x}²", "1", f"emphasis of {short} {what} of high grey level"),
        Entry(f"Σ p {x}²/g²", "1", f"emphasis of {long} {what} of low grey level"),
        Entry(f"Σ p g² {x}²", "1", f"emphasis of {long} {what} of high grey level"),
    ]


def _cell_variances(x: str, what: str, extents: str) -> list[Entry]:
    cells = f"over all cells of the matrix, up to the largest {x} present"
    return [
        Entry(f"variance of g p {cells}", "1", f"spread of the weighted grey levels of the {what} (the package's own)"),
        Entry(f"variance of {x} p {cells}", "1", f"spread of the weighted {extents} of the {what} (the package's own)"),
    ]


def _variances(x: str, what: str, extents: str) -> list[Entry]:
    return [
        Entry("Σ p (g - Σ p g)²", "1", f"variance of the grey levels of the {what}"),
        Entry(f"Σ p ({x} - Σ p {x})²", "1", f"variance of the {extents} of the {what}"),
    ]


_NGTDM = [
    Entry("1 / Σ p_i s_i", "1", "how little the pixels differ from their neighbourhood"),
    Entry("[Σ p_i p_j (i-j)²] [Σ s_i] / (G (G-1) N)", "1", "large differences between levels and around pixels"),
    Entry("Σ p_i s_i / Σ |i p_i - j p_j|", "1", "rapid changes of intensity between a pixel and its surroundings"),
    Entry(
        "Σ |i-j| (p_i s_i + p_j s_j) / (N (p_i + p_j))", "1", "how much the texture tells: many sharp, varied changes"
    ),
    Entry("[Σ (p_i + p_j)(i-j)²] / Σ s_i", "1", "how distinct the elements of the texture are"),
]

_HISTOGRAM_MEANINGS = (
    "spread of the distribution",
    "asymmetry: positive with a tail towards bright",
    "weight of the tails against a normal distribution's (excess)",
)

VALLIERES: dict[str, list[Entry]] = {
    "shape": [
        Entry("pixels × pixel area × distance of sections", "mm³", "volume of the largest section"),
        Entry("largest distance between the eight extreme points", "mm", "diameter of the outline"),
        Entry(
            "min(1, pixels / area of the convex hull through pixel edge midpoints)", "1", "1 if convex, less if lobed"
        ),
        Entry(
            "√(1 - l2/l1), l1 ≥ l2 principal variances of the filled pixels",
            "1",
            "0 for a circle, towards 1 for a line",
        ),
    ],
    "histogram": [
        Entry(formula, unit, meaning)
        for formula, unit, meaning in zip(
            ("Σ (k-m)² h_k, m = Σ k h_k", "Σ (k-m)³ h_k / V^1.5", "Σ (k-m)⁴ h_k / V² - 3"),
            ("bins²", "1", "1"),
            _HISTOGRAM_MEANINGS,
            strict=True,
        )
    ],
    "glcm": [
        Entry("Σ p²", "1", "uniformity: high where few pairs of grey levels dominate"),
        Entry("Σ (i-j)² p", "1", "strength of local variation"),
        Entry("-Σ p log2 p", "bit", "disorder of the pairs of grey levels"),
        Entry("Σ p / (1 + |i-j|)", "1", "similarity of neighbouring pixels"),
        Entry(
            "Σ (i-μ)(j-μ) p / σ², of the matrix rounded to whole numbers", "1", "linear dependence between neighbours"
        ),
        Entry("Σ (i+j) p / (2 Ng²)", "1", "mean grey level of pairs, divided by Ng²"),
        Entry("Σ [(i-μ)² + (j-μ)²] p / (2 Ng²)", "1", "variance of grey levels of pairs, divided by Ng²"),
        Entry("Σ |i-j| p", "1", "mean difference between neighbours"),
        Entry("Σ i j p", "1", "magnitude of the grey levels that meet"),
    ],
    "glrlm": [*_emphases("r", "short", "long", "runs", "lengths"), *_cell_variances("r", "runs", "lengths")],
    "glszm": [*_emphases("s", "small", "large", "zones", "sizes"), *_cell_variances("s", "zones", "sizes")],
    "ngtdm": _NGTDM,
}

IBSI: dict[str, list[Entry]] = {
    "ibsishape": [
        Entry("area inside the marching-squares outline", "mm²", "area of the section"),
        Entry("largest distance between vertices of the outline", "mm", "diameter of the outline"),
        Entry("2 √(π area) / perimeter", "1", "1 for a circle, less for a ragged outline"),
        Entry(
            "√(λ2/λ1), λ1 ≥ λ2 principal variances of the pixel centres", "1", "1 for a circle, towards 0 for a line"
        ),
    ],
    "ibsihistogram": [
        Entry(formula, unit, meaning)
        for formula, unit, meaning in zip(
            ("Σ (x-m)² / N", "Σ (x-m)³ / (N V^1.5)", "Σ (x-m)⁴ / (N V²) - 3"),
            ("intensity²", "1", "1"),
            _HISTOGRAM_MEANINGS,
            strict=True,
        )
    ],
    "ibsiglcm": [
        Entry("Σ p²", "1", "uniformity: high where few pairs of grey levels dominate"),
        Entry("Σ (i-j)² p", "1", "strength of local variation"),
        Entry("-Σ p log2 p", "bit", "disorder of the pairs of grey levels"),
        Entry("Σ p / (1 + |i-j|)", "1", "similarity of neighbouring pixels"),
        Entry("Σ (i-μ)(j-μ) p / σ²", "1", "linear dependence between neighbours"),
        Entry("Σ i p", "1", "mean grey level of pairs"),
        Entry("Σ (i-μ)² p", "1", "variance of the grey levels of pairs"),
        Entry("Σ |i-j| p", "1", "mean difference between neighbours"),
        Entry("Σ i j p", "1", "magnitude of the grey levels that meet"),
    ],
    "ibsiglrlm": [*_emphases("r", "short", "long", "runs", "lengths"), *_variances("r", "runs", "lengths")],
    "ibsiglszm": [*_emphases("s", "small", "large", "zones", "sizes"), *_variances("s", "zones", "sizes")],
    "ibsingtdm": _NGTDM,
}
