"""The same results as a Weights & Biases run."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from radsurv.config import TrackingConfig
from radsurv.report.experiment import Experiment
from radsurv.report.figures.kaplan_meier_plot import kaplan_meier_figure
from radsurv.report.figures.style import to_png

if TYPE_CHECKING:
    import wandb

TABLES = ("predictions", "selections", "stability", "permutations", "comparators", "inner_draws", "qc")


def track(experiment: Experiment, page: str, run_dir: Path, tracking: TrackingConfig) -> list[str]:
    """Log configuration, metrics, Kaplan-Meier figure, tables and page as one W&B run.

    Online, at most ``tracking.init_timeout_s`` are spent on connecting and as much again on the upload. Without a
    connection the run is kept offline. No failure of W&B ends the experiment.

    Parameters
    ----------
    page
        The HTML report.
    run_dir
        W&B writes into its subfolder ``wandb``, and nothing is needed elsewhere to upload the run later.

    Returns
    -------
    list of str
        Where the run is, and what went wrong.
    """
    if tracking.name == "none":
        return []
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
            wandb.setup(settings=wandb.Settings(silent=True))
            return _log(experiment, page, run_dir, tracking)
        except (
            wandb.Error,
            OSError,
            ValueError,
        ) as error:  # a ValueError: settings in the environment, such as WANDB_MODE
            return [f"W&B: nothing was logged: {' '.join(str(error).split())}"]


def _log(experiment: Experiment, page: str, run_dir: Path, tracking: TrackingConfig) -> list[str]:
    run, notes = _start(experiment, run_dir, tracking)
    try:
        run.summary.update(experiment.metrics)
        run.log(_media(experiment, page))
    finally:
        late = _finish(run, tracking)
    return notes + late


def _start(experiment: Experiment, run_dir: Path, tracking: TrackingConfig) -> tuple[wandb.Run, list[str]]:
    """Begin a run, offline where the server does not answer in time."""
    import wandb

    try:
        return _init(experiment, run_dir, tracking, tracking.mode), []
    except wandb.Error as error:
        if tracking.mode == "offline":
            raise
        reason = (
            f"W&B: could not log online within {tracking.init_timeout_s:g} s, logged offline instead"
            f" ({_first_line(error)})"
        )
        return _init(experiment, run_dir, tracking, "offline"), [reason]


def _init(
    experiment: Experiment, run_dir: Path, tracking: TrackingConfig, mode: Literal["offline", "online"]
) -> wandb.Run:
    import wandb

    backbone = experiment.setting("backbone.name")
    parts = [experiment.setting("cohort.name"), None if experiment.setting("cohort.features") else backbone]
    record = {name: value for name, value in experiment.provenance.items() if name not in ("packages", "stages")}
    return wandb.init(
        project=tracking.project,
        entity=tracking.entity,
        group=tracking.group,
        name="-".join(str(part) for part in parts if part) or None,
        tags=["SIMULATED"] if experiment.simulated else None,
        mode=mode,
        dir=run_dir,
        config=experiment.config | {"provenance": record},
        settings=wandb.Settings(
            silent=True,
            console="off",
            init_timeout=tracking.init_timeout_s,
            finish_timeout=tracking.init_timeout_s,
            finish_timeout_raises=True,
            # Provenance holds what is worth knowing; the hospital's machine is nobody's business.
            x_disable_stats=True,
            x_disable_meta=True,
            disable_git=True,
            disable_code=True,
            reinit="create_new",
        ),
    )


def _media(experiment: Experiment, page: str) -> dict[str, Any]:
    """Figure, tables and page in W&B's types."""
    import wandb
    from PIL import Image

    media: dict[str, Any] = {"report": wandb.Html(page, inject=False)}
    if experiment.predictions is not None:
        figure = kaplan_meier_figure(
            experiment.first_repeat(), experiment.metrics, experiment.time_unit, experiment.simulated
        )
        media["kaplan_meier"] = wandb.Image(Image.open(io.BytesIO(to_png(figure))))
    for name in TABLES:
        table = getattr(experiment, name)
        if table is not None:
            # Longer tables than W&B's usual 10,000 rows would be cut off.
            wandb.Table.MAX_ROWS = max(wandb.Table.MAX_ROWS, len(table))
            media[f"tables/{name}"] = wandb.Table(dataframe=table)
    return media


def _finish(run: wandb.Run, tracking: TrackingConfig) -> list[str]:
    """Close a run; one line where it is not on the server, with the command that uploads it."""
    later = f"upload it with: wandb sync {run.settings.sync_dir}"
    try:
        run.finish()
    except TimeoutError:
        return [f"W&B: the upload took longer than {tracking.init_timeout_s:g} s and was stopped; {later}"]
    return [f"W&B: this run is kept offline; {later}"] if run.offline else []


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


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
