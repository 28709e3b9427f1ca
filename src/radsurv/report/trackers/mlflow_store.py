"""An MLflow run: in a store on this machine, or on a server of the house."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, TypeVar

from radsurv.formats import one_line
from radsurv.options.dotted import dotted
from radsurv.options.run import Logged, MlflowTracking
from radsurv.report.charts import charts_page
from radsurv.report.tracker import Artifact, BegunRun, LoggedRun, Point, Say, Tracker, environment

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric

Value = TypeVar("Value")
ADDRESS = "MLFLOW_TRACKING_URI"
DATABASE = "mlflow.db"
# What MLflow takes at once, and of one value.
MOST_METRICS, MOST_PARAMETERS, LONGEST_PARAMETER, LONGEST_DIGEST = 1_000, 100, 6_000, 36
# MLflow would else write the name of the account, of the program and of its folder.
NOBODY = {"mlflow.user": "radsurv", "mlflow.source.name": "radsurv", "mlflow.source.type": "LOCAL"}


class Mlflow(Tracker[MlflowTracking]):
    """One MLflow run; where the server does not answer, in the store on this machine.

    The store is SQLite: MLflow opens its older store of plain files only under protest.
    """

    options_type: ClassVar[type[Logged]] = MlflowTracking

    def __init__(self, options: MlflowTracking, folder: Path, say: Say) -> None:
        super().__init__(options, folder, say)
        self._run: _Run | None = None
        self._notes: list[str] = []

    def start(self, run: BegunRun) -> None:
        if find_spec("mlflow") is None:
            self._notes.append("MLflow: nothing was logged: it is not installed: pip install 'radsurv[mlflow]'")
            self.say(self._notes[-1])
            return
        with self._environment():
            online = os.environ.get(ADDRESS, "") if self.options.mode == "online" else ""
            if self.options.mode == "online" and not online:
                self._notes.append(f"MLflow: no server is named ({ADDRESS}), logged on this machine instead")
            try:
                self._run = (online and self._sent(run, online)) or self._begun(run, self._store())
            except _faults() as error:
                self._notes.append(f"MLflow: nothing was logged: {one_line(error)}")

    def progress(self, point: Point) -> None:
        if self._run is not None:
            with self._environment():
                self._run.log([point])

    def finish(self, run: LoggedRun | None) -> list[str]:
        if self._run is None:
            return self._notes
        with self._environment():
            try:
                if run is not None:
                    self.say(f"{_where(self._run.address)}: {run.contents()}")
                    self._run.fill(run)
            except _faults() as error:
                self._notes.append(f"MLflow: tables and report, or some of them, were not logged: {one_line(error)}")
            try:
                self._run.end("FAILED" if run is None else "FINISHED")
            except _faults() as error:
                self._notes.append(f"MLflow: the run could not be closed ({one_line(error)})")
        if self._run.address.startswith("sqlite:"):
            look = f"mlflow ui --backend-store-uri {self._run.address}"
            self._notes.append(f"MLflow: this run is kept on this machine; look at it with: {look}")
        return self._notes

    def _environment(self) -> AbstractContextManager[None]:
        """MLflow's own telemetry is none of our business; a server that does not answer is asked twice."""
        return environment(
            MLFLOW_DISABLE_TELEMETRY="true",
            MLFLOW_LOGGING_LEVEL="ERROR",
            MLFLOW_HTTP_REQUEST_TIMEOUT=str(self.options.timeout_s),
            MLFLOW_HTTP_REQUEST_MAX_RETRIES="1",
        )

    def _store(self) -> str:
        folder = Path(self.options.store).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{folder / DATABASE}"

    def _sent(self, run: BegunRun, address: str) -> _Run | None:
        """A run on a server; None, and a note, where it does not answer."""
        try:
            return self._begun(run, address)
        except _faults() as error:
            self._notes.append(
                f"MLflow: could not log online, logged on this machine instead ({one_line(error)[:200]})"
            )
            return None

    def _begun(self, run: BegunRun, address: str) -> _Run:
        self.say(f"{_where(address)}: configuration, and how far the run is, under the name {run.name}")
        return _Run.begin(run, address, self.options)


class _Run:
    """A run in a store or on a server, and what of its parameters is there: MLflow lets none be changed."""

    def __init__(self, client: MlflowClient, run_id: str, address: str) -> None:
        self.client, self.run_id, self.address = client, run_id, address
        self._parameters: set[str] = set()

    @classmethod
    def begin(cls, run: BegunRun, address: str, options: MlflowTracking) -> _Run:
        # Imported here because it takes seconds: only those who log pay for it.
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=address)
        known = client.get_experiment_by_name(options.experiment)
        # On a server, files go where the server says.
        files = (Path(options.store).absolute() / "artifacts").as_uri() if address.startswith("sqlite:") else None
        number = client.create_experiment(options.experiment, files) if known is None else known.experiment_id
        begun = cls(client, client.create_run(number, run_name=run.name, tags=_tags(run)).info.run_id, address)
        begun._describe(run.options)
        return begun

    def log(self, points: list[Point]) -> None:
        """Values along their axes."""
        values = [(f"{one.axis}/{name}", value, one.step) for one in points for name, value in one.values.items()]
        for part in _parts(values, MOST_METRICS):
            self.client.log_batch(self.run_id, metrics=[_metric(*value) for value in part])

    def fill(self, run: LoggedRun) -> None:
        """All that came out."""
        for name, value in _tags(run.begun).items():
            self.client.set_tag(self.run_id, name, value)
        self._describe(run.parameters)
        metrics = [(name, value, 0) for name, value in run.metrics.items() if value is not None]
        self.client.log_batch(self.run_id, metrics=[_metric(*value) for value in metrics])
        self.log([*run.history])
        self.client.log_inputs(self.run_id, datasets=[_dataset(one) for one in run.artifacts if one.used])
        for name, table in run.tables.items():
            self.client.log_table(self.run_id, table, f"tables/{name}.json")
        if run.charts:
            self.client.log_text(self.run_id, charts_page(run.charts), "charts.html")
        with TemporaryDirectory(prefix="radsurv-") as folder:
            files = _files(run.artifacts) | {f"figures/{name}.png": png for name, png in run.figures.items()}
            for name, content in files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            self.client.log_artifacts(self.run_id, folder)

    def end(self, status: str) -> None:
        """Close it."""
        self.client.set_terminated(self.run_id, status=status)

    def _describe(self, options: Mapping[str, object]) -> None:
        """Parameters by dotted names, those that are not there yet."""
        from mlflow.entities import Param

        new = {name: value for name, value in dotted(options).items() if name not in self._parameters}
        self._parameters |= new.keys()
        for part in _parts([*new.items()], MOST_PARAMETERS):
            params = [Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in part]
            self.client.log_batch(self.run_id, params=params)


def _where(address: str) -> str:
    return "MLflow: kept on this machine" if address.startswith("sqlite:") else f"MLflow: now sent to {address}"


def _faults() -> tuple[type[Exception], ...]:
    """What ends no experiment: MLflow's own errors, those of the way to a server, and those of the database."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    return MlflowException, RequestException, SQLAlchemyError, OSError, ValueError


def _tags(run: BegunRun) -> dict[str, str]:
    group = {} if run.group is None else {"group": run.group}
    return NOBODY | group | {"scheme": run.kind, "tags": ", ".join(run.tags)}


def _metric(name: str, value: float, step: int) -> Metric:
    from mlflow.entities import Metric

    return Metric(name, float(value), int(time.time() * 1000), step)


def _dataset(artifact: Artifact) -> DatasetInput:
    """What the run used, under a name and a hash, by which MLflow shows which runs used the same."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    facts = json.dumps(dict(artifact.facts), sort_keys=True)
    digest = hashlib.sha256(facts.encode()).hexdigest()[:LONGEST_DIGEST]
    source = json.dumps({"kind": artifact.kind})
    return DatasetInput(
        Dataset(artifact.name, digest, source_type="radsurv", source=source, profile=facts),
        tags=[InputTag("mlflow.data.context", artifact.kind)],
    )


def _parts(values: list[Value], most: int) -> list[list[Value]]:
    return [values[first : first + most] for first in range(0, len(values), most)]


def _files(artifacts: Sequence[Artifact]) -> dict[str, bytes]:
    """By place in the store: a folder for each kind, and below it one for each artifact where a kind has several.

    >>> two = [Artifact("features", "a", True, {}, {"features.json": content}) for content in (b"1", b"2")]
    >>> _files(two)
    {'features/1/features.json': b'1', 'features/2/features.json': b'2'}
    >>> _files(two[:1])
    {'features/features.json': b'1'}
    """
    count = Counter(one.kind for one in artifacts)
    found: dict[str, bytes] = {}
    seen: Counter[str] = Counter()
    for one in artifacts:
        seen[one.kind] += 1
        folder = one.kind if count[one.kind] == 1 else f"{one.kind}/{seen[one.kind]}"
        found |= {f"{folder}/{name}": content for name, content in one.files.items()}
    return found
