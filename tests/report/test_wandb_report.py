"""W&B reports, in the form in which the library sends them; no network."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import wandb
from tracked_runs import WANDB, inspect, read_back, records, with_patients, write_logged

from radsurv.catalogue.metrics import METRICS
from radsurv.cli import main
from radsurv.errors import ConfigError
from radsurv.report import wandb_report
from radsurv.report.trackers import weights_and_biases
from radsurv.report.wandb_report import FILE, WandbReport
from radsurv.stages.wandb_report import write_report

# The library is written for the pydantic before the one that it asks for.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Pydantic V1 style:DeprecationWarning"),
]  # runs that W&B keeps

ASKED = WANDB.model_copy(update={"report": True, "patients": "pseudonyms"})
RUN = SimpleNamespace(id="ab12cd34", entity="lab", project="radsurv", url="https://w/lab/radsurv/runs/ab12cd34")
# The library reads filters as expressions, and would change these characters in them.
NASTY = 'alpha=0.1, "it\'s" <=5 != é'


class Api:
    """W&B's, as the library uses it: keeps what is sent."""

    def __init__(self, fault: Exception | None = None):
        self.sent: list[dict] = []
        self.fault = fault
        self.default_entity = "lab"
        self._service_api = SimpleNamespace(execute_graphql=self.execute, app_url="https://w/")

    def projects(self, entity):
        return [SimpleNamespace(name="radsurv")]

    def execute(self, query, variables):
        assert "upsertView" in query, "nothing else is asked"
        if self.fault is not None:
            raise self.fault
        self.sent.append(variables)
        project = {"id": "UHI=", "name": variables["projectName"], "entityName": variables["entityName"]}
        view = {"id": "Vmlldzo0Mg==", "name": variables["name"], "displayName": variables["displayName"]}
        view |= {"description": "", "project": project, "spec": variables["spec"], "updatedAt": None}
        return {"upsertView": {"view": view, "inserted": True}}


@pytest.fixture
def api(monkeypatch) -> Api:
    """In place of a server."""
    from wandb_workspaces.reports.v2 import interface  # here, where its warning is heard by nobody

    found = Api()
    monkeypatch.setattr(interface, "_get_api", lambda: found)
    return found


def blocks(report) -> list[dict]:
    """What the browser is given."""
    return json.loads(report._to_model().spec.model_dump_json(by_alias=True, exclude_none=True))["blocks"]


def grids(report) -> list[tuple[dict, list[dict]]]:
    """The one set of runs of each grid, and its panels."""
    found = [one["metadata"] for one in blocks(report) if one["type"] == "panel-grid"]
    assert all(len(grid["runSets"]) == 1 for grid in found)
    return [(grid["runSets"][0], grid["panelBankSectionConfig"]["panels"]) for grid in found]


def condition(runs: dict) -> tuple[str, str, str]:
    """The one condition on a set of runs."""
    (one,) = runs["filters"]["filters"]
    assert one["key"]["section"] == "run"
    return one["key"]["name"], one["op"], one["value"]


def table_of(panel: dict) -> str:
    """Which value of the run's summary it picks."""
    pick = panel["config"]["panel2Config"]["exp"]["fromOp"]
    assert (pick["name"], pick["inputs"]["obj"]["fromOp"]["name"]) == ("pick", "run-summary")
    return pick["inputs"]["key"]["val"]


def texts(report) -> str:
    """All words outside of grids."""
    return json.dumps([one for one in blocks(report) if one["type"] != "panel-grid"], ensure_ascii=False)


def test_panels_show_what_was_logged_of_this_run(make_run, home):
    run_dir = make_run()
    said: list[str] = []
    notes = write_logged(run_dir, ASKED, said.append)
    (folder,) = run_dir.glob("wandb/offline-run-*")
    assert [note.partition(folder.name)[0].rpartition(" ")[0] for note in notes] == [
        "W&B: this run is kept offline; upload it with: wandb sync",
        "W&B: then its report is written with: radsurv wandb-report",
    ]
    asked = WandbReport.read(folder)
    assert asked.run_id == folder.name.rpartition("-")[2]
    summary = read_back(run_dir)["summary"]
    logged = {name: value["_type"] for name, value in summary.items() if isinstance(value, dict) and "_type" in value}
    charts_logged, tables_logged = (
        [name for name, kind in logged.items() if kind == f"{of}-file"] for of in ("plotly", "table")
    )
    (charts, media), (listed, tables) = grids(asked.build(RUN))
    assert condition(charts) == condition(listed) == ("name", "=", asked.run_id)
    assert (
        [panel["config"]["mediaKeys"] for panel in media] == [[name] for name in charts_logged] == [["charts/survival"]]
    )
    assert {panel["viewType"] for panel in media} == {"Media Browser"}
    assert sorted(map(table_of, tables)) == sorted(tables_logged)
    assert len(tables) == 4
    (artifact,) = [one for one in records(run_dir, "artifact") if one["type"] == "report"]
    assert f'"https://w/lab/radsurv/artifacts/report/{artifact["name"]}"' in texts(asked.build(RUN))
    assert set(wandb_report.NUMBERS) <= METRICS.keys()


def test_a_sweep_is_shown_by_harrells_c_of_its_runs(load):
    begun = with_patients(load(), "pseudonyms", ASKED.model_copy(update={"group": NASTY}))
    (_, _), (runs, bars), (_, _) = grids(WandbReport.of(begun, RUN).build(RUN))
    assert condition(runs) == ("group", "=", NASTY)
    (bar,) = bars
    assert (bar["viewType"], bar["config"]["metrics"]) == ("Bar Chart", ["harrell_c"])


def test_it_says_what_the_page_says_and_what_must_not_be_overlooked(load, metrics):
    plain = with_patients(load(), "pseudonyms", ASKED)
    told = plain.abstract
    assert told.lead in plain.page
    assert told.sentence.partition(":")[0] in plain.page
    words = texts(WandbReport.of(plain, RUN).build(RUN))
    assert all(said in words for said in (told.lead, told.sentence, *told.flags))
    assert "SIMULATED" not in words
    made_up = with_patients(load(metrics=metrics | {"simulated": 1}), "pseudonyms", ASKED)
    first = blocks(WandbReport.of(made_up, RUN).build(RUN))[1]  # after an empty paragraph of the library's
    assert first["type"] == "callout-block"
    assert "SIMULATED. The model was trained on patients who are made up." in json.dumps(first)


def test_nothing_of_patients_and_places_is_in_it(make_run, home, predictions):
    run_dir = make_run()
    write_logged(run_dir, ASKED, lambda _: None)
    (file,) = run_dir.glob(f"wandb/offline-run-*/{FILE}")
    content = file.read_text(encoding="utf-8")
    assert str(run_dir) not in content
    assert not [patient for patient in predictions["patient_id"].astype(str) if f'"{patient}"' in content]
    assert FILE not in inspect(run_dir), "it is no part of what is synced"


def test_an_uploaded_run_gets_it_and_a_server_that_refuses_is_a_note(make_run, home, api, monkeypatch):
    def uploaded(self, started, exit_code):
        started.finish(exit_code=exit_code)
        return []

    monkeypatch.setattr(weights_and_biases.WeightsAndBiases, "_ended", uploaded)
    named = ASKED.model_copy(update={"run_name": "a/b #1?", "entity": "lab"})
    said: list[str] = []
    notes = write_logged(make_run(), named, said.append)
    assert notes == [], "a team may be in the address, and in no file of the run"
    assert said[-1] == "W&B: the report of this run: https://w/lab/radsurv/reports/RadSurv:-a/b-%231%3F--Vmlldzo0Mg=="
    assert said[-2].endswith("a report with these charts and tables, and what they show in words")
    (sent,) = api.sent
    assert (sent["entityName"], sent["projectName"], sent["type"]) == ("lab", "radsurv", "runs")
    assert "charts/survival" in sent["spec"]
    api.fault = PermissionError("you may not\nwrite here")
    run_dir = make_run("refused")
    (note,) = write_logged(run_dir, ASKED, said.append)
    assert note.startswith("W&B: the report was not written: you may not write here; again with: radsurv wandb-report ")
    monkeypatch.setattr(weights_and_biases, "installed", lambda: False)
    (note,) = write_logged(make_run("lacking"), ASKED, said.append)
    assert note.startswith(f"W&B: {wandb_report.LACKING}; then: radsurv wandb-report ")


def test_a_missing_package_is_told_before_the_run(home, load, tmp_path, monkeypatch):
    monkeypatch.setattr(weights_and_biases, "installed", lambda: False)
    monkeypatch.setenv("WANDB_MODE", "nonsense")  # so that no run begins
    said: list[str] = []
    begun = with_patients(load(), "pseudonyms").begun
    weights_and_biases.WeightsAndBiases(ASKED.model_copy(update={"mode": "online"}), tmp_path, said.append).start(begun)
    assert said[0].startswith("W&B: a W&B report needs wandb-workspaces, which is not installed: pip install ")
    said.clear()
    weights_and_biases.WeightsAndBiases(ASKED, tmp_path, said.append).start(begun)
    assert not any("workspaces" in line for line in said), "offline, it is written elsewhere, perhaps"


@pytest.fixture
def kept(load, tmp_path) -> Path:
    """W&B's folder of a run."""
    WandbReport.of(with_patients(load(), "pseudonyms"), RUN).keep(tmp_path)
    return tmp_path


def test_the_command_writes_it_once_the_run_is_there(kept, api, monkeypatch, capsys):
    asked: list[str] = []
    monkeypatch.setattr(wandb, "Api", lambda: SimpleNamespace(run=lambda path: asked.append(path) or RUN))
    assert main(["wandb-report", str(kept)]) == 0
    assert asked == ["lab/radsurv/ab12cd34"]
    told, address = capsys.readouterr().out.splitlines()
    assert told.startswith("W&B: now sent to http")
    assert address.startswith("W&B: the report of this run: https://w/lab/radsurv/reports/RadSurv:-hospital")
    assert len(api.sent) == 1


def test_the_command_says_in_one_line_why_it_does_not(kept, api, monkeypatch):
    def missing(path):
        raise wandb.errors.CommError(f"Could not find run {path}")

    monkeypatch.setattr(wandb, "Api", lambda: SimpleNamespace(run=missing))
    with pytest.raises(
        ConfigError, match=r"^W&B: the run lab/radsurv/ab12cd34 was not found \(.*: `wandb sync .*` sends it$"
    ):
        write_report(kept, print)
    monkeypatch.setattr(wandb, "Api", lambda: SimpleNamespace(run=lambda _: RUN))
    api.fault = RuntimeError("permission denied")
    with pytest.raises(ConfigError, match=r"^W&B: the report was not written: permission denied$"):
        write_report(kept, print)
    monkeypatch.setattr("radsurv.stages.wandb_report.installed", lambda: False)
    with pytest.raises(ConfigError, match=r"pip install 'radsurv\[wandb-report\]'$"):
        write_report(kept, print)
    (kept / FILE).write_text("{}")
    with pytest.raises(ConfigError, match=r"has no radsurv-report.json that can be read: expected the folder that"):
        write_report(kept, print)
    with pytest.raises(ConfigError, match=r"has no radsurv-report.json"):
        write_report(kept / "nowhere", print)
