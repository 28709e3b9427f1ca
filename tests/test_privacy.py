"""Nothing private in what travels: one run, planted with secrets, and every byte of what others may get searched for them.

What travels is the model file, the report, what ``wandb sync`` sends (the ``.wandb`` file, the folder ``files``, and what waits
beside them), and the store of MLflow. The configuration, the provenance and W&B's own logs stay.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tracked_runs import history_of

from radsurv.report.wandb_report import FILE

pytestmark = pytest.mark.slow  # a whole run with everything that travels

N_PATIENTS = 14
# By what somebody might be found out, as the program could come to know it. None of these words is anywhere else in a run.
ENVIRONMENT = {
    "USER": "planteduser",
    "LOGNAME": "plantedlogin",
    "USERNAME": "plantedwindowsuser",
    "HOSTNAME": "plantedhostname",
    "AWS_SECRET_ACCESS_KEY": "plantedcloudkey",
    "HOSPITAL_PASSWORD": "plantedpassword",
    "WANDB_API_KEY": "planted" + "0" * 33,
    "WANDB_USERNAME": "plantedaccount",
    "SSH_CLIENT": "plantedaddress",
}
ELSEWHERE = {
    **{"home": "plantedhome", "folder": "plantedfolder", "host": "plantednode", "remote": "plantedremote"},
    **{"bucket": "plantedbucket", "prefix": "plantedprefix"},
}
NAME = "Plantedname"
ID = "QXZVKWJ"  # of which no chance makes seven letters in a row of bytes
OBJECT = f"{ELSEWHERE['bucket']}/{ELSEWHERE['prefix']}/features.csv"
PAGES = ("model.json", "model_card.md", "report.html", "passport.html", "metrics.json")
RUN = f"""
import platform, socket, sys
import fsspec
from pathlib import Path
fsspec.filesystem("memory").pipe_file({OBJECT!r}, Path(sys.argv.pop(1)).read_bytes())
socket.gethostname = socket.getfqdn = platform.node = lambda *_: {ELSEWHERE["host"]!r}
from radsurv.cli import main
given = sys.argv[1:]  # which a run changes
def run(*tracking):
    return main(["run", *given, *tracking])
status = run("tracking=wandb", "tracking.report=true", "run_dir=run") or run("tracking=mlflow", "run_dir=second")
sys.exit(status or main(["check", *given, "run_dir=run"]))
"""


def plant(folder: Path) -> None:
    """A cohort with features, names in a column of its own, a formula as an id, and patients who are left out for every reason."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N_PATIENTS, 3))
    ids = [f"{ID}{number:02d}" for number in range(N_PATIENTS - 1)] + [f"={ID}+1"]
    clinical = pd.DataFrame(
        {
            "patient_id": ids,
            "time": np.round(np.exp(5 - values[:, 0] + 0.3 * rng.normal(size=N_PATIENTS))) + 1,
            "event": (np.arange(N_PATIENTS) % 4 > 0).astype(int),
            "name": [f"{NAME} {number}" for number in range(N_PATIENTS)],
            "remark": [f"{NAME} moved", f"{NAME} called", *[None] * (N_PATIENTS - 2)],
            "arm": ["A"] * (N_PATIENTS - 2) + ["B", "A"],
        }
    )
    clinical.to_csv(folder / "clinical.csv", index=False)
    features = pd.DataFrame(values, columns=["f0", "f1", "f2"]).assign(patient_id=ids)
    features[["patient_id", "f0", "f1", "f2"]].head(N_PATIENTS - 1).to_csv(folder / "features.csv", index=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder of a run that ended well, in a working folder with a git remote."""
    root = tmp_path_factory.mktemp("privacy")
    cohort, work, home = root / ELSEWHERE["folder"] / "study", root / "work", root / ELSEWHERE["home"]
    for folder in (cohort, work, home):
        folder.mkdir(parents=True)
    plant(cohort)
    for git in (["init", "--quiet"], ["remote", "add", "origin", f"https://{ELSEWHERE['remote']}.org/x.git"]):
        subprocess.run(["git", *git], cwd=work, check=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    options = [
        *("cohort.select={arm: [A]}", "cohort.covariates=[]"),
        *(f"cohort.table={cohort}/clinical.csv", f"cohort.features=memory://{OBJECT}"),
        *("reduction.icc=null", "reduction.cindex=0.55", "significance=naive", "comparison=none"),
        *("attribution=none", "compute.n_jobs=1", f"compute.cache_dir={home}/cache"),
    ]
    environment = kept | ENVIRONMENT | {"HOME": str(home)}
    line = [sys.executable, "-c", RUN, f"{cohort}/features.csv", *options]
    done = subprocess.run(line, cwd=work, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "W&B: kept in the run folder until `wandb sync` sends it" in done.stderr
    assert "MLflow: kept on this machine: configuration, " in done.stderr
    assert done.stderr.count("(patients under pseudonyms)") == 2
    return work / "run"


def sent(run: Path) -> list[Path]:
    """What ``wandb sync`` reads, and what a W&B report is made from."""
    (folder,) = run.glob("wandb/offline-run-*")
    return [
        folder / FILE,
        *folder.glob("run-*.wandb"),
        *files_in(folder / "files"),
        *files_in(run / "wandb" / "staging"),
    ]


def store(run: Path) -> list[Path]:
    """What MLflow keeps, and a server of its would get."""
    return files_in(run.parent / "mlflow")


def files_in(folder: Path) -> list[Path]:
    """All of them."""
    return [path for path in folder.rglob("*") if path.is_file()]


def content(path: Path) -> bytes:
    """Bytes of a file; of W&B's, without the places of tables that wait for their upload, and of MLflow's without its own place.

    They stand in the instructions to upload, which are read here, and not sent (``ManifestEntry.LocalPath`` of wandb-core).
    """
    whole = path.read_bytes()
    if path.suffix == ".db":
        own = re.compile(re.escape(bytes(path.parents[1])) + rb"/(mlflow/artifacts|mlruns)")
        assert own.search(whole)
        return own.sub(b"", whole)
    if path.suffix != ".wandb":
        return whole
    waiting = re.compile(re.escape(bytes(path.parents[1])) + rb"/staging/artifacts/staging/tmp\w+")
    assert waiting.search(whole)
    return waiting.sub(b"", whole)


def found(files: list[Path], words: list[str]) -> dict[str, list[str]]:
    """Which of some words are in which file."""
    there = {path.name: [word for word in words if word.encode().lower() in content(path).lower()] for path in files}
    return {name: words for name, words in there.items() if words}


def test_no_name_place_user_host_or_secret_is_in_anything_that_travels(run):
    home = [str(Path.home())] if len(Path.home().parts) > 2 else []
    host = [socket.gethostname()] if len(socket.gethostname()) > 4 else []
    planted = [*ENVIRONMENT.values(), *ELSEWHERE.values(), NAME, str(run.parent), *home, *host]
    tables = [path for path in run.glob("*.parquet") if path.name != "cohort.parquet"]
    assert len(tables) > 10
    assert found([*(run / name for name in PAGES), *tables, *sent(run), *store(run)], planted) == {}
    # The search finds what is there.
    assert found([run / "config.yaml", run / "cohort.parquet"], planted) == {
        "config.yaml": [ELSEWHERE[name] for name in ("home", "folder", "bucket", "prefix")],
        "cohort.parquet": [NAME],
    }


def test_ids_are_in_the_report_and_the_tables_alone(run):
    assert found([run / "model.json", *sent(run), *store(run)], [ID]) == {}
    local = [run / "report.html", run / "qc.csv", run / "predictions.parquet"]
    assert found(local, [ID]) == {path.name: [ID] for path in local}
    assert {path.name.partition("_")[0] for path in sent(run)} >= {"predictions", "selections", "folds", "qc", "report"}
    (page,) = (path for path in sent(run) if path.suffix == ".html")
    assert "pseudonym-001" in page.read_text(encoding="utf-8")
    assert {path.name for path in store(run)} >= {
        *(
            "mlflow.db",
            "predictions.json",
            "folds.json",
            "qc.json",
            "charts.html",
            "report.html",
            "model.json",
            "cohort.json",
        ),
    }
    assert found(store(run), ["pseudonym-0"]).keys() == {"predictions.json", "qc.json", "report.html"}


def test_what_was_logged_while_the_run_went_tells_no_place_in_the_table(run):
    """Folds of one patient each come in the order of the cohort table: C is told for five patients at once, or more."""
    live = history_of(run, "live/evaluate")
    assert live["step"].iloc[-1] == N_PATIENTS - 2, "one is not selected, one has no features"
    told = live.dropna(subset=["harrell_c"])
    assert (told["step"].diff().dropna() >= 5).all()
    assert len(told) == 2


def test_quality_control_holds_no_formula_and_the_page_the_id(run):
    assert f"'={ID}+1,excluded" in (run / "qc.csv").read_text(encoding="utf-8")
    assert f">={ID}+1<" in (run / "report.html").read_text(encoding="utf-8")
