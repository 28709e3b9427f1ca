"""brain1 and brain2 with every stage of the reference package; regions drawn for the tests."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

import conf
from radsurv.options.imaging import QuantizationConfig
from radsurv.roi.region import Region
from radsurv.roi.section import extract_region

FAMILIES = {"Global": "histogram", "NonTexture": "shape"}


@dataclass(frozen=True)
class Reference:
    """One case: the traced region, the package's feature values by RadSurv's column names, its quantised sections
    and matrices by key (``equal_16_native``)."""

    region: Region
    features: pd.Series
    variants: pd.Series
    quantized: dict[str, np.ndarray]
    matrices: dict[str, np.ndarray]


def _values(table: Path, case: str) -> pd.Series:
    rows = pd.read_csv(table)
    rows = rows[rows.case == case]
    names = [
        f"{FAMILIES.get(row.family, row.family.lower())}_{row.feature}"
        + ("" if row.family == "NonTexture" else f"_{row.algorithm}{int(row.levels)}_{row.scale}")
        for row in rows.itertuples()
    ]
    return pd.Series(rows.value.to_numpy(), index=names)


def _arrays(file: Path) -> dict[str, np.ndarray]:
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(params=["brain1", "brain2"], scope="session")
def reference(shared: Path, request: pytest.FixtureRequest) -> Reference:
    case = request.param
    images, folder = shared / "images" / "pyradiomics", shared / "reference" / "vallieres"
    image = sitk.ReadImage(images / f"{case}_image.nrrd")
    mask = sitk.GetArrayFromImage(sitk.ReadImage(images / f"{case}_label.nrrd")) == 1
    return Reference(
        region=extract_region(sitk.GetArrayFromImage(image), mask, image.GetSpacing()[::-1]),
        features=_values(folder / "features.csv", case),
        variants=_values(folder / "features_variants.csv", case),
        quantized=_arrays(folder / f"quantised_{case}.npz"),
        matrices=_arrays(folder / f"matrices_{case}.npz"),
    )


@pytest.fixture(scope="session")
def paper() -> QuantizationConfig:
    """The eight configurations of the paper, in the reference's order."""
    return conf.quantization(algorithms=["equal", "uniform"], levels=[16, 32], scales=["native", 1.0])


@pytest.fixture(scope="session")
def blob() -> Region:
    """A lobed region of smooth random texture, without any two equal intensities."""
    rng = np.random.default_rng(20)
    y, x = np.mgrid[-20:21, -20:21]
    outline = np.hypot(y, x) < 12 + 3 * np.cos(3 * np.arctan2(y, x))
    image = rng.normal(size=(41, 41))
    for _ in range(2):
        image = (image + np.roll(image, 1, 0) + np.roll(image, 1, 1)) / 2
    return Region(100 + 20 * image, outline, (0.78125, 0.78125), 5.0, 3)
