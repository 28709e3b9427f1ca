"""The stages in order: ``radsurv run`` follows them in one process, ``dvc.yaml`` stage by stage."""

from __future__ import annotations

import importlib
import time
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from radsurv.catalogue.record import StageExecution
from radsurv.catalogue.stages import BY_NAME, STAGE_NAMES, StageName
from radsurv.config import Config
from radsurv.errors import TooFewPatients, doing
from radsurv.stages import preflight, replacement, under_dvc
from radsurv.stages.cache_limit import settle
from radsurv.stages.followed import followed
from radsurv.stages.naming import told
from radsurv.stages.qc import write_merged
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.run_lock import locked
from radsurv.stages.stage_result import StageResult
from radsurv.stages.terminal import console, print_note


def run_stage(stage: StageName, config: Config, folder: RunFolder, said: Collection[str] = ()) -> list[str]:
    """One stage: run it, print its line and its notes, keep both for the report.

    Where too few patients are left, everybody who was left out stands in ``excluded.csv`` of the run folder, with the
    reason.

    Parameters
    ----------
    said
        Notes of earlier stages, which are not printed again: stages that use the same network, or cache, say the same of it.

    Returns
    -------
    list of str
        The notes.
    """
    # Imported here because each stage is a process of its own under DVC, and only one of them needs PyTorch.
    module = importlib.import_module(f"radsurv.stages.{stage}")
    started = time.perf_counter()
    try:
        with doing(f"stage {stage}"):
            result: StageResult = module.run(config, folder.opened_for(BY_NAME[stage]))
    except TooFewPatients as error:
        if not error.excluded:
            raise
        folder.write_refusal(pd.DataFrame(error.excluded, columns=["patient_id", "reason"]))
        raise TooFewPatients(f"{error} (all of them: {folder.shown / folder.refusal.name})", error.excluded) from None
    run_notes = [*result.run_notes, *settle(config.compute, result.cache)]
    notes = [*result.record.notes, *run_notes]
    seconds = time.perf_counter() - started
    folder.write_json(result.record, folder.stage_provenance(stage))
    went = StageExecution(
        seconds=round(seconds, 3),
        notes=run_notes,
        cache_dir=str(config.compute.cache_folder),
        cache_read=result.cache.read,
        cache_written=result.cache.written,
        cache_fetched=result.cache.fetched,
        cache_shared=result.cache.shared,
        results=folder.results_hash(stage),
    )
    folder.write_json(went, folder.stage_execution(stage))
    console.print(f"{stage:<12} {result.summary}  ({seconds:.1f} s)", markup=False, soft_wrap=True)
    if config.compute.cache_folder != Path(config.compute.cache_dir).absolute() and (
        result.cache.read or result.cache.written
    ):
        cache = f"cache: {config.compute.cache_folder} (compute.cache_dir, of the repository)"
        console.print(f"{'':<12} {cache}", markup=False, soft_wrap=True)
    for note in notes:
        if note not in said:
            print_note(note)
    return notes


def run(config: Config) -> RunFolder:
    """All stages up to `config.until`, in the run folder `config.run_dir`.

    An earlier run there is replaced as a whole, so that no old table looks like a new one, and when the last stage has ended:
    a run that ends before leaves it as it was.

    Raises
    ------
    ConfigError
        When the folder is not a run's, is in use, or holds a run that went further.
    """
    preflight.check_table(config)
    preflight.check(config)
    folder = RunFolder(config.run_dir)
    replacement.check_ours(folder)
    with locked(folder.home, folder.shown):
        unfinished = replacement.begin(folder, config.until)
        unfinished.write_config(told(config))
        with (
            config.compute.workers(preflight.seen_by_workers(config, unfinished.root)),
            followed(config, folder, print_note),
        ):
            _all_stages(config, unfinished)
        replacement.take_place(unfinished)
    return folder


def _all_stages(config: Config, unfinished: RunFolder) -> None:
    said: set[str] = set()
    for stage in STAGE_NAMES[: STAGE_NAMES.index(config.until) + 1]:
        said.update(run_stage(stage, config, unfinished, said))
        if stage != "report":
            write_merged(unfinished)
            unfinished.write_metrics()


def run_alone(stage: StageName, config: Config) -> None:
    """One stage among the files that stand in the run folder, as DVC runs them: it has removed those of the stage before.

    Raises
    ------
    ConfigError
        When the folder is in use.
    """
    folder = RunFolder(config.run_dir)
    with locked(folder.home, folder.shown):
        replacement.complete(folder)
        if stage not in ("cohort", "report"):  # which compute nothing that others have
            preflight.check_shared_cache(config)
        for remark in under_dvc.remarks(stage, config):
            print_note(remark)
        with config.compute.workers(preflight.seen_by_workers(config, folder.root)):
            run_stage(stage, config, folder)
        if stage == "evaluate":
            folder.refusal.unlink(missing_ok=True)  # of an attempt before this one: enough patients are left now
