"""What nobody expected, put in by hand: one line, a file with the traceback, and an exit status of its own."""

import errno
import re
from pathlib import Path

import pandas as pd
import pytest

from radsurv import crash
from radsurv.cli import main
from radsurv.compute.parallel import in_processes
from radsurv.errors import ConfigError, doing

QUICK = ("tracking=none", "backbone=none", "significance=naive", "comparison=none", "compute.n_jobs=1")
REPORT = "this is a fault of RadSurv's: please report it with that file"


@pytest.fixture
def run(twelve, tmp_path, monkeypatch, capfd):
    """Run on the twelve patients; returns exit status and the last line of standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*overrides):
        status = main(["run", f"cohort.table={twelve / 'clinical.csv'}", "run_dir=out", *QUICK, *overrides])
        return status, capfd.readouterr().err

    return run


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize(
    ("place", "doing", "written"),
    [
        ("radsurv.stages.pipeline.preflight.check", "run", "radsurv-crash.txt"),
        ("radsurv.stages.cohort.read_table", "stage cohort", "out/crash.txt"),
        ("radsurv.stages.evaluate.cross_validate", "stage evaluate", "out/crash.txt"),
    ],
)
def test_the_line_says_what_was_done_and_where_the_traceback_is(run, tmp_path, monkeypatch, place, doing, written):
    monkeypatch.setattr(place, failing(RuntimeError("the moon\nis full")))
    status, shown = run("until=evaluate")
    last = shown.splitlines()[-1]
    assert status == 70
    assert last == (
        f"radsurv: error: {doing}: unexpected RuntimeError: the moon is full; {REPORT}; the traceback is in {written}"
    )
    assert "Traceback" not in shown
    found = (tmp_path / written).read_text()
    assert "RuntimeError: the moon\nis full" in found
    assert "in fail" in found
    assert "numpy " in found
    assert "run_dir=out" in found


@pytest.mark.parametrize(
    ("place", "doing"),
    [
        ("radsurv.stages.cohort.load_patient", r"stage cohort: images of \S+clinical.csv: 12 of 12"),
        ("radsurv.stages.radiomics.radiomics_features", "stage radiomics: radiomics: 12 of 12"),
    ],
)
def test_what_hits_every_patient_is_no_patients_fault(run, tmp_path, monkeypatch, place, doing):
    monkeypatch.setattr(place, failing(RuntimeError("the moon\nis full")))
    status, shown = run("until=radiomics")
    assert status == 70
    said = f"radsurv: error: {doing} attempts failed, the first with an unexpected RuntimeError in test_crash.py, line"
    assert re.fullmatch(rf"{said} \d+: the moon; {REPORT}; the traceback is in out/crash.txt", shown.splitlines()[-1])
    found = (tmp_path / "out/crash.txt").read_text()
    assert "RuntimeError: the moon\nis full" in found
    assert "in fail" in found


def test_a_run_after_a_crash_takes_its_folder_and_leaves_no_trace_of_it(run, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("radsurv.stages.radiomics.radiomics_features", failing(ZeroDivisionError()))
        assert run("until=radiomics")[0] == 70
    assert (tmp_path / "out/crash.txt").exists()
    assert run("until=cohort")[0] == 0
    assert not (tmp_path / "out/crash.txt").exists()


@pytest.mark.parametrize(
    ("flags", "variable", "shown"), [(["--debug"], "", True), ([], "1", True), ([], "0", False), ([], "", False)]
)
def test_debug_shows_the_traceback(tmp_path, monkeypatch, capsys, flags, variable, shown):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RADSURV_DEBUG", variable)
    monkeypatch.setattr("radsurv.stages.compose.compose", failing(RuntimeError("the moon")))
    assert main(["describe-features", *flags]) == 70
    said = capsys.readouterr().err
    assert ("Traceback" in said) == shown
    assert said.splitlines()[-1].startswith("radsurv: error: describe-features: unexpected RuntimeError: the moon;")


def test_an_error_of_the_users_leaves_no_file(run, tmp_path):
    status, shown = run("cohort.table=nowhere.csv")
    assert status == 1
    assert REPORT not in shown
    assert not list(tmp_path.rglob("*crash.txt"))


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_want_of_memory_has_a_remedy(tmp_path, monkeypatch, error):
    monkeypatch.chdir(tmp_path)
    error.add_note("while stage deep")
    found = crash.failure(error, ["run"])
    assert found.status == 70
    assert found.words.startswith("stage deep: out of memory (")
    assert "compute.n_jobs=1" in found.words
    assert REPORT not in found.words


def test_an_interruption_is_none(run, tmp_path, monkeypatch):
    monkeypatch.setattr("radsurv.stages.radiomics.radiomics_features", failing(KeyboardInterrupt()))
    status, shown = run("until=radiomics")
    assert status == 130
    assert "interrupted" in shown.splitlines()[-1]
    assert not list(tmp_path.rglob("*crash.txt"))


def test_a_sweep_keeps_it_beside_the_run_and_goes_on(run, tmp_path, monkeypatch):
    from radsurv.stages import cohort

    working = cohort.read_table

    def sometimes(*given, **named):
        if (tmp_path / "full moon").exists():
            return working(*given, **named)
        (tmp_path / "full moon").touch()
        raise RuntimeError("the moon")

    monkeypatch.setattr(cohort, "read_table", sometimes)
    status, shown = run("-m", "seed=1,2", "until=cohort")
    assert status == 70
    assert "radsurv: error: seed=1: stage cohort: unexpected RuntimeError: the moon;" in shown
    assert "1 of 2 runs failed: seed=1" in shown
    assert "Traceback" in (tmp_path / "out/seed=1.error.txt").read_text()
    summary = pd.read_csv(tmp_path / "out/summary.csv", keep_default_na=False)
    assert summary["error"].str.startswith("stage cohort").tolist() == [True, False]
    assert summary["error"].str.contains("\n").sum() == 0


def test_a_stage_under_dvc_leaves_it_in_the_run_folder(twelve, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("radsurv.stages.params_file.read", failing(RuntimeError("the moon")))
    assert main(["stage", "evaluate"]) == 70
    assert f"stage: unexpected RuntimeError: the moon; {REPORT}" in capfd.readouterr().err


def test_an_error_of_the_system_is_the_users_and_one_without_a_number_is_not():
    full = OSError(errno.ENOSPC, "No space left on device", "x")
    assert crash.failure(full, []).status == 1
    with pytest.raises(OSError, match="No space"), crash.crashes_in(Path("nowhere"), discreet=False):
        raise full
    with pytest.raises(crash.Crash), crash.crashes_in(Path("nowhere"), discreet=False):
        raise OSError("cannot identify image file")


def test_where_nothing_can_be_written_it_says_so(monkeypatch):
    monkeypatch.setattr(crash, "atomic", failing(OSError(errno.EROFS, "Read-only file system")))
    assert "could not be written, --debug shows it" in crash.failure(RuntimeError(), []).words


def test_no_secret_gets_into_the_file_or_the_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef")
    error = ValueError("no answer from https://me:pass@host/x with 0123456789abcdef")
    found = crash.failure(error, ["run", "+tracking.api_key=hunter2", "cohort.table=https://me:pass@host/x"])
    text = (tmp_path / "radsurv-crash.txt").read_text() + found.words + found.details
    for secret in ("hunter2", "me:pass", "0123456789abcdef"):
        assert secret not in text
    assert "cohort.table=https://***@host/x" in text


def test_what_was_being_done_comes_back_from_a_worker_process():
    def fail(item):  # nested, so that it travels by value
        with doing(f"patient {item}"):
            raise ValueError("odd")

    with pytest.raises(ValueError, match="odd") as caught:
        list(in_processes(fail, ["P1", "P2"], 2))
    assert crash.in_work(caught.value) in ("patient P1: ", "patient P2: ")


def test_notes_go_from_the_whole_to_the_part():
    with pytest.raises(ConfigError) as caught, doing("stage deep"), doing("patient P1"):
        raise ConfigError("no")
    caught.value.add_note("somebody else's")
    assert crash.in_work(caught.value) == "stage deep, patient P1: "
