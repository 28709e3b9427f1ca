"""Paths as others may see them."""

from pathlib import Path

import pandas as pd
import pytest

from radsurv.catalogue.record import AppliedModel, Provenance, StageRecord, WeightsRecord
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.places import Places

PLACES = Places(["/data/Dr Who/a.csv", "../up/b.csv"], Path("/work/here"), Path("/home/jane"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a/b.nii leads out of the folder /data/Dr Who; copy it", "a/b.nii leads out of the folder Dr Who; copy it"),
        ("radsurv run 'cohort.table=/data/Dr Who/a.csv' x=1", "radsurv run 'cohort.table=a.csv' x=1"),
        ("radsurv run x=[/p/q/r.csv,/work/here/s/t.csv]", "radsurv run x=[r.csv,s/t.csv]"),
        ("../up/b.csv and /work/up/b.csv, /work/here/c/d.csv", "b.csv and b.csv, c/d.csv"),
        ("in /home/jane, ~/x/y.pt, ~joe/z.pt", "in ~, y.pt, z.pt"),
        ("1/2, n/a, +/- 3, 256x256/4, T1/T2, /5, a//b", "1/2, n/a, +/- 3, 256x256/4, T1/T2, /5, a//b"),
        ("https://a.org/b/c.pth", "https://a.org/b/c.pth"),
        ("C 0.67 (0.5/0.8)", "C 0.67 (0.5/0.8)"),
    ],
)
def test_sentences(text, shown):
    assert PLACES.text(text) == shown


@pytest.mark.parametrize("working", ["/", "/home"])
def test_a_working_folder_that_holds_the_home_is_none(working):
    places = Places([], Path(working), Path("/home/jane"))
    assert places.path("/home/jane/study/a.csv") == "a.csv"
    assert places.text("see /home/jane/study/a.csv") == "see a.csv"


SECRET = "Mueller"


@pytest.fixture
def elsewhere(configured, provenance, execution, make_run, tmp_path, monkeypatch, qc):
    """A run whose paths are absolute, some in the working folder, and whose sentences speak of them."""
    monkeypatch.chdir(tmp_path)
    away = f"/somewhere/{SECRET}"
    config = configured(
        f"cohort.table={away}/clinical.csv", f"cohort.features={tmp_path}/data/ready.csv", f"run_dir={tmp_path}/run"
    )
    records = {
        "cohort": StageRecord(notes=[f"{away}/clinical.csv: 3 ids"], reasons={"uno_c": f"{away}/x has none"}),
        "deep": StageRecord(weights=WeightsRecord(backbone="vgg19", weights=f"{away}/w.pt", sha256="ab" * 32)),
        "evaluate": StageRecord(
            applied=AppliedModel(
                model=f"{away}/model.json", sha256="cd", cohort="a", n_patients=9, n_events=5, simulated=False,
                transforms="", reduction="", trained="",
            )
        ),
    }  # fmt: skip
    command = f"radsurv run cohort.table={away}/clinical.csv cohort.features={tmp_path}/data/ready.csv"
    qc.loc[qc["patient_id"] == "P041", "reason"] = f"masks/a.nii leads out of the folder {away}"
    told = Provenance.model_validate(provenance.model_dump() | {"stages": records})
    return make_run(config=config, provenance=told, execution=execution.model_copy(update={"command": command}), qc=qc)


def test_a_page_tells_nobody_where_files_are(elsewhere, tmp_path):
    experiment = Experiment.load(elsewhere)
    page = render(experiment)
    assert SECRET not in page.replace(f"the folder {SECRET}", "")
    assert str(tmp_path) not in page
    assert "cohort.table=clinical.csv cohort.features=data/ready.csv" in page
    assert "vgg19, weights: w.pt" in page
    assert page.count("has the full paths") == 2
    assert experiment.config.run_dir == "run"
    assert str(tmp_path) in (elsewhere / "config.yaml").read_text(encoding="utf-8")


def test_relative_paths_stay_and_need_no_note(make_run, provenance):
    experiment = Experiment.load(make_run())
    assert not experiment.shortened
    assert "has the full paths" not in render(experiment)
    assert experiment.provenance == provenance


def test_reasons_are_the_only_cells_that_are_changed(elsewhere, qc):
    told = Experiment.load(elsewhere).qc
    assert told is not None
    pd.testing.assert_frame_equal(told.drop(columns="reason"), qc.drop(columns="reason"))
    assert (told["reason"] != qc["reason"]).sum() == 1
