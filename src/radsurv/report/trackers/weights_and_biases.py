"""A Weights & Biases run, offline where there is no server."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from radsurv.options.run import Logged, WandbTracking
from radsurv.report.tracker import LoggedRun, Say, Tracker

if TYPE_CHECKING:
    import wandb


class WeightsAndBiases(Tracker[WandbTracking]):
    """One W&B run per run folder, whose files lie in its subfolder ``wandb``: nothing is needed elsewhere to upload it later.

    Online, at most `init_timeout_s` are spent on connecting and as much again on the upload. Without a connection the run is
    kept offline.
    """

    options_type: ClassVar[type[Logged]] = WandbTracking

    def log(self, run: LoggedRun, run_dir: Path, say: Say) -> list[str]:
        with _environment(
            # Tables that wait for their upload stay beside the run, not in the home folder.
            WANDB_DATA_DIR=str(run_dir / "wandb" / "staging"),
            # W&B's own telemetry is none of our business, and waits 20 s for a server that does not answer.
            WANDB_ERROR_REPORTING="false",
        ):
            # Imported here because it takes a second and starts a service: only those who log pay for it.
            import wandb

            try:
                # Before any run, because messages about credentials and the prompt for a key ignore the run's settings.
                settings = wandb.setup(settings=wandb.Settings(silent=True)).settings
                say(self._announced(run, settings.base_url))
                started, notes = self._start(run, run_dir)
            except _faults() as error:
                return [f"W&B: nothing was logged: {_said(error)}"]
            return notes + self._fill(started, run)

    def _announced(self, run: LoggedRun, server: str) -> str:
        if self.options.mode == "offline":
            return f"W&B: kept in the run folder until `wandb sync` sends it to a server: {run.contents()}"
        return f"W&B: now sent to {server}: {run.contents()}"

    def _fill(self, started: wandb.Run, run: LoggedRun) -> list[str]:
        """Log into a run that has begun, and close it whatever happens; what it holds by then stays."""
        notes = []
        try:
            started.summary.update(dict(run.metrics))
            started.log(_media(run))
        except _faults() as error:
            notes.append(f"W&B: figures, tables and report, or some of them, were not logged: {_said(error)}")
        finally:
            late = self._finish(started)
        return notes + late

    def _start(self, run: LoggedRun, run_dir: Path) -> tuple[wandb.Run, list[str]]:
        """Begin a run, offline where the server does not answer in time."""
        import wandb

        options = self.options
        try:
            return self._init(run, run_dir, options.mode), []
        except wandb.Error as error:
            if options.mode == "offline":
                raise
            reason = (
                f"W&B: could not log online within {options.init_timeout_s:g} s, logged offline instead"
                f" ({str(error).strip().partition(chr(10))[0]})"
            )
            return self._init(run, run_dir, "offline"), [reason]

    def _init(self, run: LoggedRun, run_dir: Path, mode: Literal["offline", "online"]) -> wandb.Run:
        import wandb

        options = self.options
        return wandb.init(
            project=options.project,
            entity=options.entity,
            group=options.group,
            name=run.name,
            tags=list(run.tags) or None,
            mode=mode,
            dir=run_dir,
            config=run.parameters(),
            settings=wandb.Settings(
                silent=True,
                console="off",
                init_timeout=options.init_timeout_s,
                finish_timeout=options.init_timeout_s,
                finish_timeout_raises=True,
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

    def _finish(self, started: wandb.Run) -> list[str]:
        """Close a run; one line where it is not on the server, with the command that uploads it."""
        later = f"upload it with: wandb sync {started.settings.sync_dir}"
        try:
            started.finish()
        except TimeoutError:
            return [f"W&B: the upload took longer than {self.options.init_timeout_s:g} s and was stopped; {later}"]
        except _faults() as error:
            return [f"W&B: the run could not be closed ({_said(error)}); {later}"]
        return [f"W&B: this run is kept offline; {later}"] if started.offline else []


def _faults() -> tuple[type[Exception], ...]:
    """What ends no experiment. A ValueError: settings in the environment, such as WANDB_MODE."""
    import wandb

    return wandb.Error, OSError, ValueError


def _said(error: Exception) -> str:
    return " ".join(str(error).split())


def _media(run: LoggedRun) -> dict[str, Any]:
    """Figures, tables and page in W&B's types."""
    import wandb
    from PIL import Image

    media: dict[str, Any] = {"report": wandb.Html(run.page, inject=False)}
    media |= {name: wandb.Image(Image.open(io.BytesIO(png))) for name, png in run.figures.items()}
    for name, table in run.tables.items():
        # Longer tables than W&B's usual 10,000 rows would be cut off.
        wandb.Table.MAX_ROWS = max(wandb.Table.MAX_ROWS, len(table))
        media[f"tables/{name}"] = wandb.Table(dataframe=table)
    return media


@contextmanager
def _environment(**defaults: str) -> Iterator[None]:
    """Environment variables for a while, except where the user has set them."""
    missing = {name: value for name, value in defaults.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)
