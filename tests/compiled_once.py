"""Kernels compiled once for all processes of the tests.

Numba keeps what it compiles beside the sources, and a fresh clone has none of it: twenty seconds for the path solver alone, which two
workers that come to it at the same time both spent. Whoever comes second now waits, and reads what the first has stored.
"""

from __future__ import annotations

import functools
import os
from fcntl import LOCK_EX, LOCK_UN, flock  # here, because tests take it from its module
from pathlib import Path
from typing import Any

from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher


def share(folder: Path) -> None:
    """From now on, in this process, with all others that name the same folder."""
    lock, depth = os.open(folder / "compiles.lock", os.O_RDWR | os.O_CREAT), 0
    compiled = Dispatcher.compile

    @functools.wraps(compiled)
    def one_at_a_time(self: Dispatcher, signature: Any) -> Any:
        nonlocal depth
        # Numba's own lock first, as in a kernel that calls another: else two threads could wait for each other.
        with global_compiler_lock:
            if not depth:
                flock(lock, LOCK_EX)
            depth += 1
            try:
                return compiled(self, signature)
            finally:
                depth -= 1
                if not depth:
                    flock(lock, LOCK_UN)

    Dispatcher.compile = one_at_a_time
