"""Memory that a layer frees is there for the next one; and goes back when the network has done."""

import platform
import resource
from pathlib import Path

import pytest

from radsurv.deep.freed_memory import kept_for_reuse

torch = pytest.importorskip("torch")

MIB = 1 << 20
TENSOR = 64 * MIB  # more than glibc ever keeps by itself
PAGE = resource.getpagesize()

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")


def pages_asked_for(n_tensors: int) -> int:
    """By tensors that are freed one after the other."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(n_tensors):
        torch.ones(TENSOR, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def test_what_is_freed_is_used_again():
    usual = pages_asked_for(20)
    if usual < 20 * TENSOR // PAGE:
        pytest.skip("the system hands out memory in larger pages than its smallest")
    with kept_for_reuse():
        kept = pages_asked_for(20)
    assert kept <= usual / 5  # the first ones, until one fits between what else is there
    assert pages_asked_for(20) > usual / 2  # as before


def test_what_lies_free_goes_back_also_where_the_network_fails():
    def failing():
        with kept_for_reuse():
            pages_asked_for(1)
            held.append(resident())
            raise RuntimeError("no such layer")

    held, before = [], resident()
    with pytest.raises(RuntimeError, match="no such layer"):
        failing()
    assert held[0] > before + TENSOR / 2
    assert resident() < before + TENSOR / 2


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    with kept_for_reuse():
        pass
