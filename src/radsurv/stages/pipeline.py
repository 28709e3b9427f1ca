"""The stages in order: ``radsurv run`` follows them in one process, ``dvc.yaml`` stage by stage."""

from __future__ import annotations

import importlib
import time

from radsurv.config import STAGES, Config, Stage
from radsurv.stages import preflight
from radsurv.stages.model_file import read_model
from radsurv.stages.progress import console
from radsurv.stages.qc import write_merged
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult


def run_stage(stage: Stage, config: Config, folder: RunFolder) -> None:
    """One stage: run it, print its line and its notes, keep both for the report."""
    # Imported here because each stage is a process of its own under DVC, and only one of them needs PyTorch.
    module = importlib.import_module(f"radsurv.stages.{stage}")
    started = time.perf_counter()
    result: StageResult = module.run(config, folder)
    seconds = time.perf_counter() - started
    folder.write_json(
        {"seconds": round(seconds, 3), "notes": result.notes, **result.facts}, folder.stage_provenance(stage)
    )
    console.print(f"{stage:<10} {result.summary}  ({seconds:.1f} s)", markup=False, soft_wrap=True)
    for note in result.notes:
        console.print(f"{'':<10} ! {note}", markup=False, soft_wrap=True)


def run(config: Config) -> RunFolder:
    """All stages up to `config.until`, in the run folder `config.run_dir`.

    What an earlier run left there of the stages that follow is removed first, so that no old table looks like a new one.
    """
    if config.validation.scheme == "external":
        read_model(config)  # a model that does not fit is found before hours of features, not after
    preflight.check(config)
    folder = RunFolder(config.run_dir)
    last = STAGES.index(config.until)
    for path in (*folder.outputs(), folder.config):
        path.unlink(missing_ok=True)
    folder.write_config(config)
    for stage in STAGES[: last + 1]:
        run_stage(stage, config, folder)
        if stage != "report":
            write_merged(folder)
    return folder
