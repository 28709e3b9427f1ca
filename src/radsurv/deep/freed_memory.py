"""What becomes of the memory that a network's layers free: PyTorch asks the C library for every tensor on the processor anew."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

# Of malloc.h. The first two: what lies free at the end of the heap before it goes back, and what is asked of the system by itself.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
UNLIMITED = 2**31 - 1
# As high as glibc itself raises them when blocks of this size are freed.
USUAL_MMAP, USUAL_TRIM = 32 << 20, 64 << 20


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
    libc.mallopt(M_MMAP_THRESHOLD, UNLIMITED)
    libc.mallopt(M_TRIM_THRESHOLD, UNLIMITED)
    try:
        yield
    finally:
        libc.mallopt(M_MMAP_THRESHOLD, USUAL_MMAP)
        libc.mallopt(M_TRIM_THRESHOLD, USUAL_TRIM)
        libc.malloc_trim(ctypes.c_size_t(0))
