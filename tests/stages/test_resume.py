"""What was ended with kill -9 goes on where it was, to the same bytes: training sets, a permutation test, and a sweep."""

import pytest
from reliability import KILLED, Fault, by_case
from reruns import results_of

from radsurv.catalogue.stages import STAGE_NAMES

pytestmark = pytest.mark.slow  # runs that are killed, and run again

FAULTS = [
    Fault(
        kind=KILLED, fault="a run, in the 30th of 60 shuffles of the permutation test, on an empty cache", status=-9, case="permutations",
        lost="at most half a minute of shuffles, and those in work",
        then="the same command takes the others from the cache, says how many, and gives the same bytes",
    ),
    Fault(
        kind=KILLED, fault="a run, in the 10th of 24 training sets of stage `evaluate`, on an empty cache", status=-9, case="sets",
        lost="at most 20 seconds of training sets, and those in work",
        then="the same command takes the others from the cache, says how many, and gives the same bytes",
    ),
    Fault(
        kind=KILLED, fault="a sweep of eight runs, in the fourth", status=-9, case="sweep", lost="the fourth",
        then="the same command leaves three as they are, names them, and runs five",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)

# Every run is a process of its own, forked from one that has everything imported and compiled.
SCRIPT = """
import json, os, signal, sys
from pathlib import Path
import composing
import radsurv.report.html
from radsurv.cli import main
from radsurv.config import validate
from radsurv.stages import hydra_run, pipeline, significance
from radsurv.stages.compose import check, compose
from radsurv.validation import finished_repetitions, finished_sets
from radsurv.validation.training import Training

os.chdir(sys.argv[1])
radsurv.report.html.render = lambda experiment: "page"
os.fsync = lambda _: None
OPTIONS = [
    "cohort.table=clinical.csv", "cohort.features=features.csv", "cohort.covariates=[sex]", "tracking=none",
    "validation=repeated_kfold", "validation.n_splits=2", "validation.repeats=1", "compute.n_jobs=1", "model.n_lambda=20",
    "reduction.cindex=0.55", "significance.permutations=60", "significance.stop_after=1000", "comparison.models=[clinical]",
]

EIGHT = [one for one in OPTIONS if not one.startswith("reduction.")]
EIGHT += ["reduction.cindex=" + ",".join(f"0.5{number}" for number in range(1, 9)), "until=cohort", "run_dir=sweep"]

def child(job):
    started = os.fork()
    if not started:
        status = 98
        os.dup2(os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        os.dup2(2, 1)
        try:
            status = job() or 0
        finally:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(started, 0)[1]), Path("said").read_text()

def run(folder, cache, dies_at=None):
    finished_repetitions.EVERY_S = 0.0
    whole, calls = significance.of_pipeline, []
    def mortal(*parts):
        analysis = whole(*parts)
        def counted(outcome, seed):
            calls.append(seed)
            if len(calls) == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return analysis(outcome, seed)
        return counted
    significance.of_pipeline = mortal
    pipeline.run(CONFIGS[folder, cache])
    Path("calls").write_text(str(len(calls)))

def evaluate(folder, cache, dies_at=None):
    finished_sets.EVERY_S = 0.0
    fit, calls = Training._fit, []
    def counted(self, members, reduced):
        calls.append(members.place.fold)
        if len(calls) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return fit(self, members, reduced)
    Training._fit = counted
    pipeline.run(CONFIGS[folder, cache])
    Path("calls").write_text(json.dumps(calls))

def sweep(*arguments, dies_at=None):
    once, calls = hydra_run._run, []
    def counted(composed):
        calls.append(composed["reduction"]["cindex"])
        if len(calls) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return once(composed)
    hydra_run._run = counted
    status = main(["run", "-m", *arguments, *EIGHT])
    Path("calls").write_text(json.dumps(calls))
    return status

def visible(folder):
    paths = [path for path in Path(folder).rglob("*") if path.is_file()]
    own = {path.relative_to(folder): path.read_bytes() for path in paths}
    return {name.as_posix(): data for name, data in own.items() if not name.parts[0].startswith(".")}

CONFIGS = {
    (folder, cache): validate(compose([*OPTIONS, f"run_dir={folder}", f"compute.cache_dir={cache}"]))
    for folder, cache in (("undisturbed", "one"), ("out", "two"))
}
composing.remember()
check(EIGHT, sweep=True)  # remembered from here on, by every sweep
LEFT_OUT = [*(one for one in OPTIONS if not one.startswith("validation")), "validation=loocv", "until=evaluate"]
CONFIGS |= {
    (folder, cache): validate(compose([*LEFT_OUT, f"run_dir={folder}", f"compute.cache_dir={cache}"]))
    for folder, cache in (("sets undisturbed", "three"), ("sets", "four"))
}
def differ(one, other):
    one, other = visible(one), visible(other)
    return sorted(name for name in {**one, **other} if one.get(name) != other.get(name))
found = {}
pipeline.run(CONFIGS["undisturbed", "one"])
found["killed"] = child(lambda: run("out", "two", dies_at=30))
found["resumed"] = child(lambda: run("out", "two"))
found["calls"] = int(Path("calls").read_text())
found["entries"] = sorted(str(path.relative_to("two").parts[0]) for path in Path("two").rglob("*.entry"))
last, undisturbed = visible("out"), visible("undisturbed")
found["files"] = len(last)
found["differ"] = differ("out", "undisturbed")
found["notes"] = json.loads(last["execution/significance.json"])["notes"]
found["notes of compare"] = json.loads(last["execution/compare.json"])["notes"]
found["notes undisturbed"] = json.loads(undisturbed["execution/significance.json"])["notes"]
pipeline.run(CONFIGS["sets undisturbed", "three"])
found["sets stored"] = [str(path) for path in Path("three").rglob("*.entry")]
found["sets killed"] = child(lambda: evaluate("sets", "four", dies_at=10))
found["sets resumed"] = child(lambda: evaluate("sets", "four"))
found["sets calls"] = json.loads(Path("calls").read_text())
found["sets differ"] = differ("sets", "sets undisturbed")
found["notes of sets"] = json.loads(Path("sets/execution/evaluate.json").read_text())["notes"]
found["sweep killed"] = child(lambda: sweep(dies_at=4))
found["sweep resumed"] = child(sweep)
found["sweep calls"] = json.loads(Path("calls").read_text())
found["summary"] = Path("sweep/summary.csv").read_text()
Path("sweep/reduction.cindex=0.52/metrics.json").unlink()
found["sweep spoilt"] = child(sweep)
found["spoilt calls"] = json.loads(Path("calls").read_text())
found["sweep again"] = child(lambda: sweep("--again", dies_at=2))
print(json.dumps(found))
"""
# Where and when they were made.
OWN = {"config.yaml", "execution.json", *(f"execution/{stage}.json" for stage in STAGE_NAMES)}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What came of each run."""
    return results_of(SCRIPT, tmp_path_factory.mktemp("resumed"))


def test_a_permutation_test_goes_on_to_the_same_bytes(found):
    assert found["killed"][0] == ROW["permutations"].status
    assert found["resumed"][0] == 0, found["resumed"][1]
    assert found["calls"] == 60 - 29
    assert found["files"] > 20
    assert set(found["differ"]) <= OWN
    # The simpler model and the covariates alone; one file for all shuffles of outcomes, one for those of images.
    assert found["entries"] == ["evaluation", "evaluation", "permutation", "permutation"]


def test_it_says_what_came_from_the_earlier_run(found):
    assert "29 of 60 shuffles from an earlier run" in found["notes"]
    assert "! 29 of 60 shuffles from an earlier run" in found["resumed"][1]
    assert "1 of 1 simpler model from an earlier run" in found["notes of compare"]
    assert all("from an earlier run" in note for note in found["notes"])
    assert found["notes undisturbed"] == []


def test_the_training_sets_of_a_run_go_on_to_the_same_bytes(found):
    assert found["sets stored"] == []  # of a run of seconds
    assert found["sets killed"][0] == ROW["sets"].status
    assert found["sets resumed"][0] == 0, found["sets resumed"][1]
    assert found["sets calls"] == list(range(9, 24))  # the final model is fitted by itself
    assert set(found["sets differ"]) <= OWN
    assert found["notes of sets"] == ["9 of 24 training sets from an earlier run"]
    assert "! 9 of 24 training sets from an earlier run" in found["sets resumed"][1]


def test_a_sweep_of_eight_that_was_killed_in_the_fourth_runs_five(found):
    assert found["sweep killed"][0] == ROW["sweep"].status
    status, said = found["sweep resumed"]
    assert status == 0, said
    assert found["sweep calls"] == [0.54, 0.55, 0.56, 0.57, 0.58]
    lines = [line for line in said.splitlines() if "not run again (--again runs it)" in line]
    assert [line.partition(":")[0] for line in lines] == [f"reduction.cindex=0.5{number}" for number in range(1, 4)]
    header, *rows = found["summary"].splitlines()
    assert header == "run,error,reduction.cindex"
    assert [row.split(",")[2] for row in rows] == [f"0.5{number}" for number in range(1, 9)]


def test_what_is_no_longer_whole_runs_again_and_all_do_when_asked(found):
    assert found["sweep spoilt"][0] == 0
    assert found["spoilt calls"] == [0.52]
    assert found["sweep again"][0] == -9  # in its second
