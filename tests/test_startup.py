"""What a command loads before it begins: nothing heavy that it does not use. Seconds are measured by bench/startup.py."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from radsurv.catalogue.stages import STAGE_NAMES

TORCH = {"torch", "torchvision", "lightning_fabric", "pytorch_lightning"}
HEAVY = TORCH | {
    *("sksurv", "sklearn", "scipy.stats", "numba", "pandera", "matplotlib", "skimage", "SimpleITK", "radiomics"),
    *("optuna", "wandb", "dvc"),
}
TABLES = {"pandas", "pyarrow"}
# What the module of a stage loads at once; what it computes may load more (a network, a tracker, a seldom model).
OF_STAGES: dict[str, set[str]] = {
    "cohort": {"SimpleITK"},
    "radiomics": set(),
    "deep": set(),
    "evaluate": {"numba", "sksurv", "sklearn", "scipy.stats"},
    "compare": {"numba"},
    "significance": {"numba", "scipy.stats"},
    "attribution": set(),
    "report": {"matplotlib", "skimage"},
}
# All in one process, from what loads least to what loads most.
OF_COMMANDS: dict[str, set[str]] = {
    "help": set(),
    "a misspelt option": set(),
    "composed": set(),
    "a table that is not there": TABLES,
    "params.yaml": TABLES,
}
# `look(name)` in a program keeps what has been loaded by then.
PROGRAM = """
import json, sys
sys.path.insert(0, {src!r})
found = {{}}
def look(name):
    found[name] = sorted({heavy!r} & sys.modules.keys())
{program}
print()
print(json.dumps(found))
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
from radsurv.stages import model_file
from radsurv.stages.compose import read_params
assert model_file.weights_of(read_params()).startswith("efficientnet_lite0:")
assert "deep" in model_file.definitions_of(read_params())
look("what a finished model says of its features")
"""


@pytest.fixture
def loaded(tmp_path):
    """Heavy modules by the looks that a program takes, in an interpreter of its own and an empty folder."""

    def run(program: str) -> dict[str, set[str]]:
        src = str(Path(__file__).parents[1] / "src")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(src=src, heavy=HEAVY | TABLES, program=program)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return {name: set(modules) for name, modules in json.loads(done.stdout.splitlines()[-1]).items()}

    return run


def test_the_list_of_heavy_modules_is_of_modules(loaded):
    """A name that is none could never be found."""
    program = (
        f"from importlib.util import find_spec\nfound = {{name: [] for name in {HEAVY | TABLES!r} if find_spec(name)}}"
    )
    assert loaded(program).keys() == HEAVY | TABLES


def test_commands_load_what_they_use(loaded):
    found = loaded(COMMANDS)
    assert not found.pop("what a finished model says of its features") & TORCH
    assert found.keys() == OF_COMMANDS.keys()
    assert {name: modules for name, modules in found.items() if not modules <= OF_COMMANDS[name]} == {}


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_stage_loads_what_it_uses(loaded, stage):
    """Under DVC every stage is a process of its own, and starts with this."""
    found = loaded(f"import radsurv.stages.pipeline, radsurv.stages.{stage}\nlook('module')")
    assert found["module"] <= OF_STAGES[stage] | TABLES
