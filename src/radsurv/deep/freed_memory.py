"""What becomes of the memory that a network's layers free: PyTorch asks the C library for every tensor on the processor anew."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

# Of malloc.h: how much may lie free at the end of the heap before it goes back; from which size on a block is asked of the system by
# itself; how many may be.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4
KEPT = {M_MMAP_MAX: 0, M_TRIM_THRESHOLD: 2**31 - 1}
# The thresholds as high as glibc itself raises them when blocks of such a size are freed.
USUAL = {M_MMAP_MAX: 65_536, M_MMAP_THRESHOLD: 32 << 20, M_TRIM_THRESHOLD: 64 << 20}


@contextmanager
def kept_for_reuse() -> Iterator[None]:
    """A block in which the C library keeps what is freed, and hands it out again.

    From 32 MB on glibc takes every block from the system and gives it back when it is freed, so that each layer's output of
    a batch is first filled with zeros, page by page, by the system: more than half of the time of a network with small
    layers. Afterwards what lies free goes back. Changes no digit, and does nothing with other C libraries.
    """
    libc = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
    if libc is None:
        yield
        return
    for setting, value in KEPT.items():
        libc.mallopt(setting, value)
    try:
        yield
    finally:
        for setting, value in USUAL.items():
            libc.mallopt(setting, value)
        libc.malloc_trim(ctypes.c_size_t(0))
