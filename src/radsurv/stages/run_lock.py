"""One process at a time in a folder: a second one is told who is at work."""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout
from pydantic import BaseModel, ValidationError

from radsurv.errors import ConfigError
from radsurv.files import atomic

# Says that the folder is a run's, and who is at work in it; empty when nobody is.
RUN = ".radsurv-run"
SWEEP = ".radsurv-sweep"
CHECK = ".radsurv-check"  # says only who is at work: a check makes no folder a run's
# What a file system answers that knows no locks (Lustre and NFS as they are often mounted).
WITHOUT_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}
# One that is about to end, or to write who it is, is waited for.
PATIENCE_S = 0.5


class Owner(BaseModel):
    """Who is at work in a folder."""

    pid: int
    host: str
    since: str


@contextmanager
def locked(place: Path, shown: Path, name: str = RUN) -> Iterator[None]:
    """Have a folder, which is made if it is not there, for oneself.

    The operating system gives the lock back when the process ends, however it ends. Where the file system has no locks, a file
    that is there as long as the process stands for one; of a process that was killed on this machine it is known to be void.

    Parameters
    ----------
    shown
        The folder as messages name it.
    name
        Of the file that tells what the folder is, and who is at work in it. It is written before anything else.

    Raises
    ------
    ConfigError
        When another process has it, with its number, its machine, and since when.
    OSError
        When the folder cannot be written.
    """
    place.mkdir(parents=True, exist_ok=True)
    lock = _acquired(place / name, shown)
    try:
        own = Owner(pid=os.getpid(), host=platform.node(), since=f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}")
        with atomic(place / name) as temporary:
            temporary.write_text(own.model_dump_json() + "\n", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):  # the folder may be gone
            if name == CHECK:
                (place / name).unlink()
            else:
                (place / name).write_bytes(b"")
            if not isinstance(lock, SoftFileLock):
                # While it is held: who waits for it sees that it is gone. Left behind, only its owner could lock it.
                Path(lock.lock_file).unlink()
        lock.release()


def _acquired(file: Path, shown: Path) -> BaseFileLock:
    lock: BaseFileLock = FileLock(f"{file}.lock", timeout=PATIENCE_S, fallback_to_soft=False)
    hint = ""
    try:
        try:
            lock.acquire()
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
            lock = SoftFileLock(f"{file}.softlock", timeout=PATIENCE_S)
            hint = f"; if that process is no more, delete {shown / Path(lock.lock_file).name}"
            lock.acquire()
    except Timeout:
        raise ConfigError(
            f"run_dir={shown} is in use by another radsurv ({_owner(file)}): wait for its end, or name another run_dir{hint}"
        ) from None
    return lock


def _owner(file: Path) -> str:
    try:
        found = Owner.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return "which has not said yet who it is"
    return f"process {found.pid} on {found.host}, since {found.since}"
