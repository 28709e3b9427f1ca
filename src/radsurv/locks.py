"""One process at a time at a file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock

SOFT = ".softlock"
# What a file system answers that knows no locks (Lustre and NFS as they are often mounted).
WITHOUT_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}


@contextmanager
def alone(file: Path, patience_s: float) -> Iterator[None]:
    """Have a file for oneself, whose folder is there.

    The operating system gives the lock back when the process ends, however it ends. Where the file system has no locks, a file
    that is there as long as the process stands for one; of a process that was killed on this machine it is known to be void.

    Raises
    ------
    filelock.Timeout
        Another process has it for longer than `patience_s` seconds; its ``lock_file`` ends with `SOFT` where a file stands for the lock.
    OSError
        The folder cannot be written.
    """
    lock: BaseFileLock = FileLock(f"{file}.lock", timeout=patience_s, fallback_to_soft=False)
    try:
        lock.acquire()
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
        with suppress(OSError):
            Path(lock.lock_file).unlink()  # empty, and of no use where nobody can lock it
        lock = SoftFileLock(f"{file}{SOFT}", timeout=patience_s)
        lock.acquire()
    try:
        yield
    finally:
        if not isinstance(lock, SoftFileLock):
            with suppress(OSError):  # the folder may be gone
                # While it is held: who waits for it sees that it is gone. Left behind, only its owner could lock it.
                Path(lock.lock_file).unlink()
        lock.release()
