"""One process at a time in a folder, whoever it is and however it ends."""

import errno
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import SoftFileLock
from reliability import AT_ONCE, Fault, by_case

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages import pipeline
from radsurv.stages.compose import compose
from radsurv.stages.run_lock import RUN, locked

SHOWN = Path("out")
FAULTS = [
    Fault(
        kind=AT_ONCE, fault="another run is at work, on a file system without locks (Lustre, NFS as they are often mounted)", status=None,
        said="if that process is no more, delete out/.radsurv-run.softlock", put_in=True, case="without locks", then="once it has ended",
    ),
    Fault(
        kind=AT_ONCE, fault="on such a file system, a process that was killed has left the file that stands for its lock", status=None,
        put_in=True, case="dead", then="it has gone on: a mark of a dead process of this machine is void",
    ),
    Fault(
        kind=AT_ONCE, fault="four processes want one folder 24 times at random, and die in it with kill -9 every third time", status=None,
        said="is in use by another radsurv", case="random", then="the files that stand there in the end are of one run, whole",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)


@pytest.fixture
def nobody_waits(monkeypatch):
    monkeypatch.setattr("radsurv.stages.run_lock.PATIENCE_S", 0.0)


@pytest.fixture
def without_locks(monkeypatch):
    """A file system that answers as Lustre does where it is mounted without them."""

    def flock(descriptor, operation):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", flock)


def test_the_second_hears_who_the_first_is(tmp_path, nobody_waits):
    with locked(tmp_path / "new", SHOWN):
        assert json.loads((tmp_path / "new" / RUN).read_text())["pid"] == os.getpid()
        with pytest.raises(ConfigError) as error, locked(tmp_path / "new", SHOWN):
            pass
    owner = rf"process {os.getpid()} on {platform.node()}, since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{{4}}"
    error.match(rf"^run_dir=out is in use by another radsurv \({owner}\): wait for its end, or name another run_dir$")


def test_nothing_is_left_but_an_empty_mark(tmp_path):
    """Of nobody's number or machine: run folders travel."""
    for _ in range(2):
        with locked(tmp_path, SHOWN):
            pass
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(RUN, "")]
    with pytest.raises(KeyboardInterrupt), locked(tmp_path, SHOWN):
        raise KeyboardInterrupt
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(RUN, "")]


def test_other_folders_are_free(tmp_path, nobody_waits):
    with locked(tmp_path / "a", SHOWN), locked(tmp_path / "b", SHOWN), locked(tmp_path / "a" / "c", SHOWN):
        pass


def test_a_stage_under_dvc_takes_the_same_lock(tmp_path, nobody_waits):
    config = validate(compose([f"run_dir={tmp_path}"]))
    with locked(tmp_path, SHOWN), pytest.raises(ConfigError, match="is in use by another radsurv"):
        pipeline.run_alone("report", config)


def test_a_folder_that_cannot_be_written_names_the_file(tmp_path, monkeypatch):
    def opened(path, *arguments):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    monkeypatch.setattr(os, "open", opened)
    with pytest.raises(OSError, match="Read-only") as error, locked(tmp_path, SHOWN):
        pass
    monkeypatch.undo()
    assert error.value.filename == str(tmp_path / f"{RUN}.lock")


def test_without_locks_of_the_file_system_a_file_stands_for_one(tmp_path, nobody_waits, without_locks):
    with locked(tmp_path, SHOWN):
        with pytest.raises(ConfigError, match=f"{ROW['without locks'].said}$"):
            locked(tmp_path, SHOWN).__enter__()
        assert (tmp_path / f"{RUN}.softlock").is_file()
    assert not (tmp_path / f"{RUN}.softlock").exists()


def test_such_a_file_of_a_dead_process_is_void(tmp_path, without_locks):
    program = "import filelock, os, sys; filelock.SoftFileLock(sys.argv[1]).acquire(); os.kill(os.getpid(), 9)"
    path = tmp_path / f"{RUN}.softlock"
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert SoftFileLock(path).pid != os.getpid()
    with locked(tmp_path, SHOWN):
        assert SoftFileLock(path).pid == os.getpid()


# Four processes that want one folder again and again, at random times; some die in it. What they leave must be one run's.
SCRIPT = """
import os, random, signal, sys, time
from pathlib import Path
from test_replacement import files, write
from radsurv.errors import ConfigError
from radsurv.stages import replacement, run_lock
from radsurv.stages.run_folder import RunFolder

os.fsync = lambda _: None
run_lock.PATIENCE_S = 0.01
home = Path(sys.argv[1])

def worker(number):
    own = random.Random(number)
    done = refused = 0
    for turn in range(6):
        time.sleep(own.random() / 8)
        try:
            with run_lock.locked(home, home):
                unfinished = replacement.begin(RunFolder(home), "report")
                assert not any(unfinished.root.iterdir())
                write(unfinished, f"{number} {turn}")
                time.sleep(own.random() / 50)
                assert set(files(unfinished.root).values()) == {f"{number} {turn}"}
                if own.random() < 0.3:
                    os.kill(os.getpid(), signal.SIGKILL)
                replacement.take_place(unfinished)
            done += 1
        except ConfigError as error:
            assert sys.argv[2] in str(error), error
            refused += 1
    os._exit(10 * done + refused)

started = []
for number in range(4):
    child = os.fork()
    if not child:
        try:
            worker(number)
        finally:
            os._exit(99)
    started.append(child)
ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in started]
assert all(end == -signal.SIGKILL or end // 10 + end % 10 == 6 for end in ends), ends
with run_lock.locked(home, home):
    replacement.begin(RunFolder(home), "report")
stands = {text for name, text in files(home).items() if not name.startswith(".")}
assert len(stands) == 1, stands
"""


def test_processes_that_want_one_folder_at_random_times(tmp_path):
    where = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "out"), ROW["random"].said],
        env=where,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
