"""What a command loads before it begins: nothing heavy that it does not use. Seconds are measured by bench/startup.py."""

import json
import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest

from radsurv.catalogue.stages import STAGE_NAMES

TORCH = {"torch", "torchvision", "lightning_fabric", "pytorch_lightning"}
HEAVY = TORCH | {
    *("sksurv", "sklearn", "scipy.stats", "numba", "pandera", "matplotlib", "skimage", "SimpleITK", "radiomics"),
    *("optuna", "wandb", "mlflow", "plotly", "dvc", "dask", "distributed"),
}
TABLES = {"pandas", "pyarrow"}
# What the module of a stage loads at once; what it computes may load more (a network, a tracker, a seldom model).
OF_STAGES: dict[str, set[str]] = {
    "cohort": {"SimpleITK"},
    "radiomics": set(),
    "deep": set(),
    "evaluate": {"numba", "sksurv", "sklearn", "scipy.stats"},
    "compare": {"numba"},
    "significance": {"numba"},
    "attribution": set(),
    "report": set(),
}
# Each may load what those before it load: all in one process. The others are looked at alone.
NESTED = ("radiomics", "deep", "attribution", "compare", "significance", "evaluate")
ALONE = tuple(stage for stage in STAGE_NAMES if stage not in NESTED)
# All in one process, from what loads least to what loads most.
OF_COMMANDS: dict[str, set[str]] = {
    "help": set(),
    "a misspelt option": set(),
    "composed": set(),
    "a table that is not there": TABLES,
    "params.yaml": TABLES,
    "the numbers that git keeps": TABLES,
}
# `look(name)` in a program keeps what has been loaded by then; `aside` forks, so that what a look loads is loaded for it alone.
PROGRAM = """
import json, os, sys
sys.path.insert(0, {src!r})
found = {{}}
def look(name):
    found[name] = sorted({heavy!r} & sys.modules.keys())
def aside(name, program):
    child = os.fork()
    if not child:
        status = 1
        try:
            exec(program, globals())
            print()
            print(json.dumps([name, found]), flush=True)
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, name
aside("commands", {commands!r})
import radsurv.stages.pipeline
for stage in {alone!r}:
    aside(stage, f"import radsurv.stages.{{stage}}; look(stage)")
for stage in {nested!r}:
    __import__(f"radsurv.stages.{{stage}}")
    look(stage)
print(json.dumps(["nested", found]))
"""
COMMANDS = """
from radsurv.cli import main
try:
    main(["--help"])
except SystemExit:
    look("help")
assert main(["run", "modell=cox"]) == 1
look("a misspelt option")
assert main(["run", "--cfg", "job", "seed=1"]) == 0
look("composed")
try:
    assert main(["run", "cohort.table=missing.csv", "backbone=vgg19"]) == 1
except SystemExit as stop:
    assert "missing.csv does not exist" in str(stop)
look("a table that is not there")
assert main(["stage", "compose"]) == 0
look("params.yaml")
from radsurv.stages import summary
look("the numbers that git keeps")
from radsurv.stages import model_file
from radsurv.stages import params_file
assert model_file.weights_of(params_file.read()).startswith("efficientnet_lite0:")
assert "deep" in model_file.definitions_of(params_file.read())
look("what a finished model says of its features")
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Heavy modules by the looks of each part, in an interpreter of its own and an empty folder."""
    src = str(Path(__file__).parents[1] / "src")
    program = PROGRAM.format(src=src, heavy=HEAVY | TABLES, commands=COMMANDS, alone=ALONE, nested=NESTED)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path_factory.mktemp("empty"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    parts = dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith('["'))
    return {part: {name: set(modules) for name, modules in found.items()} for part, found in parts.items()}


def test_the_list_of_heavy_modules_is_of_modules():
    """A name that is none could never be found."""
    assert [name for name in HEAVY | TABLES if find_spec(name) is None] == []


@pytest.mark.slow
def test_commands_load_what_they_use(loaded):
    found = dict(loaded["commands"])
    assert not found.pop("what a finished model says of its features") & TORCH
    assert found.keys() == OF_COMMANDS.keys()
    assert {name: modules for name, modules in found.items() if not modules <= OF_COMMANDS[name]} == {}


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_loads_what_it_uses(loaded, stage):
    """Under DVC every stage is a process of its own, and starts with this."""
    assert loaded["nested" if stage in NESTED else stage][stage] <= OF_STAGES[stage] | TABLES


def test_what_one_of_the_nested_loads_is_allowed_to_the_next():
    assert all(OF_STAGES[one] <= OF_STAGES[other] for one, other in pairwise(NESTED))
