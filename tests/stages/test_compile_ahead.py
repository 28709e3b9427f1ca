"""``radsurv compile``: after it, a run has nothing left to compile."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from radsurv.cli import main

RUN = """
import sys
from numba.core import event
compiled = []
class Listener(event.Listener):
    def on_start(self, one):
        compiled.append(one.data["dispatcher"].py_func.__name__)
    def on_end(self, one):
        pass
event.register("numba:compile", Listener())
from radsurv.cli import main
assert main(sys.argv[1:]) == 0
print("compiled:", sorted(compiled))
"""


def test_one_line_says_where_it_is_kept_and_nothing_else_is_left(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(["compile"]) == 0
    said = capfd.readouterr()
    assert said.err == ""
    assert said.out.startswith("compiled what there was to compile, in ")
    assert Path(said.out.partition("kept in ")[2].strip()).is_dir()
    assert [*tmp_path.iterdir()] == []


def test_what_a_run_refuses_it_refuses(capfd):
    assert main(["compile", "model=oracle"]) != 0
    assert "oracle" in capfd.readouterr().err


@pytest.mark.slow
def test_a_run_on_images_compiles_nothing_more(twelve, tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kept")}

    def compiled(*command):
        asked = [sys.executable, "-c", RUN, *command]
        done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.partition("compiled: ")[2].strip()

    assert "cross_validate_path" in compiled("compile")
    options = [f"cohort.table={twelve}/clinical.csv", "backbone=none", "tracking=none", "significance.permutations=19"]
    assert compiled("run", *options, "until=significance", "compute.cache_dir=cache") == "[]"
