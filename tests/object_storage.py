"""Storage for tests: fsspec's own in memory, and cohorts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec

BUCKET = "plantedbucket"


@contextmanager
def emptied() -> Iterator[fsspec.AbstractFileSystem]:
    """That of ``memory://``, which is one for all of a process, without anything in it, before and after."""
    found = fsspec.filesystem("memory")
    found.store.clear()
    found.pseudo_dirs[:] = [""]
    try:
        yield found
    finally:
        found.store.clear()
        found.pseudo_dirs[:] = [""]


def put(to: fsspec.AbstractFileSystem, folder: Path, key: str) -> None:
    """Every file of a folder as an object."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            to.pipe_file(f"{key}/{path.relative_to(folder).as_posix()}", path.read_bytes())
