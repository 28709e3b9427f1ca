"""All 348 hand-crafted features of one patient, against pyradiomics run for the eight configurations.

    python bench/radiomics_features.py [--shared PATH] [--repeats N] [--tiny]

Sections: the reference cases and the TCGA-LGG patients of the development material (`--shared`), else regions drawn
here. Everything runs in one process on one core; times are processor times. pyradiomics gets an advantage: its
`RadiomicsFeatureExtractor` is handed the sections normalised, resampled and quantised already (it has no
equal-probability quantiser), is built once, and computes only the counterparts of our features. RadSurv gets one where
pixels measure 1 mm (all of TCGA-LGG, whose headers lost the true size): "native" and "1mm" are then one and the same
section, and it counts that once. The summary shows the other regions apart, and how far pyradiomics' values are from those
of ``radiomics=ibsi``, which are the same by definition.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import SimpleITK as sitk
from configured import configured
from rich.console import Console
from rich.table import Table

from radsurv.options.imaging import QuantizationConfig, RadiomicsConfig
from radsurv.radiomics import glcm, glrlm, glszm, histogram, matrices, ngtdm, shape
from radsurv.radiomics.ibsi import IBSI
from radsurv.radiomics.preparation import QuantizedSection, quantized_sections
from radsurv.radiomics.vector import radiomics_features
from radsurv.roi.region import Region
from radsurv.roi.section import extract_region

FASTER_BOUND, MILLISECONDS_BOUND = 8, 15
DRAWN_PIXELS, TINY_PIXELS = (250, 500, 1000, 2000, 4000, 8000), (60, 120)


class Options(NamedTuple):
    """What both compute: the paper's configurations, our definitions of the features, and IBSI's of the grey levels."""

    quantization: QuantizationConfig
    vallieres: RadiomicsConfig
    ibsi: RadiomicsConfig


def paper_options() -> Options:
    paper = configured("quantization=paper", "radiomics=vallieres")
    return Options(
        paper.quantization, paper.radiomics, configured("radiomics=ibsi", "radiomics.histogram=quantised").radiomics
    )


def shared_regions(shared: Path) -> Iterator[tuple[str, Region]]:
    """The largest section of the reference cases and of the TCGA-LGG patients, as far as they are there."""
    for image in sorted((shared / "images" / "pyradiomics").glob("*_image.nrrd")):
        yield (
            image.name.removesuffix("_image.nrrd"),
            _region(image, image.with_name(image.name.replace("image", "label"))),
        )
    cohort = shared / "cohorts" / "tcga_lgg"
    for image in sorted((cohort / "images").glob("*.nii.gz")):
        yield image.name.removesuffix(".nii.gz"), _region(image, cohort / "masks" / image.name)


def _region(image: Path, mask: Path) -> Region:
    volume = sitk.ReadImage(image)
    outline = sitk.GetArrayFromImage(sitk.ReadImage(mask)) == 1
    z, y, x = volume.GetSpacing()[::-1]
    return extract_region(sitk.GetArrayFromImage(volume), outline, (z, y, x))


def drawn_region(pixels: int, spacing_mm: float = 0.78125) -> Region:
    """The `pixels` central pixels of a smooth random texture, 12-bit integers as scanners store them."""
    side = 2 * int(np.sqrt(pixels / np.pi)) + 9
    rng = np.random.default_rng(pixels)
    image = rng.normal(size=(side, side))
    for axis in (0, 1, 0, 1):
        image = (image + np.roll(image, 1, axis)) / 2
    distance = np.hypot(*np.mgrid[:side, :side] - (side - 1) / 2) + 1e-6 * rng.random((side, side))
    outline = distance <= np.sort(distance, axis=None)[pixels - 1]
    return Region(np.round(800 + 400 * image), outline, (spacing_mm, spacing_mm), 5.0, 0)


def milliseconds(call: Callable[[], Any], repeats: int) -> float:
    """Median processor time of `call`: its wall time on an idle core, and not that of the neighbours on a busy one."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1e3 * statistics.median(times)


class Pyradiomics:
    """The extractor with the counterparts of our features switched on."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from radiomics.featureextractor import RadiomicsFeatureExtractor
        logging.getLogger("radiomics").setLevel(logging.CRITICAL)
        self.extractor = RadiomicsFeatureExtractor(binWidth=1, force2D=True)
        self.extractor.disableAllFeatures()
        families = {family.removeprefix("ibsi"): list(names) for family, names in IBSI.textures.items()}
        families["firstorder"] = families.pop("histogram")
        self.extractor.enableFeaturesByName(**families, shape2D=list(IBSI.shape))

    def run(self, sections: list[tuple[sitk.Image, sitk.Image]]) -> np.ndarray:
        """Histogram and texture features of every configuration, (section, feature), in the order of `IBSI`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = [self.extractor.execute(image, mask) for image, mask in sections]
        names = [
            f"original_{family.removeprefix('ibsi').replace('histogram', 'firstorder')}_{feature}"
            for family, features in IBSI.textures.items()
            for feature in features
        ]
        return np.array([[float(result[name]) for name in names] for result in results])


def as_images(section: QuantizedSection) -> tuple[sitk.Image, sitk.Image]:
    """Grey levels and mask as volumes of one section."""
    y, x = section.section.spacing_mm
    volumes = []
    for array in (section.quantized, (section.quantized > 0).astype(np.uint8)):
        volume = sitk.GetImageFromArray(array[None])
        volume.SetSpacing((x, y, 1.0))
        volumes.append(volume)
    return volumes[0], volumes[1]


def compare(name: str, region: Region, rival: Pyradiomics, options: Options, repeats: int) -> dict[str, Any]:
    """Times of both for one region."""
    sections = [as_images(section) for section in quantized_sections(region, options.quantization)]
    ours = milliseconds(lambda: radiomics_features(region, options.quantization, options.vallieres), repeats)
    theirs = milliseconds(lambda: rival.run(sections), max(1, repeats // 5))
    return {
        "region": name,
        "pixels": int(region.outline.sum()),
        "pixel mm": region.spacing_mm[0],
        "ours": ours,
        "pyradiomics": theirs,
        "ratio": theirs / ours,
    }


def worst_difference(region: Region, rival: Pyradiomics, options: Options) -> float:
    """Largest relative difference of pyradiomics' values from those of ``radiomics=ibsi``."""
    theirs = rival.run([as_images(section) for section in quantized_sections(region, options.quantization)])
    theirs[:, list(IBSI.textures["ibsihistogram"]).index("Kurtosis")] -= 3  # IBSI's is the excess
    values, _ = radiomics_features(region, options.quantization, options.ibsi)
    ours = values[len(IBSI.shape) :].reshape(theirs.shape)
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-12)).max())


def breakdown(region: Region, options: Options, repeats: int) -> dict[str, float]:
    """Milliseconds of every step, over all eight configurations."""
    sections = quantized_sections(region, options.quantization)
    grids = [(one.quantized, one.configuration.levels) for one in sections]
    native, resampled = sections[0].section, sections[-1].section
    steps: dict[str, Callable[[], Any]] = {
        "normalise, resample, quantise": lambda: quantized_sections(region, options.quantization),
        "shape features": lambda: shape.shape_features(region),
        "histogram features": lambda: [
            histogram.toolbox_histogram_features(one.image[one.mask]) for one in (native, resampled)
        ],
    }
    for module, count, compute in (
        (glcm, matrices.glcm_matrix, glcm.glcm_features),
        (glrlm, matrices.glrlm_matrix, glrlm.glrlm_features),
        (glszm, matrices.glszm_matrix, glszm.glszm_features),
        (ngtdm, matrices.ngtdm_matrix, ngtdm.ngtdm_features),
    ):
        family = module.__name__.rsplit(".", 1)[1].upper()
        counted = [count(*grid) for grid in grids]
        steps[f"{family} matrices"] = lambda count=count: [count(*grid) for grid in grids]
        steps[f"{family} features"] = lambda compute=compute, counted=counted: [compute(one) for one in counted]
    return {step: milliseconds(call, repeats) for step, call in steps.items()}


def print_table(console: Console, title: str, rows: pd.DataFrame) -> None:
    """A plain table; floats with two decimals."""
    table = Table(title=title, title_justify="left")
    for column in rows.columns:
        table.add_column(str(column), justify="left" if rows[column].dtype == object else "right")
    for row in rows.itertuples(index=False):
        table.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    console.print(table)


@contextmanager
def one_core() -> Iterator[None]:
    """Keep to one core meanwhile, where the system lets us."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def regions_of(shared: Path, drawn_pixels: Sequence[int]) -> tuple[list[tuple[str, Region]], str]:
    """The regions that are measured, and where they come from."""
    regions = list(shared_regions(shared))
    if regions:
        return regions, f"{len(regions)} regions of {shared}"
    regions = [(f"drawn {pixels}", drawn_region(pixels)) for pixels in drawn_pixels]
    return regions, f"{len(regions)} drawn regions (no development material in {shared})"


def summary(rows: pd.DataFrame, thousand: dict[str, Any]) -> pd.DataFrame:
    """Against the bounds; `thousand`: a drawn region of so many pixels."""
    two_scales = pd.concat([rows, pd.DataFrame([thousand])]).query("`pixel mm` != 1").ratio
    return pd.DataFrame(
        [
            ["348 features, ours, median (ms)", float(rows.ours.median()), ""],
            ["the same by pyradiomics, median (ms)", float(rows.pyradiomics.median()), ""],
            ["times faster, median", float(rows.ratio.median()), f"≥ {FASTER_BOUND}"],
            ["times faster, least", float(rows.ratio.min()), ""],
            ["times faster, median of pixels other than 1 mm", float(two_scales.median()), f"≥ {FASTER_BOUND}"],
            [f"a region of {thousand['pixels']:,} pixels of 0.78 mm (ms)", thousand["ours"], f"≤ {MILLISECONDS_BOUND}"],
        ],
        columns=["measure", "value", "bound"],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shared",
        type=Path,
        default=Path(__file__).parents[2] / "shared",
        help="the development material, not part of the repository",
    )
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument(
        "--tiny", action="store_true", help="small drawn regions: shows whether it runs, and nothing else"
    )
    asked = parser.parse_args(arguments)
    if asked.tiny:
        regions, origin = [(f"drawn {pixels}", drawn_region(pixels)) for pixels in TINY_PIXELS], "tiny"
    else:
        regions, origin = regions_of(asked.shared, DRAWN_PIXELS)
    with one_core():
        report(regions, origin, TINY_PIXELS[-1] if asked.tiny else 1000, asked.repeats)
    return 0


def report(regions: Sequence[tuple[str, Region]], origin: str, example_pixels: int, repeats: int) -> None:
    """Measure and print."""
    console, rival, options = Console(), Pyradiomics(), paper_options()
    example = drawn_region(example_pixels)
    thousand = compare("drawn", example, rival, options, repeats)

    rows = pd.DataFrame([compare(name, region, rival, options, repeats) for name, region in regions])
    rows = rows.sort_values("pixels", ignore_index=True)
    print_table(console, "Milliseconds a patient, 348 features, one core", rows)
    slope, intercept = np.polyfit(rows.pixels / 1000, rows.ours, 1)
    console.print(f"cost against size: {intercept:.1f} ms + {slope:.2f} ms per 1,000 pixels\n")

    middle = drawn_region(int(rows.pixels.median()))
    steps = pd.DataFrame(breakdown(middle, options, repeats).items(), columns=["step", "ms"])
    steps["share %"] = 100 * steps.ms / steps.ms.sum()
    steps = steps.sort_values("ms", ascending=False, ignore_index=True)
    print_table(
        console, f"Where the time goes: a drawn region of {middle.outline.sum()} pixels, all configurations", steps
    )
    print_table(console, f"Summary: {origin}", summary(rows, thousand))
    difference = worst_difference(example, rival, options)
    console.print(f"values of pyradiomics and of radiomics=ibsi differ by {difference:.1g} at most, relatively")


if __name__ == "__main__":
    raise SystemExit(main())
