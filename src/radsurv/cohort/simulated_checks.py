"""What can be simulated: everything else is said to be out of range, with what was expected."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from radsurv.cohort.simulated_head import CONTRASTS
from radsurv.cohort.simulated_scans import Scans
from radsurv.errors import ConfigError

EFFECT_LIMIT = 5.0
THICKNESS_RANGE_MM = (0.5, 10.0)
GAIN_RANGE = (0.05, 20.0)  # intensities are stored in 16 bit
NAME_LENGTH = 64  # as DICOM allows it for an institution
MAY_BE_MISSING = ("age", "sex", "site", "sequence")


def listed(shares: Mapping[Any, float]) -> str:
    """What was asked for, in words."""
    return ", ".join(
        f"{name:g}={share:g}" if isinstance(name, float) else f"{name}={share:g}" for name, share in shares.items()
    )


def check_patients(n_patients: int, n_censored: int, effect: float) -> None:
    """How many there are, and how their outcomes come about."""
    if n_patients < 1:
        raise ConfigError(f"{n_patients} patients cannot be simulated; expected 1 or more")
    if not 0 <= n_censored < n_patients:
        raise ConfigError(f"{n_censored} of {n_patients} patients censored; expected 0 to {n_patients - 1}")
    if not 0 <= effect <= EFFECT_LIMIT:
        raise ConfigError(f"an effect of {effect} cannot be simulated; expected 0 (none) to {EFFECT_LIMIT:g}")


def check_sequences(shares: Mapping[str, float], n_patients: int) -> None:
    """The mix of sequences."""
    _check_names(shares)
    _check_shares(shares, n_patients, "sequence", "SE=0.6 and GE=0.4")


def check_scans(scans: Scans, n_patients: int) -> None:
    """Further images, thicknesses, scanners."""
    _check_names(scans.further)
    twice = [name for name in scans.further if scans.further.count(name) > 1]
    if twice:
        raise ConfigError(f"the further image {twice[0]} is asked for twice; expected each once")
    if scans.thicknesses is not None:
        _check_shares(scans.thicknesses, n_patients, "thickness", "3=0.5 and 6=0.5")
        low, high = THICKNESS_RANGE_MM
        wrong = [mm for mm in scans.thicknesses if not low <= mm <= high]
        if wrong:
            raise ConfigError(f"sections of {wrong[0]:g} mm cannot be simulated; expected {low:g} to {high:g} mm")
    if scans.scanners is not None:
        shares = {name: its.share for name, its in scans.scanners.items()}
        _check_shares(shares, n_patients, "scanner", "A=0.5 and B=0.5")
        low, high = GAIN_RANGE
        for name, its in scans.scanners.items():
            if not name.isprintable() or not 1 <= len(name) <= NAME_LENGTH:
                raise ConfigError(
                    f"no scanner can be called {name!r}; expected 1 to {NAME_LENGTH} printable characters"
                )
            if not low <= its.gain <= high:
                raise ConfigError(
                    f"scanner {name} with intensities {its.gain:g} times as large; expected {low:g} to {high:g}"
                )


def _check_names(names: Iterable[str]) -> None:
    unknown = [name for name in names if name not in CONTRASTS]
    if unknown:
        raise ConfigError(f"no sequence {unknown[0]!r} to simulate; there are {', '.join(CONTRASTS)}")


def _check_shares(shares: Mapping[Any, float], n_patients: int, what: str, example: str) -> None:
    """Shares of 1, or whole numbers of patients."""
    total = sum(shares.values())
    counts = all(share == round(share) for share in shares.values() if math.isfinite(share)) and total == n_patients
    if any(not 0 <= share <= n_patients for share in shares.values()) or not (
        counts or math.isclose(total, 1, abs_tol=1e-6)
    ):
        raise ConfigError(
            f"{what} shares must sum to 1, for instance {example}, or be numbers of the {n_patients} patients; found"
            f" {listed(shares) or 'none'}"
        )


def check_missing(missing: Mapping[str, float]) -> None:
    """Which values are missing."""
    for column, share in missing.items():
        if column not in MAY_BE_MISSING:
            raise ConfigError(f"no values of {column!r} can be missing; expected one of {', '.join(MAY_BE_MISSING)}")
        if not 0 <= share <= 1:
            raise ConfigError(f"values of {column} missing in a share of {share:g}; expected 0 to 1")
