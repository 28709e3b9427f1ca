"""The process: ``radsurv``, or ``python -m radsurv``."""

import os
import subprocess
import sys

import pytest

from radsurv import __version__

# A command that leaves behind what a library may leave: a thread at work, a folder, text in a buffer, a last word.
LEAVES = """
import atexit, sys, tempfile, threading, time
import radsurv.cli
from radsurv.__main__ import enter

class Slow:
    def __del__(self):
        print("taken apart")

def main():
    global folder, slow
    folder, slow = tempfile.TemporaryDirectory(dir={place!r}), Slow()
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread done"))).start()
    atexit.register(print, "last word")
    sys.stdout.write("in the buffer\\n")
    {end}

radsurv.cli.main = main
raise SystemExit(enter())
"""


def ended(place, end):
    program = LEAVES.format(place=str(place), end=end)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "radsurv", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"radsurv {__version__}\n"


@pytest.mark.parametrize("status", [0, 1, 70, 143])
def test_it_ends_at_once_and_leaves_nothing_undone(status, tmp_path):
    done = ended(tmp_path, f"return {status}")
    assert (done.returncode, done.stderr) == (status, "")
    assert done.stdout.splitlines() == ["in the buffer", "thread done", "last word"]
    assert list(tmp_path.iterdir()) == []


def test_a_fault_that_nobody_answers_is_still_told(tmp_path):
    done = ended(tmp_path, "raise RuntimeError('the moon')")
    assert done.returncode == 1
    assert "RuntimeError: the moon" in done.stderr
    assert "last word" in done.stdout


def test_nobody_reads_any_more(tmp_path):
    """What is left in the buffer is lost, and no word is made of it."""
    reads, writes = os.pipe()
    os.close(reads)
    program = LEAVES.format(place=str(tmp_path), end="return 0")
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=writes, stderr=subprocess.PIPE, text=True, env=buffered, check=False
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (0, "")
