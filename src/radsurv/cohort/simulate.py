"""A SIMULATED cohort, with images, two readers' outlines and survival times whose cause is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from radsurv.cohort.simulated_checks import check_missing, check_patients, check_scans, check_sequences, listed
from radsurv.cohort.simulated_head import CONTRASTS
from radsurv.cohort.simulated_outcomes import SITES, draw_patients, without_values
from radsurv.cohort.simulated_scans import DICOM_FOLDER, OUTLINES, Scans, write_patient
from radsurv.compute.parallel import in_processes
from radsurv.errors import ConfigError

FOLDERS = {"images", *(f"images_{name.lower()}" for name in CONTRASTS), *OUTLINES.values(), DICOM_FOLDER}
TRUE_VALUES = "truth.csv"  # beside simulated patients alone
FILES = ("clinical.csv", TRUE_VALUES, "README.md")
TRUTH = ("heterogeneity", "necrosis", "log_hazard")
CONTRAST_ENHANCED = {"SE", "GE", "IR"}  # T1-weighted with contrast agent


def simulate(
    out_dir: Path,
    *,
    n_patients: int = 50,
    n_censored: int = 5,
    effect: float = 1.6,
    seed: int = 0,
    sequences: Mapping[str, float] | None = None,
    scans: Scans | None = None,
    missing: Mapping[str, float] | None = None,
    overwrite: bool = False,
    n_jobs: int = 1,
    progress: Callable[[Iterable[None]], Iterable[None]] = iter,
) -> Path:
    """Write a simulated cohort: ``clinical.csv``, ``truth.csv``, ``README.md``, images and masks.

    The same arguments give the same bytes, with any number of processes. The folder appears when it is complete. No more than one
    patient for each process is held in memory.

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
        Share of each MR sequence of the analysed image, or number of patients: "SE" (spin echo), "GE" (gradient echo), "IR" (gradient
        echo with inversion), all after contrast agent; "T1", "T2", "FLAIR". They sum to 1, or to `n_patients`. Default: all "SE".
    scans : Scans, optional
        Further images, thicknesses, scanners, and the form of the files. Default: one image, NIfTI.
    missing : mapping, optional
        Share of patients without a value, of ``age, sex, site, sequence``; whoever they are.
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
    scans = scans or Scans()
    missing = missing or {}
    check_patients(n_patients, n_censored, effect)
    check_sequences(shares, n_patients)
    check_scans(scans, n_patients)
    check_missing(missing)
    out_dir = Path(out_dir).resolve()
    _check_folder(out_dir, overwrite)

    cohort_seed, *patient_seeds = np.random.SeedSequence(seed).spawn(n_patients + 1)
    rng = np.random.default_rng(cohort_seed)
    patients = draw_patients(
        rng,
        n_patients=n_patients,
        n_censored=n_censored,
        effect=effect,
        sequences=shares,
        sites=SITES if scans.scanners is None else {name: its.share for name, its in scans.scanners.items()},
        thicknesses=scans.thicknesses,
    )
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out_dir.parent, prefix=".radsurv-simulate-") as scratch:
        folder = Path(scratch) / "cohort"
        for name in scans.folders:
            (folder / name).mkdir(parents=True)
        drawn = zip(patients.to_dict("records"), patient_seeds, strict=True)
        for _ in progress(in_processes(partial(write_patient, folder, scans), drawn, n_jobs)):
            pass
        _write_tables(folder, without_values(patients, missing, rng), scans)
        asked, files = _said(shares, scans, missing), _files_said(shares, scans)
        (folder / "README.md").write_text(
            _readme(n_patients, n_censored, effect, seed, asked, files), encoding="utf-8", newline="\n"
        )
        if out_dir.exists():
            out_dir.replace(Path(scratch) / "replaced")
        folder.replace(out_dir)
    return out_dir / "clinical.csv"


def _write_tables(folder: Path, patients: pd.DataFrame, scans: Scans) -> None:
    """The cohort table, and apart from it the truth that no analysis may see."""
    table = patients.drop(columns=list(TRUTH))
    for position, column in enumerate(scans.columns, start=1):
        table.insert(position, column, [scans.cell(patient, column) for patient in patients["patient_id"]])
    table["simulated"] = True
    table.to_csv(folder / "clinical.csv", index=False, lineterminator="\n")
    patients[["patient_id", *TRUTH]].to_csv(folder / TRUE_VALUES, index=False, float_format="%.6f", lineterminator="\n")


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


def _said(sequences: Mapping[str, float], scans: Scans, missing: Mapping[str, float]) -> str:
    """What was asked for, as far as it is none of the defaults; sequences always."""
    said = f"sequences {listed(sequences)}"
    if scans.thicknesses is not None:
        said += f", sections in mm {listed(scans.thicknesses)}"
    if scans.scanners is not None:
        said += ", scanners " + ", ".join(
            f"{name}={its.share:g} (intensities × {its.gain:g})" for name, its in scans.scanners.items()
        )
    return said + (f", without values {listed(missing)}" if missing else "")


def _files_said(sequences: Iterable[str], scans: Scans) -> str:
    """What lies in which folder."""
    heads = "contrast-enhanced T1-weighted heads" if CONTRAST_ENHANCED.issuperset(sequences) else "heads"
    images, *further = [name for name in scans.columns if name not in OUTLINES]
    outlines = ", ".join(f"`{scans.place(name)}`" for name in OUTLINES)
    lines = [
        f"- `{scans.place(images)}`: {heads} with one ring-enhancing tumour each, smaller than life so that the",
        "  files stay small.",
        *(f"- `{scans.place(name)}`: the same heads." for name in further),
        f"- {outlines}: the tumour as two readers traced it.",
    ]
    return "\n".join(lines)


def _readme(n_patients: int, n_censored: int, effect: float, seed: int, asked: str, files: str) -> str:
    return f"""# SIMULATED cohort

Nobody in this folder exists. Written by `radsurv simulate`: {n_patients} patients, {n_patients - n_censored} events,
{n_censored} censored, effect {effect:g}, {asked}, seed {seed}. It shows that the pipeline works; it says
nothing about any disease.

- `clinical.csv`: the cohort table; times in days.
{files}
- `truth.csv`: what the outcomes were drawn from: the standard deviation of `log_hazard` is the effect, and it grows
  with uneven enhancement (`heterogeneity`), the necrotic share (`necrosis`) and age. Not for use as a covariate.
"""
