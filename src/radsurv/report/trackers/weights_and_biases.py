"""A Weights & Biases run, offline where there is no server."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from radsurv.formats import one_line
from radsurv.options.run import Logged, WandbTracking
from radsurv.report.tracker import Artifact, BegunRun, LoggedRun, Point, Say, Tracker, environment
from radsurv.report.wandb_report import LACKING, WandbReport, chart_key, installed, table_key

if TYPE_CHECKING:
    import wandb


class WeightsAndBiases(Tracker[WandbTracking]):
    """One W&B run per run folder, whose files lie in its subfolder ``wandb``: nothing is needed elsewhere to upload it later.

    Online, at most `init_timeout_s` are spent on connecting and as much again on the upload. Without a connection the run is
    kept offline.
    """

    options_type: ClassVar[type[Logged]] = WandbTracking

    def __init__(self, options: WandbTracking, folder: Path, say: Say) -> None:
        super().__init__(options, folder, say)
        self._run: wandb.Run | None = None
        self._notes: list[str] = []
        self._server = ""
        self._axes: set[str] = set()

    def start(self, run: BegunRun) -> None:
        if self.options.report and self.options.mode == "online" and not installed():
            self.say(f"W&B: {LACKING}; the run goes on, and its report can be written later")
        with self._environment():
            # Imported here because it takes a second and starts a service: only those who log pay for it.
            import wandb

            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                # Before any run, because messages about credentials and the prompt for a key ignore the run's settings.
                self._server = wandb.setup(settings=wandb.Settings(silent=True)).settings.base_url
                self.say(f"{self._where()}: configuration, and how far the run is, under the name {run.name}")
                self._run = self._started(run)
            except _faults() as error:
                self._notes.append(f"W&B: nothing was logged: {one_line(error)}")

    def progress(self, point: Point) -> None:
        if self._run is not None:
            self._log(self._run, point)

    def finish(self, run: LoggedRun | None) -> list[str]:
        if self._run is None:
            return self._notes
        with self._environment():
            if run is None:
                return [*self._notes, *self._ended(self._run, exit_code=1)]
            self.say(f"{self._where()}: {run.contents()}")
            lost, late = self._filled(self._run, run)
            reported = self._reported(self._run, run, uploaded=not late) if self.options.report else []
            return [*self._notes, *lost, *late, *reported]

    def _environment(self) -> AbstractContextManager[None]:
        return environment(
            # Tables that wait for their upload stay beside the run, not in the home folder.
            WANDB_DATA_DIR=str(self.folder / "wandb" / "staging"),
            # W&B's own telemetry is none of our business, and waits 20 s for a server that does not answer.
            WANDB_ERROR_REPORTING="false",
        )

    def _where(self) -> str:
        if self.options.mode == "offline":
            return "W&B: kept in the run folder until `wandb sync` sends it to a server"
        return f"W&B: now sent to {self._server}"

    def _started(self, run: BegunRun) -> wandb.Run:
        """Begin a run, offline where the server does not answer in time."""
        import wandb

        options = self.options
        try:
            return self._init(run, options.mode)
        except wandb.Error as error:
            if options.mode == "offline":
                raise
            self._notes.append(
                f"W&B: could not log online within {options.init_timeout_s:g} s, logged offline instead"
                f" ({str(error).strip().partition(chr(10))[0]})"
            )
            return self._init(run, "offline")

    def _init(self, run: BegunRun, mode: Literal["offline", "online"]) -> wandb.Run:
        import wandb

        options = self.options
        return wandb.init(
            project=options.project,
            entity=options.entity,
            group=run.group,
            job_type=run.kind,
            name=run.name,
            tags=list(run.tags) or None,
            mode=mode,
            dir=self.folder,
            config=dict(run.options),
            settings=wandb.Settings(
                silent=True,
                console="off",
                init_timeout=options.init_timeout_s,
                finish_timeout=options.init_timeout_s,
                finish_timeout_raises=True,
                # In seconds: what a run that is killed loses. W&B's own is 15.
                x_transaction_log_flush_interval=1.0,
                # Provenance holds what is worth knowing; the hospital's machine is nobody's business.
                x_disable_stats=True,
                host="",
                x_disable_meta=True,
                x_save_requirements=False,
                disable_git=True,
                disable_code=True,
                reinit="create_new",
            ),
        )

    def _log(self, started: wandb.Run, point: Point) -> None:
        step = f"{point.axis}/step"
        if point.axis not in self._axes:
            self._axes.add(point.axis)
            started.define_metric(step, hidden=True, summary="none")
            started.define_metric(f"{point.axis}/*", step_metric=step, summary="none")
        started.log({step: point.step} | {f"{point.axis}/{name}": value for name, value in point.values.items()})

    def _filled(self, started: wandb.Run, run: LoggedRun) -> tuple[list[str], list[str]]:
        """Log what came out, and close the run whatever happens; what it holds by then stays. Gives what was not logged, and why it is
        not on the server.
        """
        notes = []
        try:
            started.config.update(dict(run.parameters), allow_val_change=True)  # type: ignore[no-untyped-call]
            started.tags = run.begun.tags
            started.summary.update(dict(run.metrics))
            for point in run.history:
                self._log(started, point)
            started.log(_media(run))
            for artifact in run.artifacts:
                # What `use_artifact` does with a new artifact, which it refuses to do offline although the record is kept and
                # synced like any other. So the cohort and the features are what this run used, and not what it made.
                started._log_artifact(_artifact(artifact), is_user_created=True, use_after_commit=artifact.used)
        except _faults() as error:
            notes.append(f"W&B: figures, tables and report, or some of them, were not logged: {one_line(error)}")
        finally:
            late = self._ended(started, exit_code=0)
        return notes, late

    def _reported(self, started: wandb.Run, run: LoggedRun, *, uploaded: bool) -> list[str]:
        """Write a W&B report of a closed run that is on the server; else, the command that does so later."""
        try:
            asked = WandbReport.of(run, started)
            later = asked.keep(Path(started.settings.sync_dir))
        except OSError as error:
            return [f"W&B: its report was not kept for later: {one_line(error)}"]
        if not uploaded:
            return [f"W&B: then its report is written with: {later}"]
        if not installed():
            return [f"W&B: {LACKING}; then: {later}"]
        self.say(f"{self._where()}: a report with these charts and tables, and what they show in words")
        try:
            # Said, and no note of the run: the address names a team, which no file of the run has.
            self.say(f"W&B: the report of this run: {asked.write(started)}")
        except Exception as error:  # of libraries that have no error of their own for this; see `WandbReport.write`
            return [f"W&B: the report was not written: {one_line(error)}; again with: {later}"]
        return []

    def _ended(self, started: wandb.Run, exit_code: int) -> list[str]:
        """Close a run; one line where it is not on the server, with the command that uploads it."""
        later = f"upload it with: wandb sync {started.settings.sync_dir}"
        try:
            started.finish(exit_code=exit_code)
        except TimeoutError:
            return [f"W&B: the upload took longer than {self.options.init_timeout_s:g} s and was stopped; {later}"]
        except _faults() as error:
            return [f"W&B: the run could not be closed ({one_line(error)}); {later}"]
        return [f"W&B: this run is kept offline; {later}"] if started.offline else []


def _faults() -> tuple[type[Exception], ...]:
    """What ends no experiment. A ValueError: settings in the environment, such as WANDB_MODE. An AttributeError: another version."""
    import wandb

    return wandb.Error, OSError, ValueError, AttributeError


def _media(run: LoggedRun) -> dict[str, Any]:
    """Charts, figures, tables and page in W&B's types."""
    import wandb
    from PIL import Image

    media: dict[str, Any] = {"report": wandb.Html(run.page, inject=False)}
    media |= {name: wandb.Image(Image.open(io.BytesIO(png))) for name, png in run.figures.items()}
    media |= {chart_key(name): wandb.Plotly(chart) for name, chart in run.charts.items()}
    for name, table in run.tables.items():
        # Longer tables than W&B's usual 10,000 rows would be cut off.
        wandb.Table.MAX_ROWS = max(wandb.Table.MAX_ROWS, len(table))
        media[table_key(name)] = wandb.Table(dataframe=table)
    return media


def _artifact(artifact: Artifact) -> wandb.Artifact:
    import wandb

    made = wandb.Artifact(artifact.name, type=artifact.kind, metadata=dict(artifact.facts))
    for name, content in artifact.files.items():
        with made.new_file(name, mode="wb") as file:
            file.write(content)
    return made
