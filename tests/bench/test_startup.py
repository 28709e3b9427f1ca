"""bench/startup.py."""

from pathlib import Path

import startup

PACKAGE = Path(__file__).parents[2] / "src"


def test_commands_are_held_against_python_alone_and_against_torch(printed):
    text = printed(startup.main, "--tiny", "--src", str(PACKAGE))
    rows = {line[:48].strip(): [float(number) for number in line[48:].split()] for line in text.splitlines()[1:]}
    assert list(rows) == [startup.PASS, startup.TORCH, *startup.TINY]
    assert rows[startup.PASS][1] == rows[startup.TORCH][2] == 1


def test_the_processor_time_of_a_process_counts_and_not_its_waiting(tmp_path):
    program = (
        "import time; begun = time.process_time()\nwhile time.process_time() < begun + {busy}: pass\ntime.sleep({idle})"
    )
    busy = startup.processor_seconds([program.format(busy=0.8, idle=0)], tmp_path, None)
    idle = startup.processor_seconds([program.format(busy=0, idle=0.8)], tmp_path, None)
    assert busy - idle > 0.4
    assert not list(tmp_path.iterdir())
