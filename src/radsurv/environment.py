"""Where and how the program runs, for records and reports that may leave the house: versions, and the command without secrets."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import platform
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

# What the numbers depend on. The lock file has the rest.
PACKAGES = (
    "numpy", "scipy", "pandas", "scikit-survival", "numba", "pyradiomics-bhklab", "simpleitk", "pydicom", "scikit-image",
    "torch", "torchvision", "pytorch-lightning", "hydra-core", "dvc", "optuna", "wandb",
)  # fmt: skip
SECRET = re.compile(r"key|token|secret|passw|credential|auth", re.IGNORECASE)
# Options that tell of somebody's machines (ComputeConfig.whereabouts).
MACHINES = re.compile(r"\+*compute\.(shared_cache|address|queue|account|directives|prologue|interface)")
IN_ADDRESS = re.compile(r"(\w://)[^/@\s'\"]+@")
# Shorter values of environment variables are words that stand anywhere.
LONG_ENOUGH = 8
HIDDEN = "***"


def package_versions() -> dict[str, str]:
    """Of the packages that the numbers depend on."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


@functools.cache
def code_hash(*rooms: str) -> str:
    """SHA-256 of the code that a number may depend on: source files, and the versions of Python and of `PACKAGES`.

    Parameters
    ----------
    rooms
        Folders of ``src/radsurv``; all files of the package if none is given.
    """
    source = Path(__file__).parent
    digest = hashlib.sha256(repr([platform.python_version(), package_versions()]).encode())
    for path in sorted(path for room in rooms or (".",) for path in (source / room).rglob("*")):
        if path.is_file() and path.suffix in (".py", ".j2"):
            digest.update(f"\n{path.relative_to(source).as_posix()} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def command_line(words: Sequence[str]) -> str:
    """What to type to run it again, without what looks like a secret."""
    return without_secrets(shlex.join([_word(word) for word in words]))


def without_secrets(text: str) -> str:
    """A text without names and passwords in addresses, and without the values of environment variables that are named like secrets."""
    for name, value in os.environ.items():
        if SECRET.search(name) and len(value) >= LONG_ENOUGH:
            text = text.replace(value, HIDDEN)
    return IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)


def _word(word: str) -> str:
    """``name=value`` without the value, where the name is that of a secret, or of somebody's machines."""
    name, equals, _ = word.partition("=")
    return f"{name}={HIDDEN}" if equals and (SECRET.search(name) or MACHINES.fullmatch(name)) else word
