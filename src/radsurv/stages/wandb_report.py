"""``radsurv wandb-report``: the W&B report of a run that reached its server later than it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from radsurv.errors import ConfigError
from radsurv.formats import one_line
from radsurv.report.tracker import environment
from radsurv.report.wandb_report import LACKING, WandbReport, installed


def write_report(folder: Path, tell: Callable[[str], None]) -> None:
    """Write the report that was asked for, and tell where it is.

    Parameters
    ----------
    folder
        W&B's own of the run, which ``wandb sync`` has sent.

    Raises
    ------
    ConfigError
        If no report was asked for there, a package is missing, or the server does not have the run, or refuses.
    """
    asked = WandbReport.read(folder)
    if not installed():
        raise ConfigError(LACKING)
    with environment(WANDB_ERROR_REPORTING="false"):
        # Imported here because it takes a second and starts a service.
        import wandb

        where = "/".join(filter(None, (asked.entity, asked.project, asked.run_id)))
        try:
            server = wandb.setup(settings=wandb.Settings(silent=True)).settings.base_url
            run = wandb.Api().run(where)
        except Exception as error:  # see `WandbReport.write`
            raise ConfigError(
                f"W&B: the run {where} was not found ({one_line(error)}): `wandb sync {folder}` sends it"
            ) from None
        tell(f"W&B: now sent to {server}: what the run {asked.name} shows in words, and names of its charts and tables")
        try:
            tell(f"W&B: the report of this run: {asked.write(run)}")
        except Exception as error:  # see `WandbReport.write`
            raise ConfigError(f"W&B: the report was not written: {one_line(error)}") from None
