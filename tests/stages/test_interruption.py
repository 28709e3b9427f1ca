"""Signals end a command in order, with the usual status; never in the middle of a replacement."""

import os
import subprocess
import sys

import pytest
from reliability import SIGNALLED, Fault, by_case

pytestmark = pytest.mark.slow  # runs in processes of their own

GOES_ON = "what was computed per patient is cached, the same command goes on"
FAULTS = [
    Fault(
        kind=SIGNALLED, fault="SIGTERM, which a library answers with an ending of its own (Lightning: status 1)", status=143,
        said=f"radsurv: terminated; {GOES_ON}", case="lightning", then="the same command",
    ),
    Fault(
        kind=SIGNALLED, fault="SIGTERM in the instant in which a run takes the place of the one before", status=143,
        said=f"radsurv: terminated; {GOES_ON}", lost="nothing: that instant goes on to its end", case="held", then="the run is whole",
    ),
    Fault(
        kind=SIGNALLED, fault="SIGTERM in the first run of a sweep of two (`-m`)", status=143, said=f"radsurv: terminated; {GOES_ON}",
        lost="nothing: `summary.csv` says of both that they did not finish", case="sweep", then="the same command",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)

# Each case in a process of its own, forked from one that has everything imported; prints its exit status.
SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from radsurv import cli
from radsurv.stages import interruption, pipeline, run_lock

os.chdir(sys.argv[1])
# As a shell may not have left them.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)

def send(number):
    os.kill(os.getpid(), number)
    time.sleep(60)

def as_lightning_does(number):
    try:
        send(number)
    except KeyboardInterrupt:
        sys.exit(1)

def at_work(stop):
    def stage(name, config, folder, said):
        assert (folder.home / ".radsurv-run.lock").exists()
        (folder.root / "half.parquet").write_text("half")
        stop()
    return stage

def held(number):
    with interruption.held_back():
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        Path("went on").touch()
    Path("went too far").touch()

def swallowed():
    with interruption.listening():
        try:
            send(signal.SIGTERM)
        except KeyboardInterrupt:
            with interruption.held_back():
                pass  # nothing came in here
    return 0

def child(job):
    started = os.fork()
    if not started:
        status = 98
        try:
            status = job()
        except SystemExit as end:
            status = end.code
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(started, 0)[1])

def run(*arguments, stop):
    pipeline.run_stage = at_work(stop)
    return cli.main(["run", "run_dir=out", "backbone=none", "tracking=none", *arguments])

def ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruption.listening():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
    return 0

def restored():
    before = [signal.getsignal(number) for number in interruption.SAID]
    with interruption.listening():
        assert before != [signal.getsignal(number) for number in interruption.SAID]
    assert before == [signal.getsignal(number) for number in interruption.SAID]
    return 0

INT, TERM = signal.SIGINT, signal.SIGTERM
cases = {
    "interrupted": lambda: run(stop=lambda: send(INT)),
    "terminated": lambda: run(stop=lambda: send(TERM)),
    "lightning": lambda: run(stop=lambda: as_lightning_does(TERM)),
    "sweep": lambda: run("-m", "seed=1,2", stop=lambda: send(TERM)),
    "held": lambda: run(stop=lambda: held(TERM)),
    "swallowed": swallowed,
    "ignored": ignored,
    "restored": restored,
}
for name, job in cases.items():
    print("==", name, file=sys.stderr, flush=True)
    print(name, child(job), flush=True)
    assert not list(Path().rglob("*.lock")), name
"""


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Where the processes were at work; exit status and standard error by case."""
    folder = tmp_path_factory.mktemp("signals")
    (folder / "out").mkdir()
    (folder / "data/demo").mkdir(parents=True)
    (folder / "data/demo/clinical.csv").write_text("which no stage reads here")
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    done = subprocess.run(command, env=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    status = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines() if " " in line)
    said = {part.partition("\n")[0]: part.partition("\n")[2] for part in done.stderr.split("== ")[1:]}
    return folder, status, said


@pytest.mark.parametrize(
    ("case", "status", "word"),
    [
        ("interrupted", 130, "interrupted"),
        ("terminated", 143, "terminated"),
        ("lightning", 143, "terminated"),  # which ends with 1, whatever it was
        ("held", 143, "terminated"),
    ],
)
def test_a_run_ends_with_the_usual_status_and_one_line(ended, case, status, word):
    _, statuses, said = ended
    assert said[case] == f"options      conf of the package\nradsurv: {word}; {GOES_ON}\n"
    assert statuses[case] == str(status)
    assert case not in ROW or (ROW[case].status, ROW[case].said) == (status, f"radsurv: {word}; {GOES_ON}")


def test_a_sweep_ends_as_a_whole_and_says_what_did_not_finish(ended):
    folder, statuses, said = ended
    assert statuses["sweep"] == str(ROW["sweep"].status)
    assert said["sweep"].endswith(f"{ROW['sweep'].said}\n")
    rows = (folder / "out/summary.csv").read_text().splitlines()
    assert rows == ["run,error,seed", "seed=1,did not finish,1", "seed=2,did not finish,2"]


def test_what_must_not_stop_half_way_goes_on_to_its_end_and_no_further(ended):
    folder, *_ = ended
    assert (folder / "went on").exists()
    assert not (folder / "went too far").exists()


@pytest.mark.parametrize("case", ["swallowed", "ignored", "restored"])
def test_handlers_of_others_are_respected(ended, case):
    _, statuses, _ = ended
    assert statuses[case] == "0"
