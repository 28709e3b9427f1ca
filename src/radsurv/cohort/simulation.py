"""``radsurv simulate``: its options, and what they ask for."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from radsurv.errors import ConfigError

if TYPE_CHECKING:
    from radsurv.cohort.simulated_scans import Scanner


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options."""
    parser.add_argument("out_dir", type=Path, metavar="DIR", help="folder to make")
    parser.add_argument("--patients", type=int, default=50, help="how many")
    parser.add_argument("--censored", type=int, default=5, help="how many of them are censored")
    parser.add_argument(
        "--effect", type=float, default=1.6, help="how strongly the tumours drive the hazard; 0: not at all"
    )
    parser.add_argument(
        "--sequence",
        action="append",
        metavar="NAME=SHARE",
        help="sequence mix, repeatable: SE, GE, IR (T1 after contrast agent), T1, T2, FLAIR, e.g. --sequence SE=0.6 --sequence GE=0.4, or"
        " by numbers of patients",
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="NAME",
        help="a further image of every patient, repeatable, e.g. --also FLAIR: column image_flair",
    )
    parser.add_argument(
        "--thickness",
        action="append",
        metavar="MM=SHARE",
        help="mix of section thicknesses, repeatable, e.g. --thickness 3=0.5",
    )
    parser.add_argument(
        "--scanner",
        action="append",
        metavar="SITE=SHARE[,GAIN]",
        help="mix of sites, repeatable; GAIN: how many times as large the intensities are, e.g. --scanner A=0.5 --scanner B=0.5,2",
    )
    parser.add_argument(
        "--missing",
        action="append",
        metavar="COLUMN=SHARE",
        help="share of patients without age, sex, site or sequence, repeatable, e.g. --missing age=0.1",
    )
    parser.add_argument(
        "--dicom",
        choices=("seg", "rtstruct"),
        help="DICOM in place of NIfTI: a folder for each patient, outlines of this kind",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same bytes")
    parser.add_argument("--overwrite", action="store_true", help="replace DIR if it is there")


def run(options: argparse.Namespace) -> int:
    """Make the cohort, and say where its table is."""
    # Imported here because the command line starts without them.
    from rich.progress import track

    from radsurv.cohort.simulate import simulate
    from radsurv.cohort.simulated_scans import Scans

    table = simulate(
        options.out_dir,
        n_patients=options.patients,
        n_censored=options.censored,
        effect=options.effect,
        seed=options.seed,
        sequences=_shares("--sequence", options.sequence, "SE=0.6"),
        scans=Scans(
            further=tuple(options.also),
            thicknesses=_thicknesses(options.thickness),
            scanners=_scanners(options.scanner),
            form=options.dicom or "nifti",
        ),
        missing=_shares("--missing", options.missing, "age=0.1"),
        overwrite=options.overwrite,
        n_jobs=2,
        progress=lambda done: track(done, total=options.patients, transient=True, disable=not sys.stderr.isatty()),
    )
    print(f"{options.patients} SIMULATED patients: {table}")
    return 0


def _thicknesses(pairs: list[str] | None) -> dict[float, float] | None:
    """``["3=0.5", "6=0.5"]`` as a mapping."""
    shares = _shares("--thickness", pairs, "3=0.5")
    if shares is None:
        return None
    return {_number("--thickness", f"{mm}={share:g}", mm, "3=0.5"): share for mm, share in shares.items()}


def _scanners(pairs: list[str] | None) -> dict[str, Scanner] | None:
    """``["A=0.5", "B=0.5,2"]`` as a mapping."""
    from radsurv.cohort.simulated_scans import Scanner

    if pairs is None:
        return None
    gains: dict[str, float] = {}
    shares: list[str] = []
    for pair in pairs:
        share, comma, gain = pair.partition(",")
        shares.append(share)
        gains[share.partition("=")[0]] = _number("--scanner", pair, gain, "A=0.5,2") if comma else 1.0
    return {
        name: Scanner(share, gains[name]) for name, share in (_shares("--scanner", shares, "A=0.5,2") or {}).items()
    }


def _shares(option: str, pairs: list[str] | None, example: str) -> dict[str, float] | None:
    """``["SE=0.6", "GE=0.4"]`` as a mapping."""
    if pairs is None:
        return None
    shares: dict[str, float] = {}
    for pair in pairs:
        name, _, share = pair.partition("=")
        if name in shares:
            raise ConfigError(f"{option} {pair!r}: {name!r} was given a share already; give it one")
        shares[name] = _number(option, pair, share, example)
    return shares


def _number(option: str, pair: str, text: str, example: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{option} {pair!r}: expected NAME=SHARE, for instance {example}") from None
