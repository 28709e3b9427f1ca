"""``radsurv run`` and ``check``: overrides are checked, then handed to Hydra, for one run or for one per value."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from radsurv.config import conf_dir, validate
from radsurv.errors import ConfigError, RadsurvError, in_words
from radsurv.stages import compose, pipeline
from radsurv.stages.sweep import Sweep, commonly_compared


def run(arguments: Sequence[str]) -> int:
    """What ``radsurv run`` does with its arguments; returns the exit status.

    Hydra's own answers to a misspelling are hard to read, so that overrides are looked at first.

    Raises
    ------
    ConfigError
        When overrides cannot be used, or options of Hydra's not together.
    """
    asked = _asked(arguments)
    return _sweep(Sweep(asked.overrides)) if asked.multirun else _once()


def check(arguments: Sequence[str]) -> int:
    """What ``radsurv check`` does with its arguments, which are those of a run; returns the exit status.

    Raises
    ------
    ConfigError
        As `run`; and where several runs are asked for.
    """
    # Imported here because a run needs neither pictures nor page before its last stage.
    from radsurv.stages.check import run as checked

    asked = _asked(arguments)
    if asked.multirun:
        raise ConfigError("radsurv check looks at one cohort at a time: leave out --multirun")
    status = 0

    def job(composed: DictConfig) -> None:
        nonlocal status
        try:
            status = checked(validate(compose.plain(composed)), print)
        except (RadsurvError, OSError) as error:
            raise SystemExit(f"radsurv: error: {in_words(error)}") from None

    _start(job)
    return status


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments as Hydra reads them, found to be sound, and where Hydra looks for them."""
    # Hydra's own parser, since what it takes for --multirun (--multi, say) must be a sweep here too.
    asked = get_args_parser().parse_intermixed_args(list(arguments))
    _check_together(asked)
    compose.check(asked.overrides, sweep=asked.multirun)
    # It wants its flags before the overrides, or after them.
    flags = [argument for argument in arguments if argument not in asked.overrides]
    sys.argv = ["radsurv", *flags, *asked.overrides]
    return asked


def _check_together(asked: argparse.Namespace) -> None:
    wanted = {
        "--run": asked.run,
        "--multirun": asked.multirun,
        f"--cfg {asked.cfg}": asked.cfg,
        f"--info {asked.info}": asked.info,
        "--shell-completion": asked.shell_completion,
    }
    given = [name for name, there in wanted.items() if there]
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} exclude each other: give one of them")
    if asked.resolve and not asked.cfg:
        raise ConfigError("--resolve goes with --cfg job, which shows the configuration")


def _start(job: hydra.types.TaskFunction) -> None:
    hydra.main(version_base=None, config_path=str(conf_dir().resolve()), config_name="config")(job)()


def _once() -> int:
    def job(composed: DictConfig) -> None:
        try:
            folder = pipeline.run(validate(compose.plain(composed)))
        except (RadsurvError, OSError) as error:
            # Past Hydra's own handler, which would print a stack trace of it.
            raise SystemExit(f"radsurv: error: {in_words(error)}") from None
        print(folder.shown / folder.report.name if folder.report.is_file() else folder.shown)

    _start(job)
    return 0


def _sweep(sweep: Sweep) -> int:
    """One run after the other. If one fails, the others go on."""

    def job(composed: DictConfig) -> None:
        folder = sweep.folder(HydraConfig.get().overrides.task)
        try:
            finished = pipeline.run(validate(compose.plain(composed) | {"run_dir": str(folder)}))
        except (RadsurvError, OSError) as error:
            sweep.fail(folder, in_words(error))
            print(f"radsurv: error: {folder.name}: {in_words(error)}", file=sys.stderr)
        else:
            sweep.done(folder)
            print(folder / finished.report.name if finished.report.is_file() else folder)

    sweep.begin()
    try:
        _start(job)
    finally:
        failed = _print_summary(sweep)
    return 1 if failed else 0


def _print_summary(sweep: Sweep) -> int:
    """The sweep as a table, and how many of its runs failed."""
    table = sweep.summarise()
    print(commonly_compared(table).to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    print(sweep.root / "summary.csv")
    failed = table.loc[table["error"] != "", "run"].tolist()
    if failed:
        print(f"radsurv: {len(failed)} of {len(table)} runs failed: {'; '.join(failed)}", file=sys.stderr)
    return len(failed)
