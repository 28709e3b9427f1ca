"""Provenance: enough to run the experiment again."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import radsurv
from radsurv.catalogue.record import Provenance
from radsurv.catalogue.tables import COHORT, DEEP, FEATURES, RADIOMICS
from radsurv.config import Config, validate
from radsurv.environment import command_line, package_versions
from radsurv.files import sha256
from radsurv.stages import compose, conf_folder
from radsurv.stages.naming import without_selection
from radsurv.stages.run_folder import RunFolder

# The installed code: its commit counts, not that of the folder where one stands.
SOURCE = Path(radsurv.__file__).parent


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(SOURCE), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _commit() -> str | None:
    """Of the checkout that has the code under version control; a virtual environment in somebody's repository is none."""
    if _git("ls-files", "--error-unmatch", "--", "__init__.py") is None:
        return None
    return _git("rev-parse", "HEAD")


def _cores() -> int | None:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _command(config: Config) -> str:
    """What to type to run it again."""
    if _under_dvc():
        return "dvc exp run" if "DVC_EXP_NAME" in os.environ else "dvc repro"
    return command_line(["radsurv", "run", *conf_folder.flags(), *without_selection(sys.argv[1:], config)])


def _dirty(config: Config) -> bool:
    """Whether the commit alone does not bring this run back.

    ``dvc repro`` itself writes ``dvc.lock`` and ``params.yaml``: they count only where ``params.yaml``, which the stages
    read, holds other options than ``conf/`` (``dvc exp run -S``).
    """
    written = (f":(top,exclude){name}" for name in ("dvc.lock", str(compose.PARAMS)))
    changed = bool(_git("status", "--porcelain", "--untracked-files=no", "--", ":(top)", *written))
    return changed or (_under_dvc() and config != validate(compose.compose()))


def _under_dvc() -> bool:
    return sys.argv[1:2] == ["stage"]


def collect(config: Config, folder: RunFolder) -> Provenance:
    """Versions, hashes, seeds, and what each stage noted of itself."""
    commit = _commit()
    tables = [folder.path(table) for table in (COHORT, FEATURES, RADIOMICS, DEEP)]
    return Provenance(
        command=_command(config),
        conf=conf_folder.described(),
        conf_sha256=conf_folder.content_hash(),
        radsurv=radsurv.__version__,
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        git_commit=commit,
        git_dirty=commit is not None and _dirty(config),
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        cores=_cores(),
        packages=package_versions(),
        inputs={path.name: sha256(path) for path in tables if path.is_file()},
        seed=config.seed,
        stages=folder.records(),
    )
