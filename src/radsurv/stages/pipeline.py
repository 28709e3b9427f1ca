"""The stages in order: ``radsurv run`` follows them in one process, ``dvc.yaml`` stage by stage."""

from __future__ import annotations

import importlib
import time

import pandas as pd

from radsurv.catalogue.stages import BY_NAME, STAGE_NAMES, StageName
from radsurv.config import Config
from radsurv.errors import TooFewPatients
from radsurv.stages import preflight
from radsurv.stages.qc import write_merged
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult
from radsurv.stages.terminal import console, print_note


def run_stage(stage: StageName, config: Config, folder: RunFolder) -> None:
    """One stage: run it, print its line and its notes, keep both for the report.

    Where too few patients are left, everybody who was left out stands in ``excluded.csv`` of the run folder, with the
    reason.
    """
    # Imported here because each stage is a process of its own under DVC, and only one of them needs PyTorch.
    module = importlib.import_module(f"radsurv.stages.{stage}")
    started = time.perf_counter()
    try:
        result: StageResult = module.run(config, folder.opened_for(BY_NAME[stage]))
    except TooFewPatients as error:
        if not error.excluded:
            raise
        folder.write_refusal(pd.DataFrame(error.excluded, columns=["patient_id", "reason"]))
        raise TooFewPatients(f"{error} (all of them: {folder.shown / folder.refusal.name})", error.excluded) from None
    if stage == "evaluate":
        folder.refusal.unlink(missing_ok=True)  # of an attempt before this one, under DVC: enough patients are left now
    seconds = time.perf_counter() - started
    record = result.record.model_copy(update={"seconds": round(seconds, 3)})
    folder.write_json(record, folder.stage_provenance(stage))
    console.print(f"{stage:<12} {result.summary}  ({seconds:.1f} s)", markup=False, soft_wrap=True)
    for note in record.notes:
        print_note(note)


def run(config: Config) -> RunFolder:
    """All stages up to `config.until`, in the run folder `config.run_dir`.

    An earlier run there is replaced as a whole, so that no old table looks like a new one; but not before the cohort has
    been read and found usable: a mistyped command leaves it as it was.
    """
    preflight.check(config)
    folder = RunFolder(config.run_dir)
    folder.replace_with(config)
    for stage in STAGE_NAMES[: STAGE_NAMES.index(config.until) + 1]:
        run_stage(stage, config, folder)
        if stage != "report":
            write_merged(folder)
            folder.write_metrics()
    return folder
