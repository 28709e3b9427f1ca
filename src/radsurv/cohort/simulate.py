"""A SIMULATED cohort, with images, two readers' outlines and survival times whose cause is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk
from jaxtyping import Float, Shaped
from scipy import ndimage

from radsurv.cohort.simulated_head import CONTRASTS, Grid, draw_head
from radsurv.cohort.simulated_outcomes import draw_patients
from radsurv.cohort.simulated_tumour import draw_tumour, trace
from radsurv.compute.parallel import in_processes
from radsurv.errors import ConfigError

SHAPE = (12, 96, 96)
LAYERS_PER_SECTION = 2  # a thick section shows the mean of what it cuts through
WHITE_MATTER = 150.0
AIR = 0.02
FOLDERS = ("images", "masks", "masks_reader2")
SCANNERS = {"North": ((6.0, 5.5), (0.9375, 0.8984)), "South": ((5.0,), (0.8594, 1.0))}
FILES = ("clinical.csv", "truth.csv", "README.md")
EFFECT_LIMIT = 5.0
TRUTH = ("heterogeneity", "necrosis", "log_hazard")


def simulate(
    out_dir: Path,
    *,
    n_patients: int = 50,
    n_censored: int = 5,
    effect: float = 1.6,
    seed: int = 0,
    sequences: Mapping[str, float] | None = None,
    overwrite: bool = False,
    n_jobs: int = 1,
    progress: Callable[[Iterable[None]], Iterable[None]] = iter,
) -> Path:
    """Write a simulated cohort: ``clinical.csv``, ``truth.csv``, ``README.md`` and NIfTI images and masks.

    The same arguments give the same bytes, with any number of processes. The folder appears when it is complete.

    Parameters
    ----------
    out_dir : Path
        Folder to write; must not exist, or be empty, unless `overwrite`.
    n_patients, n_censored : int
        Patients, and how many of them are censored.
    effect : float
        Standard deviation of the log hazard that heterogeneity, necrosis and age explain; 0: outcomes are random.
    seed : int
    sequences : mapping, optional
        Share of each MR sequence, of "SE" (spin echo) and "GE" (gradient echo). They sum to 1. Default: all "SE".
    overwrite : bool
        Replace an earlier simulated cohort.
    n_jobs : int
        Processes.
    progress : callable
        Wraps the loop over patients, to show a progress bar.

    Returns
    -------
    Path
        The cohort table.

    Raises
    ------
    ConfigError
        An argument is out of range, or the folder holds anything that must not be replaced.
    """
    shares = {"SE": 1.0} if sequences is None else dict(sequences)
    _check_arguments(n_patients, n_censored, effect, shares)
    out_dir = Path(out_dir).resolve()
    _check_folder(out_dir, overwrite)

    cohort_seed, *patient_seeds = np.random.SeedSequence(seed).spawn(n_patients + 1)
    patients = draw_patients(
        np.random.default_rng(cohort_seed),
        n_patients=n_patients,
        n_censored=n_censored,
        effect=effect,
        sequences=shares,
    )
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out_dir.parent, prefix=".radsurv-simulate-") as scratch:
        folder = Path(scratch) / "cohort"
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        drawn = zip(patients.to_dict("records"), patient_seeds, strict=True)
        for _ in progress(in_processes(partial(_write_patient, folder), drawn, n_jobs)):
            pass
        _write_tables(folder, patients)
        (folder / "README.md").write_text(
            _readme(n_patients, n_censored, effect, seed, shares), encoding="utf-8", newline="\n"
        )
        if out_dir.exists():
            out_dir.replace(Path(scratch) / "replaced")
        folder.replace(out_dir)
    return out_dir / "clinical.csv"


def _write_patient(folder: Path, drawn: tuple[Mapping[Any, Any], np.random.SeedSequence]) -> None:
    """Draw one patient's head, tumour and outlines from the patient's row and seed, and write them."""
    patient, seed = drawn
    rng = np.random.default_rng(seed)
    contrast = CONTRASTS[patient["sequence"]]
    thicknesses, pixels = SCANNERS[patient["site"]]
    thickness_mm, pixel_mm = float(rng.choice(thicknesses)), float(rng.choice(pixels))
    grid = Grid((SHAPE[0] * LAYERS_PER_SECTION, *SHAPE[1:]), (thickness_mm / LAYERS_PER_SECTION, pixel_mm, pixel_mm))
    head = draw_head(grid, rng, contrast)
    tumour = draw_tumour(
        grid, head, rng, contrast, heterogeneity=patient["heterogeneity"], necrosis=patient["necrosis"]
    )
    volumes = {
        "images": _acquire(grid, tumour.image, rng, contrast.noise),
        "masks": _sections(trace(grid, tumour, rng, reader=1)) >= 0.5,
        "masks_reader2": _sections(trace(grid, tumour, rng, reader=2)) >= 0.5,
    }
    for name, array in volumes.items():
        image = sitk.GetImageFromArray(array.astype(np.int16 if name == "images" else np.uint8))
        image.SetSpacing((pixel_mm, pixel_mm, thickness_mm))
        image.SetOrigin([-(n - 1) / 2 * step for n, step in zip(image.GetSize(), image.GetSpacing(), strict=True)])
        sitk.WriteImage(image, str(folder / name / f"{patient['patient_id']}.nii.gz"), useCompression=True)


def _acquire(
    grid: Grid, brightness: Float[np.ndarray, "z y x"], rng: np.random.Generator, noise: float
) -> Float[np.ndarray, "z y x"]:
    """What the scanner makes of it: thick sections, blur, uneven coil, a gain of its own, Rician noise, blank air."""
    coil = 1 + 0.06 * grid.smooth_noise(rng, 45.0)
    seen = ndimage.gaussian_filter(_sections(brightness * coil), (0, 0.45, 0.45))
    gain = WHITE_MATTER * float(np.exp(rng.normal(0.0, 0.12)))
    real, imaginary = noise * rng.standard_normal((2, *seen.shape))
    return np.round(gain * np.hypot(seen + real, imaginary)) * (seen > AIR)


def _sections(samples: Shaped[np.ndarray, "layer y x"]) -> Float[np.ndarray, "z y x"]:
    """Mean of the layers of each section."""
    return samples.reshape(-1, LAYERS_PER_SECTION, *samples.shape[1:]).mean(axis=1)


def _write_tables(folder: Path, patients: pd.DataFrame) -> None:
    """The cohort table, and apart from it the truth that no analysis may see."""
    table = patients.drop(columns=list(TRUTH))
    for position, (column, name) in enumerate(zip(("image", "mask", "mask_reader2"), FOLDERS, strict=True), start=1):
        table.insert(position, column, [f"{name}/{patient}.nii.gz" for patient in patients["patient_id"]])
    table["simulated"] = True
    table.to_csv(folder / "clinical.csv", index=False, lineterminator="\n")
    patients[["patient_id", *TRUTH]].to_csv(folder / "truth.csv", index=False, float_format="%.6f", lineterminator="\n")


def _check_arguments(n_patients: int, n_censored: int, effect: float, shares: Mapping[str, float]) -> None:
    if n_patients < 1:
        raise ConfigError(f"{n_patients} patients cannot be simulated; expected 1 or more")
    if not 0 <= n_censored < n_patients:
        raise ConfigError(f"{n_censored} of {n_patients} patients censored; expected 0 to {n_patients - 1}")
    if not 0 <= effect <= EFFECT_LIMIT:
        raise ConfigError(f"an effect of {effect} cannot be simulated; expected 0 (none) to {EFFECT_LIMIT:g}")
    unknown = [name for name in shares if name not in CONTRASTS]
    if unknown:
        raise ConfigError(f"no sequence {unknown[0]!r} to simulate; there are {', '.join(CONTRASTS)}")
    if any(not 0 <= share <= 1 for share in shares.values()) or not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
        given = ", ".join(f"{name}={share:g}" for name, share in shares.items()) or "none"
        raise ConfigError(f"sequence shares must sum to 1, for instance SE=0.6 and GE=0.4; found {given}")


def _check_folder(out_dir: Path, overwrite: bool) -> None:
    """Only an earlier simulated cohort may be replaced."""
    if not out_dir.exists():
        return
    if not out_dir.is_dir():
        raise ConfigError(f"{out_dir} is a file; expected a folder to write the cohort to: name another")
    inside = {entry.name for entry in out_dir.iterdir()}
    if inside and not overwrite:
        raise ConfigError(f"{out_dir} is not empty; name another folder, or replace the cohort in it with --overwrite")
    others = sorted(inside - {*FOLDERS, *FILES})
    if others:
        raise ConfigError(f"{out_dir} holds {others[0]}, which is no part of a simulated cohort; name another folder")


def _readme(n_patients: int, n_censored: int, effect: float, seed: int, shares: Mapping[str, float]) -> str:
    mix = ", ".join(f"{name}={share:g}" for name, share in shares.items())
    return f"""# SIMULATED cohort

Nobody in this folder exists. Written by `radsurv simulate`: {n_patients} patients, {n_patients - n_censored} events,
{n_censored} censored, effect {effect:g}, sequences {mix}, seed {seed}. It shows that the pipeline works; it says
nothing about any disease.

- `clinical.csv`: the cohort table; times in days.
- `images/`: contrast-enhanced T1-weighted heads with one ring-enhancing tumour each, smaller than life so that the
  files stay small.
- `masks/`, `masks_reader2/`: the tumour as two readers traced it.
- `truth.csv`: what the outcomes were drawn from: the standard deviation of `log_hazard` is the effect, and it grows
  with uneven enhancement (`heterogeneity`), the necrotic share (`necrosis`) and age. Not for use as a covariate.
"""
