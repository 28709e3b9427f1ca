"""Memory that a layer frees is there for the next one; and goes back when the network has done."""

import json
import platform
import resource
import subprocess
import sys

import pytest

from radsurv.deep.freed_memory import kept_for_reuse

TENSOR, N_TENSORS = 64 << 20, 60  # bytes: more than glibc ever keeps by itself
PAGES = N_TENSORS * TENSOR // resource.getpagesize()

# In an interpreter of its own, whose memory nobody else has used. Pages that the system has handed out, and bytes that it has not back.
PROGRAM = f"""
import json, resource
from pathlib import Path
import torch
from radsurv.deep.freed_memory import kept_for_reuse

def asked_for():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range({N_TENSORS}):
        torch.ones({TENSOR}, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

found = dict(usual=asked_for(), before=held())
try:
    with kept_for_reuse():
        found |= dict(kept=asked_for(), within=held())
        raise RuntimeError("no such layer")
except RuntimeError:
    found["after"] = held()
print(json.dumps(found))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_what_is_freed_is_used_again_and_goes_back_also_where_the_network_fails():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    if found["usual"] < PAGES:
        pytest.skip("the system hands out memory in larger pages than its smallest")
    assert found["kept"] <= PAGES / 3  # the first ones, until one fits between what else is there
    assert found["within"] > found["before"] + TENSOR / 2
    assert found["after"] < found["before"] + TENSOR / 2


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    with kept_for_reuse():
        pass
