"""A multiverse as a run of its own on a dashboard, read back from W&B's file and by MLflow's client."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tracked_runs import MLFLOW, WANDB, inspect, logged_table, read_back, records

from radsurv.report import multiverse_tracking
from radsurv.report.multiverse import Multiverse
from radsurv.report.multiverse_tracking import log_multiverse
from radsurv.report.reasons import FAILED
from radsurv.report.specification_chart import specification_chart
from radsurv.report.trackers import mlflow_store
from radsurv.report.wandb_report import FILE, WandbReport

pytestmark = pytest.mark.slow  # runs that W&B and MLflow keep

C = {"0.1": 0.71, "0.5": 0.64, "1.0": 0.58}
FAULT = "mask of P007 is empty"
NAMED = {"run_name": "multiverse of alpha", "group": "many"}
NAMES = {f"model.alpha={alpha}": f"alpha={alpha}" for alpha in (*C, "7")}
PERMUTED = pd.DataFrame({"repetition": range(20), "signed_log_rank": 0.0, "log_hazard_ratio": 0.0})


@pytest.fixture
def multiverse(load, configured, metrics) -> Multiverse:
    """Three specifications, the best of which no shuffle reaches, and one that failed."""
    shuffled = np.random.default_rng(3).uniform(0.4, 0.6, 19)
    runs = {
        f"model.alpha={alpha}": load(
            config=configured(f"model.alpha={alpha}"),
            metrics=metrics | {"harrell_c": c, "harrell_c_low": c - 0.1, "permutation_p_c": 0.05 if c > 0.6 else 0.3},
            permutations=PERMUTED.assign(harrell_c=[c, *shuffled]),
        )
        for alpha, c in C.items()
    }
    return Multiverse.of(runs, {"model.alpha=7": FAULT})


def logged(multiverse: Multiverse, folder: Path, tracking=WANDB, **options) -> tuple[list[str], list[str]]:
    """What was said before anything left, and the notes in the end."""
    said: list[str] = []
    asked = tracking.model_copy(update={**NAMED, "patients": "pseudonyms", **options})
    return said, log_multiverse(multiverse, NAMES, asked, folder, said.append)


@pytest.mark.parametrize("module", [multiverse_tracking, mlflow_store])
def test_the_examples(module):
    assert doctest.testmod(module).failed == 0


def test_offline_run_holds_the_numbers_the_curve_and_what_it_was_made_of(multiverse, home, tmp_path, capfd):
    root = tmp_path / "many"
    said, notes = logged(multiverse, root, report=True)
    (folder,) = root.glob("wandb/offline-run-*")
    kept = "W&B: kept in the run folder until `wandb sync` sends it to a server: configuration, "
    assert said == [
        f"{kept}and how far the run is, under the name multiverse of alpha",
        f"{kept}metrics, tables specifications and the report with its figures (no patient in them),"
        " cohort, features, report as artifacts, under the name multiverse of alpha",
    ]
    assert notes[0] == f"W&B: this run is kept offline; upload it with: wandb sync {folder}"
    assert notes[1].startswith("W&B: then its report is written with: radsurv wandb-report ")
    assert capfd.readouterr() == ("", "")
    begun, *_, ended = records(root, "run")
    assert (begun["run_group"], begun["job_type"], begun["display_name"]) == ("many", "multiverse", NAMED["run_name"])
    assert ended["tags"] == ["coxnet", "radiomics", "efficientnet_lite0", "loocv"]
    run = read_back(root)
    assert run["state"] == "finished"
    assert run["config"]["choices"] == {"model.alpha": ["0.1", "0.5", "1.0"]}
    assert "alpha" not in run["config"]["model"], "it is not the same in all"
    assert run["config"]["model"]["name"] == "coxnet"
    assert run["config"]["execution"]["command"] == "radsurv run cohort=demo seed=0"
    summary = run["summary"]
    told = multiverse.metrics()
    assert {name: summary[name] for name in told} == told
    assert told["multiverse_p"] == 1 / 20
    assert told["multiverse_share"] == 2 / 4, "one of four failed"
    table = logged_table(root, summary, "specifications")
    assert table["specification"].tolist() == ["alpha=0.1", "alpha=0.5", "alpha=1.0"], "as their own runs are called"
    assert table["harrell_c"].tolist() == [*C.values()]
    (file,) = root.glob("wandb/offline-run-*/files/media/plotly/charts/specification_curve_*.plotly.json")
    upper = json.loads(file.read_text(encoding="utf-8"))["data"][:2]
    assert [(trace["x"], trace["y"]) for trace in upper] == [([1, 2], [0.64, 0.71]), ([0], [0.58])]
    artifacts = {one["type"]: one for one in records(root, "artifact") if one["type"] != "run_table"}
    assert {kind: bool(one.get("use_after_commit")) for kind, one in artifacts.items()} == {
        "cohort": True,
        "features": True,
        "report": False,
    }
    assert artifacts["report"]["name"] == "hospital-multiverse"
    assert json.loads(artifacts["report"]["metadata"])["cohort_sha256"] == "ab" * 32
    page = (folder / "files" / summary["report"]["path"]).read_text(encoding="utf-8")
    assert f"<li>alpha=7: {FAILED}</li>" in page
    everything = page + inspect(root) + file.read_text() + table.to_csv() + (folder / FILE).read_text()
    assert "P007" not in everything
    assert FAULT not in everything
    report = WandbReport.read(folder)
    assert report.charts == ("charts/specification_curve",)
    assert report.abstract.lead.startswith("Over 3 specifications of the same analysis, C has a median of 0.64")
    assert "P = .050" in report.abstract.sentence


def test_its_own_run_uses_what_those_of_its_specifications_used(multiverse, monkeypatch):
    """Two specifications began with the same features, one with others: each once."""
    (name, run), *_ = multiverse.experiments.items()
    other = run.provenance.model_copy(update={"inputs": {"cohort.parquet": "ab" * 32, "radiomics.parquet": "ef" * 32}})
    changed = replace(run, provenance=other, read=features(run))
    found = replace(multiverse, experiments={**multiverse.experiments, name: changed})
    used = [one for one in multiverse_tracking._artifacts(found, "page", with_features=False) if one.used]
    assert [one.kind for one in used] == ["cohort", "features", "features"]
    assert {one.facts.get("radiomics_sha256") for one in used if one.kind == "features"} == {"ef" * 32, None}


def features(run):
    table = pd.DataFrame({"patient_id": ["P001"], "shape_Volume": [1.0]})
    return lambda entry: table if entry.name == "radiomics" else run.read(entry)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy
def test_mlflow_has_the_same(multiverse, home, tmp_path):
    store = tmp_path / "store"
    said, notes = logged(multiverse, tmp_path / "many", MLFLOW, store=str(store))
    assert [line.partition(":")[0] for line in said] == ["MLflow"] * 2
    assert notes[0].endswith(f"mlflow ui --backend-store-uri sqlite:///{store}/mlflow.db")
    assert not (tmp_path / "many").exists(), "it has its files elsewhere"
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{store}/mlflow.db")
    (run,) = client.search_runs([client.get_experiment_by_name("radsurv").experiment_id])
    assert (run.info.status, run.info.run_name) == ("FINISHED", "multiverse of alpha")
    assert {name: run.data.tags[name] for name in ("group", "scheme")} == {"group": "many", "scheme": "multiverse"}
    assert run.data.params["choices.model.alpha"] == "['0.1', '0.5', '1.0']"
    assert run.data.metrics == pytest.approx(multiverse.metrics())
    assert [one.dataset.name for one in run.inputs.dataset_inputs] == ["hospital-cohort", "hospital-features"]
    files = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path)))
    assert "All specifications" in (files / "report/multiverse.html").read_text(encoding="utf-8")
    assert "from the lowest C to the highest" in (files / "charts.html").read_text(encoding="utf-8")
    table = pd.read_json(files / "tables/specifications.json", orient="split")
    assert table["harrell_c"].tolist() == [*C.values()]


def test_reasons_are_there_where_ids_may_be(multiverse, tmp_path, monkeypatch):
    kept = []
    fake = SimpleNamespace(start=lambda run: None, finish=lambda run: kept.append(run) or [])
    monkeypatch.setitem(multiverse_tracking.Tracked.of.__globals__["TRACKERS"], type(WANDB), lambda *_: fake)
    assert logged(multiverse, tmp_path, patients="ids", tags=["thesis"]) == ([], [])
    assert f"<li>alpha=7: {FAULT}</li>" in kept[0].page
    assert kept[0].begun.patients == "ids"
    assert kept[0].begun.tags == ("thesis",)


def test_options_of_one_name_keep_their_rows_in_the_chart(multiverse):
    """``name`` of model and search would be one row, were rows told apart by what they are called."""
    first, *_ = multiverse.choices
    choices = (replace(first, name="model.name"), replace(first, name="search.name"))
    figure = specification_chart(replace(multiverse, choices=choices))
    lower = [trace for trace in figure.data if trace.yaxis == "y2"]
    assert [(list(trace.x), list(trace.y)) for trace in lower] == [
        ([2], [0]), ([1], [1]), ([0], [2]), ([2], [3]), ([1], [4]), ([0], [5]),
    ]  # fmt: skip
    assert lower[0].text[0].startswith("model.name = 0.1<br>search.name = 0.1<br>C 0.710, permutation P by itself .050")


def test_a_value_is_text_and_no_html_in_the_chart(multiverse):
    (only,) = multiverse.choices
    hostile = replace(only, values=("<b>1</b>", "2", "3"))
    figure = specification_chart(replace(multiverse, choices=(hostile,)))
    texts = [*figure.layout.yaxis2.ticktext, *(text for trace in figure.data for text in trace.text)]
    assert not [text for text in texts if "<b>" in text]
    assert sum("&lt;b&gt;1&lt;/b&gt;" in text for text in texts) == 3, (
        "beside the row, and where one points at either mark"
    )
