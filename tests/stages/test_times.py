"""A landmark and several causes through the stages: what the run keeps, notes, counts, and refuses."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv.cli import main
from radsurv.config import validate
from radsurv.errors import CohortError
from radsurv.stages import check, cohort
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

N = 60
OPTIONS = (
    *("cohort.table=clinical.csv", "cohort.features=features.csv", "run_dir=run", "tracking=none", "compute.n_jobs=1"),
    *("cohort.columns={event: status}", "cohort.values={event: {alive: 0, progressed: 1, died: 2}}"),
    *("cohort.event_of_interest=1", "cohort.landmark_days=90", "reduction.cindex=0.5", "reduction.icc=null"),
    *("significance=naive", "comparison=none", "attribution=none", "validation=repeated_kfold"),
    *("validation.n_splits=3", "validation.repeats=1"),
)
LEFT = 4  # until the landmark: two progressed, one died, one left


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Sixty patients of whom four leave by the landmark."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(3)
    values = generator.normal(size=(N, 4))
    time = (100 + 300 * generator.exponential(np.exp(-values[:, 0]))).round()
    status = np.array(["progressed", "progressed", "died", "alive"] * (N // 4))
    time[:LEFT] = [30, 90, 60, 89]
    ids = [f"P{number:02d}" for number in range(N)]
    pd.DataFrame({"patient_id": ids, "time": time, "status": status}).to_csv("clinical.csv", index=False)
    features = pd.DataFrame(values, columns=[f"f{number}" for number in range(4)])
    features.insert(0, "patient_id", ids)
    features.to_csv("features.csv", index=False)
    return tmp_path


def config(*more):
    return validate(compose([*OPTIONS, *more]))


def started(*more):
    run = RunFolder("run")
    run.root.mkdir()
    return cohort.run(config(*more), run)


def test_the_stage_excludes_by_name_and_says_what_it_did(folder):
    found = started()
    assert (
        "56 patients, 28 events, 14 of other causes (censored); time in days (cohort.time_unit) since the landmark (90 days)"
        in found.summary
    )
    landmark, causes, excluded = found.record.notes
    assert (
        "excluded by name are 4 patients who left by then (2 with the event, 1 with an event of another cause, 1 no longer followed)"
        in landmark
    )
    assert (
        "the event is cause 1 (progressed); other causes are censored at their time (cause 2 (died) in 14 patients)"
        in causes
    )
    assert excluded.startswith("4 patients excluded: P00, P01, P02, P03")
    qc = pd.read_csv(RunFolder("run").stage_qc("cohort"), keep_default_na=False)
    out = qc[qc["status"] == "excluded"]
    assert out["patient_id"].tolist() == ["P00", "P01", "P02", "P03"]
    assert set(out["stage"]) == {"cohort"}
    table, before = pd.read_parquet("run/cohort.parquet"), pd.read_csv("clinical.csv")
    assert (table["time"] == before["time"][LEFT:].reset_index(drop=True) - 90).all()
    assert table["event_cause"].tolist() == [1, 1, 2, 0] * 14


def test_check_says_what_a_run_would_do(folder, capsys):
    said = []
    assert check.run(config(), said.append) == 0
    checks = pd.read_csv("run/checks.csv", keep_default_na=False)
    out = checks[checks["severity"] == "excluded"]
    assert out["patient_id"].tolist() == ["P00", "P01", "P02", "P03"]
    assert (out["remedy"] == "").all()
    assert checks["what"].str.startswith("cohort.landmark_days=90: times start at the landmark").any()
    page = Path("run/passport.html").read_text("utf-8")
    assert "by the Aalen-Johansen estimate" in page
    assert "4 at or before the landmark of 90 days" in page


def test_a_feature_that_tells_a_death_is_an_outcome_too(folder):
    died = (pd.read_csv("clinical.csv")["status"] == "died").astype(float)
    pd.read_csv("features.csv").assign(f9=died).to_csv("features.csv", index=False)
    with pytest.raises(CohortError, match=r"'f9' tells by a threshold .* \(events of cause 2 \(died\)\)"):
        started()


@pytest.mark.slow
def test_a_run_counts_trains_and_tells_and_others_must_do_alike(folder, capfd):
    assert main(["run", *OPTIONS]) == 0
    metrics = json.loads(Path("run/metrics.json").read_text("utf-8"))
    assert (metrics["n_patients"], metrics["n_events"], metrics["n_competing_events"], metrics["n_excluded"]) == (
        56,
        28,
        14,
        LEFT,
    )
    predictions = pd.read_parquet("run/predictions.parquet")
    assert list(predictions) == ["patient_id", "time", "event", "fold", "risk", "threshold", "group", "repeat"]
    page, card = (Path(f"run/{name}").read_text("utf-8") for name in ("report.html", "model_card.md"))
    assert page.count("above the share that has it (14 patients did leave so)") == 3  # accuracy, calibration, decisions
    assert "days since the landmark (90 days)" in card
    assert "event is cause 1 of several" in card
    stored = json.loads(Path("run/model.json").read_text("utf-8"))["config"]["cohort"]
    assert (stored["landmark_days"], stored["event_of_interest"]) == (90.0, 1)

    new = pd.DataFrame({"patient_id": ["P00", "P10"], "time": [1, 500], "event": ["died", "died"]})
    new.to_csv("new.csv", index=False)
    one = [
        "predict",
        "--model",
        "run/model.json",
        "--cohort",
        "new.csv",
        "--features",
        "features.csv",
        "--out",
        "p.csv",
    ]
    capfd.readouterr()
    assert main(one) == 0
    said = capfd.readouterr().err
    assert pd.read_csv("p.csv")["patient_id"].tolist() == ["P00", "P10"]  # an outcome that is there plays no part
    assert "survival_TIME in days since the landmark (90 days)" in said
    assert "counts from a landmark, 90 days after the start" in said
    assert "1 − survival is above the share that will have the event" in said
    assert main([*one, "cohort.landmark_days=30"]) == 1
    assert "cohort.landmark_days is 30.0 here and 90.0 in the model" in capfd.readouterr().err
    external = [option for option in OPTIONS if not option.startswith("validation")]
    external += ["validation=external", "validation.model=run/model.json", "run_dir=other"]
    assert main(["run", *external, "cohort.event_of_interest=2", "cohort.landmark_days=null"]) == 1
    said = capfd.readouterr().err
    assert (
        "cohort.landmark_days is null here and 90.0 in the model; cohort.event_of_interest is 2 here and 1 in the model"
        in said
    )
