"""docs/tutorial-dicom.md: its three commands, on the folder that it shows, say what it shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from dicom_export import export

from radsurv.cohort.simulate import simulate

PAGE = (Path(__file__).parents[1] / "docs/tutorial-dicom.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ (radsurv .*)$", PAGE, re.MULTILINE)
PACE = re.compile(r"\w+ +\d+ of \d+")  # how far a loop is, said only where it takes long
RADSURV = "from radsurv.cli import main; raise SystemExit(main())"


def said_by(command, folder, *more):
    program, *arguments = shlex.split(command)
    assert program == "radsurv"
    done = subprocess.run(
        [sys.executable, "-c", RADSURV, *arguments, *more],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # where the lines of a run go
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def shown_after(command):
    """The transcript of a command on the page."""
    return PAGE.partition(f"$ {command}\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory):
    """The folder after the first two commands and the edit between them; and what the commands said."""
    folder = tmp_path_factory.mktemp("tutorial")
    table = simulate(folder / "simulated", n_patients=16, n_censored=4)
    export(table.parent, folder / "MADE-UP-GLIOMA", folder / "clinical.csv")
    said = [said_by(COMMANDS[0], folder)]
    options = folder / "glioma/cohort.yaml"
    for line in re.findall(r"^  (?:name|covariates): .*$", PAGE, re.MULTILINE):
        name = line.partition(":")[0]
        edited, times = re.subn(rf"^{name}: .*$", line, options.read_text("utf-8"), flags=re.MULTILINE)
        assert times == 1
        options.write_text(edited, encoding="utf-8")
    return folder, [*said, said_by(COMMANDS[1], folder)]


def test_three_commands_from_a_folder_to_the_report():
    assert [command.split()[1] for command in COMMANDS] == ["ingest", "check", "run"]


@pytest.mark.slow
def test_what_was_found_and_looked_at_is_as_the_page_shows_it(looked_at):
    folder, (found, seen) = looked_at
    assert found == shown_after(COMMANDS[0])
    assert found.rstrip().rpartition("\n")[2].strip() in COMMANDS[2]
    assert seen == shown_after(COMMANDS[1])
    options = (folder / "glioma/cohort.yaml").read_text("utf-8")
    assert options.partition("\ncohort:\n")[2] in PAGE
    for path in ("glioma/left_out.csv", "glioma/clinical.csv"):
        first = "\n".join((folder / path).read_text("utf-8").splitlines()[:2])
        assert first in PAGE
    for path in re.findall(r"^(MADE-UP-GLIOMA/.*?)(?:  .*)?$", PAGE, re.MULTILINE):
        assert (folder / path).exists(), path
    for path in re.findall(r"results/\w+\.\w+", seen):
        assert (folder / path).is_file()


@pytest.mark.slow
def test_the_run_says_what_the_page_shows(looked_at):
    """Without the permutations, which take most of the time, and but for times; numbers of models are not compared."""
    folder, _ = looked_at
    said = said_by(COMMANDS[2], folder, "significance=naive", "compute.n_jobs=1").splitlines()
    said = [line for line in said if not PACE.match(line)]
    shown = shown_after(COMMANDS[2]).splitlines()
    plain = [[re.sub(r"  \([\d.]+ s\)$", "", line) for line in lines] for lines in (said, shown)]
    until = next(place for place, line in enumerate(plain[1]) if line.startswith("evaluate"))
    assert plain[0][:until] == plain[1][:until]
    numbers = [[re.sub(r"\d[\d.]*", "N", line) for line in lines[until : until + 2]] for lines in plain]
    assert numbers[0] == numbers[1]
    assert said[-1] == shown[-1] == "results/report.html"
    report = (folder / "results/report.html").read_text("utf-8")
    assert "Made-up glioma" in report
    assert "lacks 1 section: between 1-06.dcm" in report
