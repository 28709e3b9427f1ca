"""What becomes of a run when a fault is made, and docs/reliability.md, which says the same."""

import shutil

import pytest
from doc_pages import REWRITE, holds
from reliability import NOTHING, PAGE, Made, World, all_faults, make_world, written

ROWS = all_faults()
MADE = [row for row in ROWS if isinstance(row, Made)]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A folder to copy, and what undisturbed runs give."""
    folder = tmp_path_factory.mktemp("world")
    return folder, make_world(folder)


@pytest.mark.slow
@pytest.mark.parametrize("row", MADE, ids=lambda row: f"{row.kind}: {row.fault}"[:100])
def test_what_is_lost_and_how_it_goes_on(row, original, tmp_path, monkeypatch):
    folder, undisturbed = original
    shutil.copytree(folder, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    with pytest.MonkeyPatch.context() as patch:
        world = World(tmp_path / "here", patch, row.setting)
        with world.ending:
            row.make(world)
            before = world.visible()
            status, said = world.command(*row.command)
    assert status == row.status, said
    assert row.said in said
    assert "Traceback" not in said
    if status:
        assert world.visible() == before or not row.keeps
        assert row.keeps or row.lost != NOTHING
        row.mend(world)
        status, said = world.command("run")
        assert status == 0, said
    assert world.results() == undisturbed[row.setting]


def test_the_page_is_what_the_tests_say():
    assert holds(PAGE, written(ROWS)), f"{REWRITE}=1 pytest tests/test_reliability.py writes it again"


def test_no_fault_stands_there_twice():
    faults = [(row.kind, row.fault) for row in ROWS]
    assert len(set(faults)) == len(faults)
    assert len(faults) >= 60
