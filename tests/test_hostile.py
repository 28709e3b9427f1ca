"""Whatever is typed: an exit status of 0, 1 or 2, one line of error, no traceback."""

import os
from pathlib import Path

import hostile
import pytest
from fuzz import trials
from hypothesis import given


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a") / "b" / "c"
    hostile.make_cohort(folder / "cohort")
    return folder


@trials("command lines", 10)
@given(overrides=hostile.command_lines())
def test_no_command_line_ends_in_a_traceback(cohort, overrides):
    before = Path.cwd()
    os.chdir(cohort)
    try:
        assert hostile.fault_of(overrides) is None
    finally:
        os.chdir(before)
