"""The W&B run, read back from its file."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
import tracked_runs
import wandb
from lifelines.utils import concordance_index
from reliability import TRACKER, Fault, by_case
from tracked_runs import WANDB, history_of, inspect, logged_table, read_back, records, with_patients, write_logged

from radsurv.catalogue.tables import TABLES
from radsurv.options.run import NoTracking, Tracking
from radsurv.report.tracker import Tracker
from radsurv.report.trackers import weights_and_biases
from radsurv.report.tracking import TRACKERS, Tracked

pytestmark = pytest.mark.slow  # each test has W&B keep a run

SYNC = "report and tables are there; `wandb sync`, as the note says, sends the run later"
LATER = "W&B: could not log online within 2 s, logged offline instead ("
LIES = {
    "rubbish": "the server answers with rubbish",
    "500": "the server answers with status 500",
    "403": "the server knows no such key",
    "hangs up": "the server hangs up at once",
    "elsewhere": "the server sends one elsewhere, in a circle",
}
FAULTS = [
    Fault(
        kind=TRACKER, fault="the server takes the connection and never answers", status=None, said=LATER, then=SYNC, case="silent"
    ),
    *(Fault(kind=TRACKER, fault=fault, status=None, said=LATER, then=SYNC, case=case) for case, fault in LIES.items()),
    Fault(kind=TRACKER, fault="there is no key, and nobody to ask", status=None, said="No API key", then=SYNC, case="no key"),
    Fault(
        kind=TRACKER, fault="`WANDB_MODE` is nonsense", status=None, said="W&B: nothing was logged: ", case="mode",
        lost="that log", then="correct it; the same command",
    ),
    Fault(
        kind=TRACKER, fault="the folder of its log is a file", status=None, said="W&B: nothing was logged: ", case="in the way",
        lost="that log", then="move it away; the same command",
    ),
    Fault(
        kind=TRACKER, fault="the disk is full in the middle of its log", status=None, put_in=True, case="full", then=SYNC,
        said="W&B: figures, tables and report, or some of them, were not logged: no space left on device", lost="a part of that log",
    ),
    Fault(
        kind=TRACKER, fault="the disk is full at the end of its log", status=None, said="W&B: the run could not be closed", put_in=True,
        case="full at the end", then=SYNC,
    ),
]  # fmt: skip
ROW = by_case(FAULTS)


@pytest.fixture
def said() -> list[str]:
    """What was said before anything left."""
    return []


def test_every_choice_but_none_has_a_tracker():
    assert {*TRACKERS, NoTracking} == set(get_args(Tracking))
    assert all(issubclass(tracker, Tracker) for tracker in TRACKERS.values())


def test_trackers_get_what_the_catalogue_marks(load, tables, qc, metrics, config, execution):
    run = with_patients(load(), "ids")
    assert list(run.tables) == ["predictions", "selections", "folds", "qc"]
    assert {entry.name for entry in TABLES if entry.logged} > {
        *("folds", "trials", "stability", "permutations", "comparators", "inner_draws"),
    }
    noted = {name: run.parameters[name] for name in ("provenance", "execution")}
    assert run.parameters == config.model_dump(mode="json", exclude={"tracking", "run_dir"}) | noted
    assert noted["execution"]["git_commit"] == execution.git_commit
    assert not any({"packages", "stages"} & set(record) for record in noted.values())
    assert run.metrics == metrics
    tags = ("coxnet", "radiomics", "efficientnet_lite0", "loocv")
    begun = run.begun
    assert (begun.name, begun.group, begun.kind, begun.tags) == ("hospital-efficientnet_lite0", None, "loocv", tags)


def test_names_group_and_tags_of_the_user_are_taken(load):
    own = WANDB.model_copy(update={"run_name": "alpha=1", "group": "ablation", "tags": ["thesis"]})
    begun = with_patients(load(), "ids", own).begun
    assert (begun.name, begun.group, begun.tags) == ("alpha=1", "ablation", ("thesis",))


def test_the_name_has_a_network_only_where_one_was_used(load, configured):
    assert with_patients(load(config=configured("backbone=none")), "ids").begun.name == "hospital"
    assert with_patients(load(config=configured("cohort.features=table.csv")), "ids").begun.name == "hospital"


def test_offline_run_holds_everything(
    make_run, home, config, metrics, execution, qc, predictions, selections, capfd, said
):
    run_dir = make_run()
    notes = write_logged(run_dir, WANDB.model_copy(update={"project": "trial", "group": "ablation"}), said.append)
    assert [note.partition(";")[0] for note in notes] == ["W&B: this run is kept offline"]
    (folder,) = run_dir.glob("wandb/offline-run-*")
    kept = "W&B: kept in the run folder until `wandb sync` sends it to a server: configuration, "
    assert said == [
        f"{kept}and how far the run is, under the name hospital-efficientnet_lite0",
        f"{kept}metrics, tables predictions, selections, folds, qc and the report with its figures (PATIENTS UNDER THEIR IDS),"
        " cohort, features, report as artifacts, under the name hospital-efficientnet_lite0",
    ]
    assert notes[0].endswith(f"wandb sync {folder}")
    run = read_back(run_dir)
    assert (run["state"], run["project"], run["name"]) == ("finished", "trial", "hospital-efficientnet_lite0")
    assert run["config"].pop("provenance")["seed"] == 0
    assert run["config"].pop("execution")["git_commit"] == execution.git_commit
    whole = config.model_dump(mode="json", exclude={"tracking", "run_dir"})
    # W&B leaves out what is empty.
    assert run["config"] == whole | {"cohort": {name: value for name, value in whole["cohort"].items() if value != {}}}
    summary = run["summary"]
    assert {name: summary[name] for name in metrics} == metrics
    image = folder / "files" / summary["kaplan_meier"]["path"]
    assert image.read_bytes().startswith(b"\x89PNG")
    assert summary["kaplan_meier"]["width"] > 1000
    logged = (folder / "files" / summary["report"]["path"]).read_bytes()
    assert logged == (run_dir / "report.html").read_bytes()
    for name, table in (("qc", qc), ("predictions", predictions), ("selections", selections)):
        pd.testing.assert_frame_equal(logged_table(run_dir, summary, name), table, check_dtype=False)
    # Quiet, and all that a later upload needs is beside the run, not in the home folder.
    assert capfd.readouterr() == ("", "")
    assert [path for path in home.rglob("*") if path.is_file() and "logs" not in path.parts] == []
    waiting = [Path(path) for path in re.findall(r'"local_path":"(.+?)"', inspect(run_dir))]
    assert len(waiting) == 4 + 3, "tables, and artifacts"
    assert all(path.is_file() and path.is_relative_to(run_dir) for path in waiting)
    assert {"WANDB_DATA_DIR", "WANDB_ERROR_REPORTING"}.isdisjoint(os.environ)


def test_history_charts_and_artifacts_are_read_back(make_run, home, folds, predictions, metrics, said):
    run_dir = make_run()
    (run_dir / "model.json").write_text('{"config": {"cohort": {"select": {}, "values": {}}}}')
    write_logged(run_dir, WANDB.model_copy(update={"group": "ablation"}), said.append)
    begun, *_ = records(run_dir, "run")
    assert (begun["run_group"], begun["job_type"]) == ("ablation", "loocv")
    assert records(run_dir, "run")[-1]["tags"] == ["coxnet", "radiomics", "efficientnet_lite0", "loocv"]
    history = history_of(run_dir, "folds")
    assert history["step"].tolist() == list(range(1, 41))
    for name in ("n_kept", "n_nonzero", "threshold"):
        assert history[name].tolist() == pytest.approx(folds[name].tolist())
    # lifelines' C of all 40 patients, and of the first 20.
    for n in (20, 40):
        rows = predictions.head(n)
        assert history["harrell_c"].iloc[n - 1] == pytest.approx(
            concordance_index(rows["time"], -rows["risk"], rows["event"])
        )
    assert "folds/harrell_c" not in read_back(run_dir)["summary"], "what is compared is the metrics"
    artifacts = {one["type"]: one for one in records(run_dir, "artifact") if one["type"] != "run_table"}
    assert list(artifacts) == ["cohort", "features", "model", "report"]
    assert [bool(one.get("use_after_commit")) for one in artifacts.values()] == [True, True, False, False]
    facts = json.loads(artifacts["cohort"]["metadata"])
    assert facts == {
        "name": "hospital",
        "n_patients": 40,
        "n_events": 33,
        "n_excluded": 3,
        "simulated": 0,
        "sha256": "ab" * 32,
    }
    assert json.loads(artifacts["model"]["metadata"])["cohort_sha256"] == "ab" * 32
    (chart,) = run_dir.glob("wandb/offline-run-*/files/media/plotly/charts/survival_*.plotly.json")
    names = [one["name"] for one in json.loads(chart.read_text(encoding="utf-8"))["data"] if "name" in one]
    assert [name.partition(":")[0] for name in names] == ["predicted short", "predicted long"]


DYING = f"""
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(tracked_runs.__file__).parent)!r})
from tracked_runs import WANDB, tracked
followed = tracked(Path(sys.argv[1]), WANDB, print)
followed.start()
for done in range(1, 31):
    followed.advanced("evaluate", done, 40, lambda: {{"harrell_c": done / 100}})
(file,) = Path(sys.argv[1]).glob("wandb/offline-run-*/run-*.wandb")
until = time.monotonic() + 120  # W&B writes once a second
while file.read_bytes().count(b"live/evaluate/step") < 16 and time.monotonic() < until:
    time.sleep(0.05)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_that_is_killed_is_there_with_how_far_it_was(make_run, home):
    run_dir = make_run()
    done = subprocess.run([sys.executable, "-c", DYING, run_dir], env=os.environ, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    history = history_of(run_dir, "live/evaluate")
    assert history["step"].tolist() == list(range(2, 31, 2))
    assert history["harrell_c"].iloc[-1] == 0.3
    assert read_back(run_dir)["config"]["model"]["name"] == "coxnet"


def test_tags_missing_metrics_and_tables_beyond_the_usual_limit(make_run, home, metrics, selections, said):
    long = pd.concat([selections.assign(repeat=repeat) for repeat in range(60)], ignore_index=True)
    assert len(long) > 10_000
    changed = metrics | {"simulated": 1, "harrell_c": float("nan")}
    run_dir = make_run(metrics=changed, selections=long, qc=None)
    write_logged(run_dir, WANDB, said.append)
    run = read_back(run_dir)
    assert run["tags"] == ["SIMULATED", "coxnet", "radiomics", "efficientnet_lite0", "loocv"]
    assert "harrell_c" not in run["summary"]
    assert '"harrell_c":null' in inspect(run_dir)
    assert "tables/qc" not in run["summary"]
    assert len(logged_table(run_dir, run["summary"], "selections")) == len(long)


ONLINE = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(tracked_runs.__file__).parent)!r})
from tracked_runs import WANDB, write_logged
online = WANDB.model_copy(update={{"mode": "online", "patients": "pseudonyms", "init_timeout_s": 2}})
print("\\n".join(write_logged(Path(sys.argv[1]), online, print)))
"""


@pytest.mark.slow
def test_a_server_that_never_answers_means_offline_after_the_timeout(make_run, home, metrics):
    """In a process of its own, because W&B reads its environment once, and because a process may hang at its end."""
    run_dir = make_run()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = {"WANDB_BASE_URL": f"http://127.0.0.1:{server.getsockname()[1]}", "WANDB_API_KEY": "0" * 40}
        done = subprocess.run(
            [sys.executable, "-c", ONLINE, run_dir],
            env=os.environ | address,
            check=True,
            capture_output=True,
            text=True,
        )
    told, whole, *notes = done.stdout.splitlines()
    assert done.stderr == ""
    assert told.startswith(f"W&B: now sent to {address['WANDB_BASE_URL']}: configuration, and how far the run is, ")
    sent = f"W&B: now sent to {address['WANDB_BASE_URL']}: configuration, "
    assert whole.startswith(f"{sent}metrics, tables predictions, selections, folds, qc and the report ")
    assert "(patients under pseudonyms)" in whole
    assert notes[0].startswith(ROW["silent"].said)
    assert "wandb sync" in notes[1]
    assert read_back(run_dir)["summary"]["n_patients"] == metrics["n_patients"]


class Liar(BaseHTTPRequestHandler):
    """Answers as the server's `lie` says."""

    def answer(self) -> None:
        lie = self.server.lie
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if lie == "hangs up":
            self.close_connection = True
            return
        self.send_response({"500": 500, "403": 403, "elsewhere": 302}.get(lie, 200))
        if lie == "elsewhere":
            self.send_header("Location", "/graphql")
        content = b"\x00rubbish<html>" if lie == "rubbish" else b"{}"
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.slow
@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_means_offline(make_run, home, metrics, lie):
    run_dir = make_run()
    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as server:
        server.lie = lie
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        address = {"WANDB_BASE_URL": f"http://127.0.0.1:{server.server_address[1]}", "WANDB_API_KEY": "0" * 40}
        done = subprocess.run(
            [sys.executable, "-c", ONLINE, run_dir],
            env=os.environ | address,
            check=False,
            capture_output=True,
            text=True,
        )
        server.shutdown()
        thread.join()
    assert done.returncode == 0
    assert ROW[lie].said in done.stdout
    assert "wandb sync" in done.stdout
    assert done.stderr == ""
    assert read_back(run_dir)["summary"]["n_patients"] == metrics["n_patients"]


@pytest.mark.parametrize("mode", ["", "nonsense"])
def test_a_mode_that_w_and_b_does_not_know_is_a_note_not_an_end(make_run, home, mode):
    done = subprocess.run(
        [sys.executable, "-c", ONLINE, make_run()],
        env=os.environ | {"WANDB_MODE": mode},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith(ROW["mode"].said if mode == "nonsense" else "W&B: ")
    assert "Traceback" not in done.stderr


def test_online_without_a_key_means_offline_without_asking(make_run, home, capfd, said):
    run_dir = make_run()
    notes = write_logged(run_dir, WANDB.model_copy(update={"mode": "online"}), said.append)
    assert re.match(r"W&B: now sent to https://\S+: configuration, ", said[0])
    assert ROW["no key"].said in notes[0]
    assert read_back(run_dir)["state"] == "finished"
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_cannot_be_written_is_a_note_not_an_end(make_run, home, said):
    run_dir = make_run()
    (run_dir / "wandb").write_text("in the way")
    notes = write_logged(run_dir, WANDB, said.append)
    assert len(notes) == 1
    assert notes[0].startswith(ROW["in the way"].said)


@pytest.fixture
def broken(monkeypatch):
    """Lets a step of the logging fail as it does where a disk is full."""

    def no_space(*_, **__):
        raise OSError("no space left on device")

    return lambda owner, name: monkeypatch.setattr(owner, name, no_space)


def test_a_fault_in_the_middle_leaves_what_was_logged_and_says_so(make_run, home, metrics, broken, said):
    broken(weights_and_biases, "_media")
    run_dir = make_run()
    notes = write_logged(run_dir, WANDB, said.append)
    assert notes[0] == ROW["full"].said
    assert notes[1].startswith("W&B: this run is kept offline; upload it with: wandb sync ")
    assert len(notes) == 2
    run = read_back(run_dir)
    assert run["state"] == "finished"
    assert {name: run["summary"][name] for name in metrics} == metrics


def test_a_fault_at_the_end_keeps_the_notes_before_it(make_run, home, broken, said):
    broken(wandb.Run, "finish")
    run_dir = make_run()
    notes = write_logged(run_dir, WANDB.model_copy(update={"mode": "online"}), said.append)
    assert [note.partition(" (")[0] for note in notes] == [
        "W&B: could not log online within 600 s, logged offline instead",
        ROW["full at the end"].said,
    ]
    assert "(no space left on device); upload it with: wandb sync " in notes[1]


def test_the_agreement_of_readings_is_logged(make_run, home, said):
    table = pd.DataFrame(
        {"feature": ["shape_Volume"], "icc2": [0.9], "icc3": [0.91], "n_patients": [40], "n_readings": [2]}
    )
    run_dir = make_run(stability=table)
    write_logged(run_dir, WANDB, said.append)
    logged = logged_table(run_dir, read_back(run_dir)["summary"], "stability")
    pd.testing.assert_frame_equal(logged, table, check_dtype=False)


class Broken:
    """A tracker with a fault that nobody foresaw."""

    def __init__(self, *_):
        self.calls = []

    def start(self, begun):
        self.calls.append("start")
        raise KeyError("start")

    def progress(self, point):
        self.calls.append("progress")

    def finish(self, run):
        self.calls.append("finish")
        raise KeyError("finish")


def test_no_fault_of_a_tracker_ends_an_experiment(load, config, tmp_path, monkeypatch):
    monkeypatch.setitem(TRACKERS, type(WANDB), Broken)
    tracked = Tracked.of(config, WANDB, tmp_path, print)
    tracked.start()
    tracked.advanced("evaluate", 1, 1, dict)
    assert tracked.finish(load(), tmp_path) == [
        "the dashboard could not be begun, and nothing was logged: KeyError: 'start'"
    ]
    assert tracked.fail() == []
    assert tracked._tracker.calls == ["start"], "nothing else is tried"
    monkeypatch.setattr(Broken, "start", lambda *_: None)
    tracked = Tracked.of(config, WANDB, tmp_path, print)
    tracked.start()
    assert tracked.fail() == ["the dashboard was not told all of the run: KeyError: 'finish'"]
