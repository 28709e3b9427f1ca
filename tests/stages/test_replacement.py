"""A finished run gives way to a whole one, and to nothing less: whatever ends the new one, and wherever."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from reliability import DISK, EARLIER, KILLED, Fault, by_case

from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.errors import ConfigError
from radsurv.stages import replacement
from radsurv.stages.run_folder import RunFolder

FAULTS = [
    Fault(
        kind=KILLED, fault="at each of the changes of a name by which a run takes the place of another, and again while that is put right",
        status=-9, lost="nothing: the old run, or the new one, or `being_replaced.json` says that files of both are there",
        case="every step", then="the next command puts the new run in its place, whole",
    ),
    Fault(
        kind=DISK, fault="a file cannot be moved as a run takes the place of another (no right)", status=None, said="model.json",
        put_in=True,
        lost="nothing: files of both are there, and `being_replaced.json` says so", case="no right",
        then="the next command puts the new run in its place, whole",
    ),
    Fault(
        kind=DISK, fault="a part of the run folder lies on another disk", status=None, put_in=True, case="another disk",
        said="so that a run cannot take the place of the one before it in one step: have both on one, or name another run_dir",
        then="have both on one disk, or name another `run_dir`",
    ),
    Fault(
        kind=EARLIER, fault="`being_replaced.json` of a run that was killed is changed", status=None, case="tampered",
        said="holds files of two runs, as being_replaced.json in it says, and what would put them right has been changed or removed",
        lost="nothing: nothing is moved by a list that somebody else wrote", then="name another `run_dir`",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)


def files(folder):
    """Name and content of every file."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


def write(unfinished, text, *, lacking=(), until="report", regions=()):
    """A whole run of texts, but for some of its files."""
    later = STAGE_NAMES[STAGE_NAMES.index(until) + 1 :]
    for path in unfinished.outputs():
        name = path.relative_to(unfinished.home).name
        if path != unfinished.refusal and name not in lacking and path.stem not in later:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    for name in regions:
        unfinished.rois.mkdir(exist_ok=True)
        (unfinished.rois / name).write_text(text)


def run(home, text, **parts):
    """A run that ends well; returns what it has left."""
    home.mkdir(exist_ok=True)
    unfinished = replacement.begin(RunFolder(home), parts.get("until", "report"))
    write(unfinished, text, **parts)
    whole = files(unfinished.root)
    replacement.take_place(unfinished)
    return whole


def test_a_run_takes_the_place_of_the_one_before_as_a_whole_and_of_nothing_else(tmp_path):
    run(tmp_path, "old", regions=("a.npz", "b.npz"))
    (tmp_path / "excluded.csv").write_text("of an attempt in between")
    others = {"thesis.docx": "mine", "qc/mine.csv": "mine", "rois/mine.txt": "mine", "wandb/offline-run-1/x": "log"}
    for name, text in others.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    new = run(tmp_path, "new", lacking=("study.journal", "trials.parquet"), regions=("b.npz", "c.npz"))
    assert files(tmp_path) == {**new, **others}
    assert "study.journal" not in new
    assert len(new) > 40


def test_a_run_that_does_not_end_leaves_the_one_before_and_the_next_begins_anew(tmp_path):
    old = run(tmp_path, "old")
    write(replacement.begin(RunFolder(tmp_path), "report"), "half")
    assert {name: text for name, text in files(tmp_path).items() if not name.startswith(".unfinished/")} == old
    unfinished = replacement.begin(RunFolder(tmp_path), "report")
    assert files(unfinished.root) == {}
    assert files(tmp_path) == old


def test_a_run_that_went_further_is_not_replaced_by_a_shorter_one(tmp_path):
    """The stages that it lacks would be lost, or stand beside others'."""
    run(tmp_path, "short", until="evaluate")
    run(tmp_path, "as short", until="evaluate")
    old = run(tmp_path, "old")
    with pytest.raises(ConfigError) as error:
        replacement.begin(RunFolder(tmp_path), "evaluate")
    assert str(error.value) == (
        f"run_dir={tmp_path} holds a run up to stage report, and until=evaluate would put less in its place:"
        " name another run_dir, or leave until out"
    )
    assert files(tmp_path) == old


def test_a_strangers_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("keep")
    (tmp_path / "config.yaml").write_text("somebody: else")
    (tmp_path / "wandb").mkdir()
    before = files(tmp_path)
    with pytest.raises(
        ConfigError, match=r"no folder of a run and holds 3 files or folders, for instance 'config.yaml'"
    ):
        replacement.check_ours(RunFolder(tmp_path))
    assert files(tmp_path) == before


def test_whose_folder_it_is(tmp_path):
    """Not by an excluded.csv, which one refused run may have left, and so may anybody."""
    folder = RunFolder(tmp_path / "new")
    replacement.check_ours(folder)
    folder.home.mkdir()
    folder.refusal.write_text("left out")
    replacement.check_ours(folder)
    (folder.home / "model.json").write_text("keep")
    with pytest.raises(ConfigError, match=r"holds 1 files or folders, for instance 'model.json'"):
        replacement.check_ours(folder)
    for mark in replacement.OURS:
        (folder.home / mark).parent.mkdir(exist_ok=True)
        (folder.home / mark).write_text("")
        replacement.check_ours(folder)
        (folder.home / mark).unlink()


def test_a_part_on_another_disk_is_found_before_anything_is_computed(tmp_path, monkeypatch):
    old = run(tmp_path, "old")
    stat = Path.stat

    def elsewhere(path, **options):
        found = stat(path, **options)
        changed = [*found][:10]
        changed[2] += path.name == "rois"
        return os.stat_result(changed)

    monkeypatch.setattr(Path, "stat", elsewhere)
    with pytest.raises(ConfigError, match=ROW["another disk"].said):
        replacement.begin(RunFolder(tmp_path), "report")
    monkeypatch.undo()
    assert files(tmp_path) == old


def test_a_replacement_that_was_tampered_with_is_refused(tmp_path):
    run(tmp_path, "old")
    (tmp_path / replacement.REPLACING).write_text("{}")
    for _ in ("is not as it was written", "lacks what is to be moved"):
        with pytest.raises(ConfigError, match=ROW["tampered"].said):
            replacement.begin(RunFolder(tmp_path), "report")
        told = replacement.Replacement(says="", files=frozenset())
        (tmp_path / replacement.REPLACING).write_text(told.model_dump_json())
    assert (tmp_path / "report.html").read_text() == "old"


def test_an_error_in_the_middle_names_the_file_and_the_next_command_goes_on(tmp_path, monkeypatch):
    run(tmp_path, "old")
    unfinished = replacement.begin(RunFolder(tmp_path), "report")
    write(unfinished, "new", lacking=("study.journal",))
    new, rename = files(unfinished.root), Path.replace

    def refused(path, target):
        if path.name == "model.json":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refused)
        with pytest.raises(PermissionError, match=ROW["no right"].said):
            replacement.take_place(unfinished)
    assert "files of both are in this folder" in (tmp_path / replacement.REPLACING).read_text()
    assert not (tmp_path / "report.html").exists()
    replacement.complete(RunFolder(tmp_path))
    assert files(tmp_path) == new


# Ends itself with SIGKILL before its nth change of a name, in a process of its own for every n.
SCRIPT = """
import json, os, shutil, signal, sys
from pathlib import Path
from test_replacement import files, run, write
from radsurv.stages import replacement
from radsurv.stages.run_folder import RunFolder

def dying(function, lives):
    def counted(*arguments, **options):
        if lives[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        lives[0] -= 1
        return function(*arguments, **options)
    return counted

def child(job):
    started = os.fork()
    if not started:
        job()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(started, 0)[1])

def replace(home, n):
    lives = [n]
    unfinished = replacement.begin(RunFolder(home), "report")
    write(unfinished, "new", lacking=("study.journal", "cohort.parquet"), regions=("b.npz", "c.npz"))
    for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "unlink"), (os, "rmdir")):
        setattr(owner, name, dying(getattr(owner, name), lives))
    replacement.take_place(unfinished)

os.fsync = lambda _: None  # a killed process loses nothing that it has written; a hundred times it takes long
root, STRIDE = Path(sys.argv[1]), int(sys.argv[2])
old = run(root / "old", "old", regions=("a.npz", "b.npz"))
shutil.copytree(root / "old", root / "whole")
assert child(lambda: replace(root / "whole", -1)) == 0
new = files(root / "whole")
assert set(new.values()) == {"new"} and set(old.values()) == {"old"}
counts = dict.fromkeys(("old", "mixed", "new"), 0)
n, status = 0, -signal.SIGKILL
while status:
    shutil.rmtree(root / "home", ignore_errors=True)
    shutil.copytree(root / "old", root / "home")
    status = child(lambda: replace(root / "home", n))
    assert status in (0, -signal.SIGKILL), status
    stands = {name: text for name, text in files(root / "home").items() if not name.startswith(".")}
    said = stands.pop(replacement.REPLACING, None)
    if said is None:
        which = "old" if stands == old else "new"
        assert stands == {"old": old, "new": new}[which], n
    else:
        which = "mixed"
        assert "report.html" not in stands or set(stands.values()) == {"new"} or stands == old, (n, stands)
        # Killed once more while it is put right, and then not.
        lives = [n % 7]
        def right():
            Path.replace = dying(Path.replace, lives)
            replacement.complete(RunFolder(root / "home"))
        child(right)
        replacement.complete(RunFolder(root / "home"))
        assert files(root / "home") == new, n
    counts[which] += 1
    n += 1 if n < 4 else STRIDE
print(json.dumps(counts))
"""


@pytest.mark.slow
@pytest.mark.parametrize("stride", [5, 1])
def test_kill_9_at_every_step_leaves_the_old_run_or_what_the_next_command_makes_the_new_one(tmp_path, stride):
    where = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(stride)],
        env=where, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["old"] >= 1
    assert counts["mixed"] > 40 / stride
    assert counts["new"] >= 1  # with what is left of the hidden folder, or without
