"""A finished run outlives reruns that are killed, run out of disk or fail, and the same command then ends as if nothing had been."""

import re

import pytest
from reliability import DISK, KILLED, SAME, SIGNALLED, Fault, by_case
from reruns import results_of

from radsurv.catalogue.stages import STAGE_NAMES

pytestmark = pytest.mark.slow  # runs that are killed in every stage

FULL = "No space left on device: make room on the disk"
ROOM = f"make room; then {SAME}"
FAULTS = [
    *(
        Fault(kind=KILLED, fault=f"a rerun, in stage {stage}, at its second file", status=-9, case=f"killed in {stage}")
        for stage in STAGE_NAMES
    ),
    Fault(
        kind=KILLED, fault="a rerun, as it takes the place of the finished run", status=-9, case="killed when it takes its place",
        lost="nothing: files of both are there, and `being_replaced.json` says so",
        then="any command in that folder, even one that is refused, first puts the new run in its place: the same bytes",
    ),
    Fault(
        kind=SIGNALLED, fault="SIGHUP, as when a terminal is closed, in stage evaluate of a rerun", status=-1, case="hung up in evaluate"
    ),
    Fault(kind=DISK, fault="a rerun finds room for 10 bytes", status=1, said=FULL, then=ROOM, put_in=True, case="no disk"),
    Fault(kind=DISK, fault="a rerun finds room for half of a run", status=1, said=FULL, then=ROOM, put_in=True, case="half a disk"),
    Fault(
        kind=DISK, fault="a rerun finds room for all but its last files", status=1, said=FULL, then=ROOM, put_in=True, case="all but a disk"
    ),
    Fault(
        kind=DISK, fault="a first run finds room for 10 bytes", status=1, said=FULL, put_in=True, case="fresh 10 disk",
        lost="nothing: no file is there", then="make room; the same command is not refused, and ends well",
    ),
    Fault(
        kind=DISK, fault="a first run finds room for 5,000 bytes", status=1, said=FULL, put_in=True, case="fresh 5000 disk",
        lost="nothing: no file is there", then="make room; the same command is not refused, and ends well",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)

# Every run is a process of its own, forked from one that has everything imported and compiled.
SCRIPT = """
import errno, json, os, signal, sys
from pathlib import Path
import radsurv.report.html
import radsurv.stages.report
from radsurv.config import validate
from radsurv.errors import RadsurvError, in_words
from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.stages import pipeline, replacement
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

os.chdir(sys.argv[1])
radsurv.report.html.render = lambda experiment: "page"  # its figures take longer than all else together

class Elsewhere:
    def __init__(self, config, folder, say):
        self.home = folder.home
    def finish(self, experiment, run_dir):
        return [f"logged in {self.home}"]

radsurv.stages.report.tracked_run = Elsewhere
os.fsync = lambda _: None
OPTIONS = (
    "cohort.table=clinical.csv", "cohort.features=features.csv", "cohort.covariates=[sex]", "tracking=none",
    "reduction.cindex=0.55", "validation=repeated_kfold", "validation.n_splits=2", "validation.repeats=1",
    "significance.permutations=19", "compute.n_jobs=1", "model.n_lambda=20", "comparison=none",
)

CONFIGS = {}

def run(*overrides):
    '''As `radsurv run` does, whose checks of overrides take longer than the run.'''
    try:
        pipeline.run(CONFIGS[overrides])
    except (RadsurvError, OSError) as error:
        print(f"radsurv: error: {in_words(error)}", file=sys.stderr)
        return 1
    return 0

def visible(folder):
    paths = [path for path in Path(folder).rglob("*") if path.is_file()]
    own = {path.relative_to(folder): path.read_bytes() for path in paths}
    return {name.as_posix(): data for name, data in own.items() if not name.parts[0].startswith(".")}

def child(job):
    '''Exit status of a process that does this, and what it says on standard error.'''
    started = os.fork()
    if not started:
        status = 98
        os.dup2(os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        try:
            status = job() or 0
        except SystemExit as end:
            print(end.code, file=sys.stderr)
            status = end.code if isinstance(end.code, int) else 1
        finally:
            sys.stderr.flush()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(started, 0)[1])
    return status, Path("said").read_text()

def killed_in(stage, *arguments, by=signal.SIGKILL):
    '''Ends itself with a signal when a stage writes its second file.'''
    writes, run_stage = [], pipeline.run_stage

    def watched(name, config, folder, said):
        if name == stage:
            for method in ("write", "write_csv", "write_json"):
                setattr(RunFolder, method, dying(getattr(RunFolder, method)))
        return run_stage(name, config, folder, said)

    def dying(method):
        def write(*parts, **options):
            writes.append(parts)
            if len(writes) == 2:
                os.kill(os.getpid(), by)
            return method(*parts, **options)
        return write

    pipeline.run_stage = watched
    return run(*arguments)

def killed_when_it_takes_its_place(*arguments):
    rename, renamed = Path.replace, []
    def replace(path, target):
        if replacement.REPLACING in os.listdir("out"):
            renamed.append(path)
        if len(renamed) == 9:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(path, target)
    Path.replace = replace
    return run(*arguments)

def on_a_disk_of(n_bytes, *arguments):
    rename, left = Path.replace, [n_bytes]
    def replace(path, target):
        left[0] -= path.stat().st_size if path.suffix == ".tmp" else 0
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return rename(path, target)
    Path.replace = replace
    return run(*arguments)

def fails_in(stage, *arguments):
    run_stage = pipeline.run_stage
    def failing(name, config, folder, said):
        if name == stage:
            raise MemoryError("of the test")
        return run_stage(name, config, folder, said)
    pipeline.run_stage = failing
    try:
        return run(*arguments)
    except MemoryError:
        return 7

again = ("run_dir=out", "seed=1")
first, other = ("run_dir=out", "seed=0"), ("run_dir=other", "seed=1")
fresh, shorter = ("run_dir=fresh", "until=cohort"), ("run_dir=out", "until=evaluate")
for overrides in (again, first, other, fresh, shorter):
    CONFIGS[overrides] = validate(compose([*OPTIONS, *overrides]))
found = {}
assert run(*first) == 0
old = visible("out")
found["files"] = sorted(old)
found["undisturbed"] = child(lambda: run(*other))
for stage in STAGE_NAMES:
    status, _ = child(lambda: killed_in(stage, *again))
    found[f"killed in {stage}"] = [status, visible("out") == old]
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup has ignored
status, _ = child(lambda: killed_in("evaluate", *again, by=signal.SIGHUP))
found["hung up in evaluate"] = [status, visible("out") == old]
status, _ = child(lambda: fails_in("significance", *again))
found["fails"] = [status, visible("out") == old]
size = sum(map(len, old.values()))
for name, n_bytes in {"no": 10, "half a": size // 2, "all but a": size}.items():
    status, said = child(lambda: on_a_disk_of(n_bytes, *again))
    found[f"{name} disk"] = [status, visible("out") == old, said]
for n_bytes in (10, 5000):
    status, said = child(lambda: on_a_disk_of(n_bytes, *fresh))
    found[f"fresh {n_bytes} disk"] = [status, visible("fresh") == {}, said]
found["fresh"] = child(lambda: run(*fresh))
found["shorter"] = [*child(lambda: run(*shorter)), visible("out") == old]
status, _ = child(lambda: killed_when_it_takes_its_place(*again))
found["killed when it takes its place"] = [status, replacement.REPLACING in visible("out"), "report.html" in visible("out")]
found["shorter again"] = child(lambda: run(*shorter))
found["completed"] = [replacement.REPLACING in visible("out")]
last, undisturbed = visible("out"), visible("other")
found["differ once completed"] = sorted(name for name in {**last, **undisturbed} if last.get(name) != undisturbed.get(name))
found["resumed"] = child(lambda: run(*again))
last = visible("out")
found["differ"] = sorted(name for name in {**last, **undisturbed} if last.get(name) != undisturbed.get(name))
found["hidden"] = sorted(path.name for path in Path("out").iterdir() if path.name.startswith("."))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What came of each run."""
    return results_of(SCRIPT, tmp_path_factory.mktemp("reruns"))


@pytest.mark.parametrize("case", [case for case in ROW if " in " in case])
def test_a_rerun_killed_in_any_stage_leaves_the_finished_run(found, case):
    assert found[case] == [ROW[case].status, True]


def test_so_does_one_that_fails(found):
    assert found["fails"] == [7, True]


@pytest.mark.parametrize("disk", [case for case in ROW if case.endswith("disk")])
def test_so_does_a_full_disk_and_the_message_names_the_file(found, disk):
    status, untouched, said = found[disk]
    assert status == ROW[disk].status
    assert untouched
    last = said.splitlines()[-1]
    assert re.fullmatch(rf"radsurv: error: /\S+: {ROW[disk].said}", last)
    assert "Traceback" not in said


def test_after_a_full_disk_the_same_command_is_not_refused(found):
    assert found["fresh"][0] == 0


def test_a_shorter_run_is_refused(found):
    status, said, untouched = found["shorter"]
    assert status == 1
    assert untouched
    assert said == (
        "radsurv: error: run_dir=out holds a run up to stage report, and until=evaluate would put less in its place: name"
        " another run_dir, or leave until out\n"
    )


# Where and when they were made.
OWN = {"config.yaml", "execution.json", *(f"execution/{stage}.json" for stage in STAGE_NAMES)}


def test_one_killed_as_it_takes_its_place_says_so_and_any_next_command_completes_it(found):
    assert found["killed when it takes its place"] == [-9, True, False]
    assert found["shorter again"][0] == 1
    assert found["completed"] == [False]
    assert set(found["differ once completed"]) <= OWN


def test_the_ways_that_are_told_are_those_where_things_lie_in_the_end(found):
    said = found["undisturbed"][1]
    assert re.search(r"^report +other/report\.html  \(", said, re.MULTILINE)
    assert re.search(r"! logged in /\S+/reruns\d/other$", said, re.MULTILINE)
    assert ".unfinished" not in said


def test_in_the_end_the_same_command_gives_the_same_bytes(found):
    assert found["undisturbed"][0] == 0
    assert found["resumed"][0] == 0
    assert set(found["differ"]) <= OWN
    assert found["hidden"] == [".radsurv-run"]
    assert {"report.html", "model.json", "predictions.parquet", "permutations.parquet"} <= set(found["files"])
