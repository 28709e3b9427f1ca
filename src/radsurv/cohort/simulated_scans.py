"""How simulated patients are scanned, and how their images and outlines are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import SimpleITK as sitk
from jaxtyping import Bool, Float, Shaped
from scipy import ndimage

from radsurv.cohort.simulated_dicom import Study
from radsurv.cohort.simulated_head import CONTRASTS, Contrast, Grid, draw_head
from radsurv.cohort.simulated_tumour import Tumour, draw_tumour, trace

SHAPE = (12, 96, 96)
LAYERS_PER_SECTION = 2  # a thick section shows the mean of what it cuts through
WHITE_MATTER = 150.0
AIR = 0.02
OUTLINES = {"mask": "masks", "mask_reader2": "masks_reader2"}  # folder of each column
DICOM_FOLDER = "dicom"
# Thickness of sections and width of pixels, in mm; a site of another name has any of them.
SCANNERS = {"North": ((6.0, 5.5), (0.9375, 0.8984)), "South": ((5.0,), (0.8594, 1.0))}
OTHER_SITE = tuple(tuple(value for its in column for value in its) for column in zip(*SCANNERS.values(), strict=True))

Form = Literal["nifti", "seg", "rtstruct"]


@dataclass(frozen=True)
class Scanner:
    """A site's share of the patients, and how many times as large its intensities are as those of the others."""

    share: float
    gain: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Scans:
    """What differs among the scans of a cohort.

    Attributes
    ----------
    further : tuple of str
        Further images of every patient, of `CONTRASTS`, on the grid of the analysed one. FLAIR is column ``image_flair``.
    thicknesses : mapping, optional
        Share of patients by thickness of sections, in mm. Default: as their site has them.
    scanners : mapping, optional
        Sites by name. Default: North and South, alike but for their grids.
    form : str
        ``nifti``: files; ``seg`` and ``rtstruct``: DICOM, a folder for each patient with the series and the outlines.
    """

    further: tuple[str, ...] = ()
    thicknesses: Mapping[float, float] | None = None
    scanners: Mapping[str, Scanner] | None = None
    form: Form = "nifti"
    columns: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        columns = {"image": "images"} | {f"image_{name.lower()}": f"images_{name.lower()}" for name in self.further}
        object.__setattr__(self, "columns", columns | OUTLINES)

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders of the cohort that files are written to."""
        return tuple(self.columns.values()) if self.form == "nifti" else (DICOM_FOLDER,)

    def cell(self, patient: str, column: str) -> str:
        """Path of a patient's image or outline, as the cohort table names it."""
        if self.form == "nifti":
            return f"{self.columns[column]}/{patient}.nii.gz"
        return f"{DICOM_FOLDER}/{patient}/{column}{'.dcm' if column in OUTLINES else ''}"

    def place(self, column: str) -> str:
        """Where the images or outlines of a column lie."""
        return f"{self.columns[column]}/" if self.form == "nifti" else f"{self.cell('PATIENT', column)}"

    def gain(self, site: str) -> float:
        """How many times as large the intensities of a site are."""
        return 1.0 if self.scanners is None else self.scanners[site].gain


def write_patient(folder: Path, scans: Scans, drawn: tuple[Mapping[Any, Any], np.random.SeedSequence]) -> None:
    """Draw one patient's head, tumour and outlines from the patient's row and seed, and write them."""
    patient, seed = drawn
    contrast = CONTRASTS[patient["sequence"]]
    grid, tumour, rng = _tumour(patient, seed, contrast)
    gain = WHITE_MATTER * scans.gain(patient["site"])
    images = {"image": _acquire(grid, tumour.image, rng, contrast.noise, gain)}
    outlines = {
        column: _sections(trace(grid, tumour, rng, reader=reader)) >= 0.5
        for reader, column in enumerate(OUTLINES, start=1)
    }
    for name, noise_seed in zip(scans.further, seed.spawn(len(scans.further)), strict=True):
        # The same draws with another contrast: the same head.
        _, seen, _ = _tumour(patient, seed, CONTRASTS[name])
        own = np.random.default_rng(noise_seed)
        images[f"image_{name.lower()}"] = _acquire(grid, seen.image, own, CONTRASTS[name].noise, gain)
    spacing_mm = (grid.spacing_mm[0] * LAYERS_PER_SECTION, *grid.spacing_mm[1:])
    _WRITERS[scans.form](folder, scans, patient, spacing_mm, images, outlines)


def _tumour(
    patient: Mapping[Any, Any], seed: np.random.SeedSequence, contrast: Contrast
) -> tuple[Grid, Tumour, np.random.Generator]:
    rng = np.random.default_rng(seed)
    thicknesses, pixels = SCANNERS.get(patient["site"], OTHER_SITE)
    thickness_mm, pixel_mm = float(rng.choice(thicknesses)), float(rng.choice(pixels))
    thickness_mm = patient.get("section_mm", thickness_mm)
    grid = Grid((SHAPE[0] * LAYERS_PER_SECTION, *SHAPE[1:]), (thickness_mm / LAYERS_PER_SECTION, pixel_mm, pixel_mm))
    head = draw_head(grid, rng, contrast)
    traits = {name: patient[name] for name in ("heterogeneity", "necrosis")}
    return grid, draw_tumour(grid, head, rng, contrast, **traits), rng


def _acquire(
    grid: Grid, brightness: Float[np.ndarray, "z y x"], rng: np.random.Generator, noise: float, white_matter: float
) -> Float[np.ndarray, "z y x"]:
    """What the scanner makes of it: thick sections, blur, uneven coil, a gain of its own, Rician noise, blank air."""
    coil = 1 + 0.06 * grid.smooth_noise(rng, 45.0)
    seen = ndimage.gaussian_filter(_sections(brightness * coil), (0, 0.45, 0.45))
    gain = white_matter * float(np.exp(rng.normal(0.0, 0.12)))
    real, imaginary = noise * rng.standard_normal((2, *seen.shape))
    return np.round(gain * np.hypot(seen + real, imaginary)) * (seen > AIR)


def _sections(samples: Shaped[np.ndarray, "layer y x"]) -> Float[np.ndarray, "z y x"]:
    """Mean of the layers of each section."""
    return samples.reshape(-1, LAYERS_PER_SECTION, *samples.shape[1:]).mean(axis=1)


def _nifti(
    folder: Path,
    scans: Scans,
    patient: Mapping[Any, Any],
    spacing_mm: tuple[float, float, float],
    images: Mapping[str, Float[np.ndarray, "z y x"]],
    outlines: Mapping[str, Bool[np.ndarray, "z y x"]],
) -> None:
    for column, array in {**images, **outlines}.items():
        image = sitk.GetImageFromArray(array.astype(np.int16 if column in images else np.uint8))
        image.SetSpacing(spacing_mm[::-1])
        image.SetOrigin([-(n - 1) / 2 * step for n, step in zip(image.GetSize(), image.GetSpacing(), strict=True)])
        sitk.WriteImage(image, str(folder / scans.cell(patient["patient_id"], column)), useCompression=True)


def _dicom(
    folder: Path,
    scans: Scans,
    patient: Mapping[Any, Any],
    spacing_mm: tuple[float, float, float],
    images: Mapping[str, Float[np.ndarray, "z y x"]],
    outlines: Mapping[str, Bool[np.ndarray, "z y x"]],
) -> None:
    study = Study(patient["patient_id"], patient["site"], spacing_mm)
    for column, array in images.items():
        name = patient["sequence"] if column == "image" else column.removeprefix("image_").upper()
        study.write_series(folder / scans.cell(study.patient, column), name, array.astype(np.int16))
    for column, outline in outlines.items():
        path = folder / scans.cell(study.patient, column)
        (study.write_segmentation if scans.form == "seg" else study.write_contours)(path, outline)


_WRITERS: Mapping[Form, Callable[..., None]] = {"nifti": _nifti, "seg": _dicom, "rtstruct": _dicom}
