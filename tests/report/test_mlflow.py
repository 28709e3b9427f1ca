"""The MLflow run, read back by MLflow's own client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from tracked_runs import MLFLOW, tracked, write_logged

from radsurv.report import html, tracking
from radsurv.report.experiment import Experiment
from radsurv.report.tracker import Point, environment
from radsurv.report.trackers import mlflow_store

# MLflow's own, of SQLAlchemy, which it uses as it was.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # runs that MLflow keeps


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """One for all tests: making its tables takes seconds."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def options(store, monkeypatch, request):
    """Of a run in that store, in an experiment of the test's own, with a home folder without settings."""
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "DATABRICKS_"))]:
        monkeypatch.delenv(name)
    return MLFLOW.model_copy(update={"store": str(store), "experiment": request.node.name, "group": "ablation"})


@pytest.fixture
def client(store) -> Iterator:
    with environment(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_LOGGING_LEVEL="ERROR"):
        from mlflow import MlflowClient

        yield MlflowClient(tracking_uri=f"sqlite:///{store}/mlflow.db")


@pytest.fixture
def plain(monkeypatch) -> None:
    """Pages and figures take longer than all else together."""
    for module in (html, tracking):
        monkeypatch.setattr(module, "render", lambda _: "page")
    monkeypatch.setattr(tracking, "_figures", lambda _: {})


def only_run(client, options):
    (run,) = client.search_runs([client.get_experiment_by_name(options.experiment).experiment_id])
    return run


def steps(client, run, name: str) -> list[tuple[int, float]]:
    return [(one.step, one.value) for one in client.get_metric_history(run.info.run_id, name)]


def test_a_run_in_the_store_holds_everything(
    make_run, options, client, store, config, metrics, predictions, folds, tmp_path, monkeypatch, capfd
):
    (tmp_path / "working").mkdir()
    monkeypatch.chdir(tmp_path / "working")
    said: list[str] = []
    notes = write_logged(make_run(), options, said.append)
    assert [line.partition(":")[0] for line in said] == ["MLflow"] * 2
    assert said[1].startswith(
        "MLflow: kept on this machine: configuration, metrics, tables predictions, selections, folds, qc"
    )
    look = f"mlflow ui --backend-store-uri sqlite:///{store}/mlflow.db"
    assert notes == [f"MLflow: this run is kept on this machine; look at it with: {look}"]
    # Quiet, and nothing elsewhere.
    assert capfd.readouterr() == ("", "")
    assert list((tmp_path / "working").iterdir()) == []
    run = only_run(client, options)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "hospital-efficientnet_lite0")
    assert {name: run.data.metrics[name] for name in metrics} == pytest.approx(metrics)
    assert run.data.params["model.alpha"] == str(config.model.alpha)
    assert run.data.params["provenance.seed"] == "0"
    assert run.data.tags["scheme"] == "loocv"
    assert run.data.tags["group"] == "ablation"
    assert [one.dataset.name for one in run.inputs.dataset_inputs] == ["hospital-cohort", "hospital-features"]
    kept = steps(client, run, "folds/n_kept")
    assert kept == [(step, float(n)) for step, n in enumerate(folds["n_kept"], start=1)]
    files = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path)))
    table = pd.read_json(files / "tables" / "predictions.json", orient="split", dtype={"patient_id": str})
    pd.testing.assert_frame_equal(table, predictions, check_dtype=False)
    assert (files / "figures" / "kaplan_meier.png").read_bytes().startswith(b"\x89PNG")
    assert (files / "report" / "report.html").read_text(encoding="utf-8") == (
        tmp_path / "run" / "report.html"
    ).read_text(encoding="utf-8")
    assert "plotly" in (files / "charts.html").read_text(encoding="utf-8")


def test_a_run_that_dies_is_there_with_how_far_it_was(make_run, options, client):
    run_dir = make_run()
    followed = tracked(run_dir, options, lambda _: None)
    followed.start()
    for done in range(1, 41):
        followed.advanced("evaluate", done, 40, lambda: {"harrell_c": 0.5, "nothing": float("nan")})
    run = only_run(client, options)
    assert run.info.status == "RUNNING"
    assert steps(client, run, "live/evaluate/harrell_c") == [(done, 0.5) for done in range(2, 41, 2)]
    followed.fail()
    assert only_run(client, options).info.status == "FAILED"
    assert followed.fail() == [], "it is closed once"


def test_without_a_server_it_is_kept_here_and_says_so(make_run, plain, options, client, monkeypatch):
    online = options.model_copy(update={"mode": "online", "timeout_s": 1})
    notes = write_logged(make_run(), online, lambda _: None)
    assert notes[0] == "MLflow: no server is named (MLFLOW_TRACKING_URI), logged on this machine instead"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # discard: nobody listens
    said: list[str] = []
    notes = write_logged(make_run("other"), online, said.append)
    assert said[0].startswith("MLflow: now sent to http://127.0.0.1:9: configuration")
    assert notes[0].startswith("MLflow: could not log online, logged on this machine instead (")
    assert len(client.search_runs([client.get_experiment_by_name(options.experiment).experiment_id])) == 2


def test_faults_are_notes_and_no_end(make_run, plain, options, client, monkeypatch, tmp_path):
    def no_space(*_, **__):
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(mlflow_store, "charts_page", no_space)
        notes = write_logged(make_run(), options, lambda _: None)
    assert notes[0] == "MLflow: tables and report, or some of them, were not logged: no space left on device"
    assert only_run(client, options).info.status == "FINISHED"
    (tmp_path / "file").write_text("in the way")
    notes = write_logged(make_run(), options.model_copy(update={"store": str(tmp_path / "file")}), lambda _: None)
    assert notes[0].startswith("MLflow: nothing was logged: ")
    monkeypatch.setattr(mlflow_store, "find_spec", lambda _: None)
    assert write_logged(make_run(), options, lambda _: None) == [
        "MLflow: nothing was logged: it is not installed: pip install 'radsurv[mlflow]'"
    ]


def test_a_dashboard_that_breaks_while_the_run_goes_breaks_nothing(make_run, plain, options, client, monkeypatch):
    run_dir = make_run()
    followed = tracked(run_dir, options, lambda _: None)
    followed.start()

    def broken(*_: object) -> None:
        raise RuntimeError("what nobody expected")

    with monkeypatch.context() as patched:
        patched.setattr(mlflow_store.Mlflow, "progress", broken)
        followed.advanced("evaluate", 40, 40, dict)
        followed.advanced("compare", 5, 5, dict)
    notes = followed.finish(Experiment.load(run_dir), run_dir)
    lost = "the dashboard was not told how far the run is from evaluate 40 on: RuntimeError: what nobody expected"
    assert notes[0] == lost
    assert only_run(client, options).info.status == "FINISHED"


def test_points_are_a_part_of_the_loop(make_run, options, monkeypatch):
    told: list[Point] = []
    monkeypatch.setattr(mlflow_store.Mlflow, "progress", lambda _, point: told.append(point))
    followed = tracked(make_run(), options, lambda _: None)
    for done in range(1, 1_001):
        followed.advanced("significance", done, 1_000, dict)
    assert [one.step for one in told] == [*range(50, 1_001, 50)]
    assert told[0].values == {"share": 0.05}
