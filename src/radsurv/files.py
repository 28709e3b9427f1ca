"""Files that are whole or not there, and hashes of them."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from radsurv.errors import RadsurvError
from radsurv.formats import one_line

LONGEST_FAULT = 160
DVC_COPIES = (".dvc", "tmp", "exps")  # where `dvc exp run --temp` and `--queue` have theirs


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

    The file has the rights that umask and folder give to any new file; those of ``tempfile`` are their owner's alone.

    Raises
    ------
    OSError
        Naming `path`, whatever was the matter with the temporary file.
    """
    with about(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(f"{_temporary(path)}{secrets.token_hex(8)}.tmp")
        temporary.touch(exist_ok=False)
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def readable(shown: Path, remedy: str) -> Iterator[None]:
    """Have whatever libraries say of a file's content within the block be one error that names the file as `shown`.

    Parameters
    ----------
    remedy
        What to do, as the end of the sentence.

    Raises
    ------
    RadsurvError
        For every ValueError (of JSON, CSV, UTF-8, Parquet, pydantic), and an OSError that is not the operating system's.
    """
    try:
        yield
    except (ValueError, NotImplementedError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        said = one_line(error)[:LONGEST_FAULT]
        raise RadsurvError(f"{shown} is damaged ({said}): {remedy}") from None


def repository() -> Path | None:
    """The folder around the working folder that has DVC's own; of a copy that DVC has made to run an experiment in, the original."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if folder.parts[-len(DVC_COPIES) :] == DVC_COPIES:
            return folder.parents[len(DVC_COPIES) - 1]
    return next((folder for folder in (here, *here.parents) if (folder / DVC_COPIES[0]).is_dir()), None)


def at_home(path: str) -> Path:
    """A path with ``~`` followed; as it is where nobody knows whose home that is (a container's user may have none)."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _temporary(path: Path) -> str:
    """How the names of its temporary files begin."""
    return str(path.with_name(f".{path.name}."))


def fingerprint(paths: Iterable[Path]) -> str:
    """One hash of the names and bytes of several files; those that are not there count as that."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name} {sha256(path) if path.is_file() else None}\n".encode())
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
