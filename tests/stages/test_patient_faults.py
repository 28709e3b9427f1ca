"""Whatever happens to one patient: a row with stage and reason, and the others' numbers as if nothing had been."""

import os
import signal

import pandas as pd
import pytest
from reliability import MEMORY, Fault, by_case

from radsurv.config import validate
from radsurv.errors import EveryPatientFails
from radsurv.stages import cohort, deep_features, pipeline, radiomics, terminal
from radsurv.stages.compose import compose

BAD = "SIMULATED-003"
LEFT_OUT = "that patient, with the reason in `qc.csv`"
OTHERS = "it has gone on: the others' numbers are the same"
FAULTS = [
    Fault(
        kind=MEMORY, fault="a worker is killed whenever it reads a certain patient (want of memory, a crash in compiled code)", status=0,
        said="the operating system ended a worker process (SIGKILL) each time", lost=LEFT_OUT, then=OTHERS, case="killed",
    ),
    Fault(
        kind=MEMORY, fault="there is no memory for one patient", status=0, said="unexpected MemoryError", lost=LEFT_OUT, then=OTHERS,
        put_in=True, case="memory",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)
UNEXPECTED = {
    "code of a library": ZeroDivisionError("division by zero"),
    "memory": MemoryError("Unable to allocate 9 TiB"),
}


@pytest.fixture
def run(twelve, tmp_path):
    """Run on the twelve patients in a folder of its own; returns the folder."""
    count = iter(range(9))

    def run(*overrides: str):
        number = next(count)
        folder = tmp_path / f"run{number}"
        where = (
            f"cohort.table={twelve / 'clinical.csv'}",
            f"run_dir={folder}",
            f"compute.cache_dir={tmp_path / f'cache{number}'}",
        )
        quick = ("tracking=none", "backbone=none", "compute.n_jobs=1", "until=radiomics")
        pipeline.run(validate(compose([*where, *quick, *overrides])))
        return folder

    return run


def raising(error, whose=BAD):
    """Wraps a function so that it fails where it is about somebody."""

    def wrap(function):
        def failing(*args, **options):
            if whose is None or any(whose in repr(argument) for argument in args):
                raise error
            return function(*args, **options)

        return failing

    return wrap


def assert_only_bad_is_out(folder, stage, *said):
    qc = pd.read_csv(folder / "qc.csv", keep_default_na=False).query("status == 'excluded'")
    assert qc[["patient_id", "stage"]].to_numpy().tolist() == [[BAD, stage]]
    assert all(words in qc["reason"].iloc[0] for words in said)


@pytest.mark.parametrize("error", UNEXPECTED.values(), ids=UNEXPECTED)
def test_in_stage_cohort(run, monkeypatch, error):
    monkeypatch.setattr(cohort, "load_patient", raising(error)(cohort.load_patient))
    folder = run()
    assert_only_bad_is_out(folder, "cohort", f"unexpected {type(error).__name__} in test_patient_faults.py", str(error))
    assert len(pd.read_parquet(folder / "cohort.parquet")) == len(pd.read_parquet(folder / "radiomics.parquet")) == 11


@pytest.mark.parametrize("error", UNEXPECTED.values(), ids=UNEXPECTED)
def test_in_stage_radiomics(run, monkeypatch, error):
    whole = pd.read_parquet(run() / "radiomics.parquet").set_index("patient_id")
    monkeypatch.setattr(radiomics, "_features", raising(error)(radiomics._features))
    folder = run()
    assert_only_bad_is_out(folder, "radiomics", f"unexpected {type(error).__name__}", str(error))
    assert not isinstance(error, MemoryError) or ROW["memory"].said == f"unexpected {type(error).__name__}"
    others = pd.read_parquet(folder / "radiomics.parquet").set_index("patient_id")
    pd.testing.assert_frame_equal(others, whole.drop(index=BAD))


def test_in_stage_deep(run, monkeypatch):
    monkeypatch.setattr(deep_features, "picture", raising(ValueError("no such array"))(deep_features.picture))
    folder = run(
        "backbone=torchvision", "backbone.name=squeezenet1_1", "backbone.weights=random", "backbone.layers=[penultimate]",
        "patch.size=64", "radiomics=none", "compute.accelerator=cpu", "until=deep",
    )  # fmt: skip
    assert_only_bad_is_out(folder, "deep", "unexpected ValueError", "no such array")
    assert len(pd.read_parquet(folder / "deep.parquet")) == 11


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        (cohort, "load_patient", r"^images of .*clinical\.csv: 12 of 12"),
        (radiomics, "_features", "^radiomics: 12 of 12"),
    ],
)
def test_what_hits_everybody_ends_the_run_with_that(run, monkeypatch, module, name, said):
    monkeypatch.setattr(module, name, raising(RuntimeError("no codec here"), None)(getattr(module, name)))
    with pytest.raises(EveryPatientFails, match=f"{said} attempts failed.*unexpected RuntimeError .*: no codec here"):
        run()


@pytest.mark.parametrize("stage", [cohort, radiomics])
def test_an_interrupt_is_an_interrupt(run, monkeypatch, stage):
    name = {cohort: "load_patient", radiomics: "_features"}[stage]
    monkeypatch.setattr(stage, name, raising(KeyboardInterrupt())(getattr(stage, name)))
    with pytest.raises(KeyboardInterrupt):
        run()


@pytest.mark.slow
def test_a_worker_killed_while_it_reads(run, monkeypatch):
    """As the system's OOM killer does: without a word, and with signal 9."""
    whole = run()

    def measure(config, place, ask, patient):
        from radsurv.stages.cohort import _measure  # of the worker process, which nobody has patched

        if patient.patient_id == "SIMULATED-003":
            os.kill(os.getpid(), signal.SIGKILL)
        return _measure(config, place, ask, patient)

    monkeypatch.setattr(terminal, "PATIENTS_WORTH_PROCESSES", 1)
    monkeypatch.setattr(cohort, "_measure", measure)
    folder = run("compute.n_jobs=2")
    assert_only_bad_is_out(folder, "cohort", ROW["killed"].said)
    expected = pd.read_parquet(whole / "radiomics.parquet").query("patient_id != @BAD").reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "radiomics.parquet"), expected)
