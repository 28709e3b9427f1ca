"""Whatever is typed: an exit status of 0, 1 or 2, one line of error, no traceback. `make fuzz` tries many more command lines."""

import os
from pathlib import Path

import hostile
import pytest
from hypothesis import HealthCheck, given, settings

N_EXAMPLES = int(os.environ.get("RADSURV_FUZZ", "0"))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a") / "b" / "c"
    hostile.make_cohort(folder / "cohort")
    return folder


@settings(
    max_examples=N_EXAMPLES or 10,
    derandomize=not N_EXAMPLES,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(overrides=hostile.command_lines())
def test_no_command_line_ends_in_a_traceback(cohort, overrides):
    before = Path.cwd()
    os.chdir(cohort)
    try:
        assert hostile.fault_of(overrides) is None
    finally:
        os.chdir(before)
