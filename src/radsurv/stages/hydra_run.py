"""``radsurv run`` and ``check``: overrides are checked, then handed to Hydra, for one run or for one per value."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from radsurv import crash
from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.files import about
from radsurv.formats import one_line
from radsurv.stages import compose, conf_folder
from radsurv.stages.conf_folder import conf_dir
from radsurv.stages.run_lock import SWEEP, locked

if TYPE_CHECKING:
    from radsurv.stages.sweep import Sweep


AGAIN = "--again"  # have runs of a sweep that are finished run again


def run(arguments: Sequence[str], *, debug: bool = False) -> int:
    """What ``radsurv run`` does with its arguments; returns the exit status. With `debug`, runs of a sweep that fail show why.

    Hydra's own answers to a misspelling are hard to read, so that overrides are looked at first.

    Raises
    ------
    ConfigError
        When overrides cannot be used, or options of Hydra's not together.
    """
    own = [argument for argument in arguments if argument != AGAIN]
    again = len(own) < len(arguments)
    return _with_conf(own, lambda asked: _started(asked, ["run", *arguments], debug, again=again))


def multiverse(arguments: Sequence[str], *, debug: bool = False) -> int:
    """What ``radsurv multiverse`` does: a sweep whose runs all shuffle outcomes alike and as often, and what they say together.

    Raises
    ------
    ConfigError
        As `run`; and where the runs cannot be held together.
    """
    given = [argument for argument in arguments if argument not in ("-m", "--multirun", AGAIN)]
    # Each specification to its last repetition: the largest of all is wanted in every one of them.
    to_the_end = "significance.stop_after=1000000"
    naive = any(argument in ("significance=naive", "significance=none") for argument in given)
    if any(argument.startswith("significance.stop_after") for argument in given):
        raise ConfigError("significance.stop_after has no place here: all specifications are repeated equally often")
    sweep = [*given, "--multirun", *([] if naive else [to_the_end])]
    again = AGAIN in arguments
    return _with_conf(sweep, lambda asked: _specified(asked, ["multiverse", *arguments], debug, again=again))


def check(arguments: Sequence[str]) -> int:
    """What ``radsurv check`` does with its arguments, which are those of a run; returns the exit status.

    Raises
    ------
    ConfigError
        As `run`; and where several runs are asked for.
    """
    return _with_conf(arguments, _looked_at)


def _with_conf(arguments: Sequence[str], act: Callable[[argparse.Namespace], int]) -> int:
    """Do something with the arguments as Hydra reads them, where configurations are looked for as ``--config-dir`` says."""
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    own.add_argument("--config-dir", "-cd", type=Path)
    mine, hydras = own.parse_known_args(list(arguments))
    if mine.config_dir is not None and conf_folder.is_part(mine.config_dir):
        with conf_folder.with_part(mine.config_dir):
            return act(_asked(arguments, part=True))
    with conf_folder.chosen(mine.config_dir):
        return act(_asked(hydras, part=False))


def _started(asked: argparse.Namespace, command: Sequence[str], debug: bool, *, again: bool) -> int:
    if not asked.multirun:
        if again:
            raise ConfigError(
                f"{AGAIN} goes with -m, which leaves finished runs as they are: a single run is always run"
            )
        return _once()
    # Imported here because it takes pandas a while to load, and a misspelt command or --cfg does without.
    from radsurv.stages.sweep import Sweep

    return _sweep(Sweep(asked.overrides, again=again), command, debug)


def _specified(asked: argparse.Namespace, command: Sequence[str], debug: bool, *, again: bool) -> int:
    from radsurv.stages.multiverse import check_specifications, write_multiverse
    from radsurv.stages.sweep import Sweep

    sweep = Sweep(asked.overrides, again=again)
    check_specifications(sweep.jobs)
    status = _sweep(sweep, command, debug)
    write_multiverse(sweep, print)
    return status


def _looked_at(asked: argparse.Namespace) -> int:
    # Imported here because a run needs neither pictures nor page before its last stage.
    from radsurv.stages.check import run as checked

    if asked.multirun:
        raise ConfigError("radsurv check looks at one cohort at a time: leave out --multirun")
    found: list[int] = []
    failed: list[Exception] = []

    def job(composed: DictConfig) -> None:
        try:
            config = validate(compose.plain(composed))
            with crash.crashes_in(None, discreet=config.cohort.pseudonymise):
                found.append(checked(config, print))
        except Exception as error:  # Hydra would add a line of its own
            failed.append(error)

    _start(job)
    if failed:
        raise failed[0]
    return found[0] if found else 0


def _asked(arguments: Sequence[str], *, part: bool) -> argparse.Namespace:
    """The arguments as Hydra reads them, found to be sound, and where Hydra looks for them."""
    # Hydra's own parser, since what it takes for --multirun (--multi, say) must be a sweep here too.
    asked = get_args_parser().parse_intermixed_args(list(arguments))
    _check_together(asked, part=part)
    # It wants its flags before the overrides, or after them.
    flags = [argument for argument in arguments if argument not in asked.overrides]
    asked.overrides = compose.without_sweeping_recipes(asked.overrides, sweep=asked.multirun)
    compose.check(asked.overrides, sweep=asked.multirun)
    sys.argv = ["radsurv", *flags, *asked.overrides]
    return asked


def _check_together(asked: argparse.Namespace, *, part: bool) -> None:
    for option in ("config_dir", "config_path", "config_name", "experimental_rerun"):
        if getattr(asked, option) is not None and not (part and option in ("config_dir", "config_name")):
            name = f"--{option.replace('_', '-')}"
            raise ConfigError(
                f"{name} is not taken: --config-dir=DIR has another folder read in place of RadSurv's own conf/"
            )
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
    os.environ["HYDRA_FULL_ERROR"] = "1"  # which has Hydra pass its errors on instead of printing a stack trace
    try:
        hydra.main(version_base=None, config_path=str(conf_dir().resolve()), config_name="config")(job)()
    except (
        HydraException,
        OmegaConfBaseException,
    ) as error:  # of its own options; all others have been composed before
        raise ConfigError(one_line(error)) from None


def _run(composed: dict[str, Any]) -> None:
    # Imported here because it takes pandas a while to load, and a misspelt command or --cfg does without.
    from radsurv.stages import pipeline
    from radsurv.stages.terminal import console

    config = validate(composed)
    console.print(f"{'options':<12} {conf_folder.described()}", markup=False, soft_wrap=True)
    ignored = conf_folder.ignored()
    if ignored is not None:
        console.print(f"{'':<12} ! {ignored}", markup=False, soft_wrap=True)
    with crash.crashes_in(Path(config.run_dir), discreet=config.cohort.pseudonymise):
        folder = pipeline.run(config)
    with about(Path("standard output")):
        print(folder.shown / folder.report.name if folder.report.is_file() else folder.shown, flush=True)


def _once() -> int:
    failed: list[Exception] = []

    def job(composed: DictConfig) -> None:
        try:
            _run(compose.plain(composed))
        except Exception as error:  # Hydra would add a line of its own
            failed.append(error)

    _start(job)
    if failed:
        raise failed[0]
    return 0


def _sweep(sweep: Sweep, command: Sequence[str], debug: bool) -> int:
    """One run after the other. If one fails, the others go on."""

    def job(composed: DictConfig) -> None:
        overrides = HydraConfig.get().overrides.task
        folder, options = sweep.folder(overrides), sweep.options(compose.plain(composed), overrides)
        try:
            config = validate(options)
            if sweep.is_finished(folder, config):
                _say_finished(folder)
                return
            inputs = sweep.inputs(config)
            _run(options)
        except Exception as error:
            found = crash.told(error, command, debug=debug, about=f"{folder.name}: ")
            words = f"see the terminal {crash.WITHHELD}" if options["cohort"]["pseudonymise"] else found.words
            sweep.fail(folder, words, found.details)
        else:
            sweep.done(folder, inputs)

    with locked(sweep.root, sweep.root, SWEEP):
        sweep.begin()
        try:
            _start(job)
        finally:
            failed = _print_summary(sweep)
    if sweep.crashed():
        return crash.FAULT_OF_THE_PROGRAM
    return crash.FAULT_OF_THE_USER if failed else 0


def _say_finished(folder: Path) -> None:
    from radsurv.stages.terminal import console

    said = f"{folder.name}: finished before, with the same options, data and code: not run again ({AGAIN} runs it)"
    console.print(said, markup=False, soft_wrap=True)


def _print_summary(sweep: Sweep) -> int:
    """The sweep as a table, and how many of its runs failed."""
    table = sweep.summarise()
    from radsurv.stages.sweep import SUMMARY, commonly_compared

    print(commonly_compared(table).to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    print(sweep.root / SUMMARY)
    failed = table.loc[table["error"] != "", "run"].tolist()
    if failed:
        print(f"radsurv: {len(failed)} of {len(table)} runs failed: {'; '.join(failed)}", file=sys.stderr)
    return len(failed)
