"""bench/processes.py."""

import processes
import pytest


def test_memory_and_processor_time_are_of_the_process_and_of_its_children(tmp_path):
    used = processes.used_by("held = bytearray(200_000_000); held[::4096] = b'x' * len(held[::4096])", [], tmp_path)
    assert used.parent_mb > 190
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'held = b\"x\" * 200_000_000'], check=True)"
    used = processes.used_by(child, [], tmp_path)
    assert used.worker_mb > 190 > used.parent_mb


def test_what_the_measuring_process_holds_is_not_counted(tmp_path):
    held = bytearray(200_000_000)
    held[::4096] = b"x" * len(held[::4096])
    assert processes.used_by("", [], tmp_path).parent_mb < 100
    assert len(held) == 200_000_000


def test_a_program_that_fails_is_told(tmp_path):
    with pytest.raises(SystemExit, match="ValueError: 7"):
        processes.used_by("import os; raise ValueError(os.environ['WHICH'])", [], tmp_path, WHICH="7")
