"""How a run went: when, on what machine, with which code."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import radsurv
from radsurv.catalogue import stages
from radsurv.catalogue.record import Execution
from radsurv.config import Config
from radsurv.environment import command_line, package_versions
from radsurv.files import fingerprint
from radsurv.stages import conf_folder, params_file
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


def _command(config: Config, *, under_dvc: bool) -> str:
    """What to type to run it again."""
    if under_dvc:
        return "dvc exp run" if "DVC_EXP_NAME" in os.environ else "dvc repro"
    return command_line(["radsurv", "run", *conf_folder.flags(), *without_selection(sys.argv[1:], config)])


def _dirty(config: Config, *, under_dvc: bool) -> bool:
    """Whether the commit alone does not bring this run back.

    ``dvc repro`` itself writes ``dvc.lock`` and ``params.yaml``: they count only where ``params.yaml``, which the stages
    read, holds other options than ``conf/`` (``dvc exp run -S``).
    """
    written = (f":(top,exclude){name}" for name in ("dvc.lock", str(params_file.PARAMS)))
    changed = bool(_git("status", "--porcelain", "--untracked-files=no", "--", ":(top)", *written))
    return changed or (under_dvc and bool(params_file.other_options(config)))


def collect(config: Config, folder: RunFolder) -> Execution:
    """Versions of all that took part, and how each stage went, of the results that stand in the folder."""
    commit = _commit()
    return Execution(
        results=fingerprint(folder.root / name for name in stages.RESULTS),
        command=_command(config, under_dvc=folder.by_stages),
        conf=conf_folder.described(),
        conf_sha256=conf_folder.content_hash(),
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        git_commit=commit,
        git_dirty=commit is not None and _dirty(config, under_dvc=folder.by_stages),
        python=platform.python_version(),
        platform=platform.platform(),
        machine=platform.machine(),
        cores=_cores(),
        packages=package_versions(),
        stages=folder.executions(),
    )
