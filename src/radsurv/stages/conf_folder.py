"""Which ``conf/`` is read: the package's own, unless somebody says otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import radsurv
from radsurv.errors import ConfigError

NAME = "conf"
ROOT_FILE = "config.yaml"
# Hydra programs by the thousand have a conf/config.yaml. One is ours where the pipeline beside it composes it.
PIPELINE, MARK = "dvc.yaml", "radsurv stage compose"
_chosen: ContextVar[Path | None] = ContextVar("conf folder", default=None)
_beside: ContextVar[Path | None] = ContextVar("folder beside it", default=None)


def is_part(folder: Path) -> bool:
    """Whether a folder has configurations, and is no whole ``conf/``: Hydra then looks for them there too, in the way of its own."""
    return not (folder / ROOT_FILE).exists() and any(folder.glob("*.yaml"))


@contextmanager
def with_part(folder: Path) -> Iterator[None]:
    """Have people told in this block that a folder is looked through beside ``conf/``."""
    token = _beside.set(folder)
    try:
        yield
    finally:
        _beside.reset(token)


@contextmanager
def chosen(folder: Path | None) -> Iterator[None]:
    """Have another folder read in this block, ``--config-dir``; no other where None.

    Raises
    ------
    ConfigError
        When there is no ``config.yaml`` in it.
    """
    if folder is not None and not (folder / ROOT_FILE).is_file():
        raise ConfigError(
            f"--config-dir={folder} has no {ROOT_FILE}, nor another configuration: expected a folder like RadSurv's own conf/, whole,"
            " or one with a file for --config-name, as radsurv ingest writes it"
        )
    token = _chosen.set(folder)
    try:
        yield
    finally:
        _chosen.reset(token)


def conf_dir() -> Path:
    """The folder in force: the chosen one; else that of a clone, where one stands in it; else the package's own.

    Raises
    ------
    ConfigError
        When the package has none.
    """
    found = _chosen.get()
    if found is not None:
        return found.absolute()
    if is_clone():
        return Path(NAME).absolute()
    return packaged()


def packaged() -> Path:
    """The package's own, wherever one stands.

    Raises
    ------
    ConfigError
        When the package has none.
    """
    source = Path(radsurv.__file__)
    for candidate in (source.parent / NAME, source.parents[2] / NAME):
        if (candidate / ROOT_FILE).is_file():
            return candidate
    raise ConfigError(f"the installed package has lost its {NAME}/{ROOT_FILE}: install it again, or give --config-dir")


def described() -> str:
    """Which folder is read, for people and for provenance: the chosen one as it was given; no path of the package."""
    found = _chosen.get()
    if found is not None:
        return str(found)
    own = f"{NAME} of the folder where the run was started" if is_clone() else "conf of the package"
    beside = _beside.get()
    return own if beside is None else f"{own}, and {beside}"


def flags() -> list[str]:
    """What has the same folder read by another command."""
    found = _chosen.get()
    return [] if found is None else [f"--config-dir={found}"]


def ignored() -> str | None:
    """What to say of a ``conf/`` in the working folder that is not read."""
    mine = Path(NAME)
    if not (mine / ROOT_FILE).is_file() or mine.resolve() == conf_dir().resolve():
        return None
    return f"{NAME}/ in this folder is not read, as no {PIPELINE} beside it runs `{MARK}`: --config-dir={NAME} reads it"


def content_hash() -> str:
    """SHA-256 of the names and contents of all files of the folder in force."""
    root, digest = conf_dir(), hashlib.sha256()
    for path in sorted(root.rglob("*.yaml")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def is_clone() -> bool:
    """Whether one stands in a clone of RadSurv, or in what ``radsurv init`` wrote: beside a pipeline of DVC's that composes ``conf/``."""
    try:
        pipeline = Path(PIPELINE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return MARK in pipeline and (Path(NAME) / ROOT_FILE).is_file()
