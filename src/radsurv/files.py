"""Files that are whole or not there, and hashes of them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Have the operating system's errors within the block name `path`, where they name no file, or a temporary one beside it.

    A full disk shows when bytes are written, and such errors do not say to which file.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None and not str(error.filename).startswith(_temporary(path)):
            raise
        said = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno, said, str(path)) from error


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place only if the block ends well.

    Raises
    ------
    OSError
        Naming `path`, whatever was the matter with the temporary file.
    """
    with about(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=Path(_temporary(path)).name, suffix=".tmp")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _temporary(path: Path) -> str:
    """How the names of its temporary files begin."""
    return str(path.with_name(f".{path.name}."))


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
