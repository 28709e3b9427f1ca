"""What an installation outside a clone has and needs: the wheel is whole, nothing asks for POSIX, and the demo runs where one stands."""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/radsurv"
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_no_module_needs_posix():
    assert {path.name: found for path in PACKAGE.rglob("*.py") if (found := imported(path) & POSIX_ONLY)} == {}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """As a release is built; its backend comes from uv's cache, or the registry."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".uv/bin"))
    if uv is None:
        pytest.skip("needs uv, which builds the wheel: make setup")
    folder = tmp_path_factory.mktemp("dist")
    command = [uv, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_has_every_file_of_conf_and_of_the_package(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    conf = {f"radsurv/conf/{path.relative_to(ROOT / 'conf').as_posix()}" for path in (ROOT / "conf").rglob("*.yaml")}
    own = {f"radsurv/{path.relative_to(PACKAGE).as_posix()}" for path in PACKAGE.rglob("*") if path.is_file()}
    assert {name for name in conf | own if "__pycache__" not in name} - names == set()
    assert "radsurv/report/papers/han2020.yaml" in names
    assert "radsurv/report/templates/report.html.j2" in names


@pytest.mark.slow
def test_the_demo_runs_in_an_empty_folder_from_the_wheel(wheel, tmp_path):
    installed, here = tmp_path / "site", tmp_path / "a folder, with a comma"
    zipfile.ZipFile(wheel).extractall(installed)
    here.mkdir()
    quick = ("significance=naive", "comparison=none", "attribution=none", "tracking=none", "backbone=none")
    command = [sys.executable, "-c", "import sys; from radsurv.cli import main; sys.exit(main())", "demo", *quick]
    environment = os.environ | {"PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"}
    for made in (True, False):  # the second time on the patients that are there
        done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert ("50 SIMULATED patients: radsurv-demo/data/clinical.csv" in done.stdout) is made
        assert done.stdout.rstrip().endswith("radsurv-demo/results/report.html")
    assert sorted(path.name for path in here.iterdir()) == ["radsurv-demo"]
    assert "SIMULATED" in (here / "radsurv-demo/results/report.html").read_text("utf-8")
