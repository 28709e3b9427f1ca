"""Stage ``deep``: features of a pretrained network."""

from __future__ import annotations

from radsurv.config import Config
from radsurv.stages.qc import QcLog, excluded_note
from radsurv.stages.reading_tables import ReadingTables
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``deep.parquet``: one row per patient; and further readings."""
    qc = QcLog("deep")
    tables = ReadingTables([], qc)
    result = StageResult("no backbone" if config.cohort.features is None else "skipped: the cohort brings its features")
    if wanted(config):
        # Imported here because it takes PyTorch seconds to load.
        from radsurv.stages.deep_features import compute

        tables, result = compute(config, folder, qc)
    simulated = bool(folder.read(folder.cohort)["simulated"].any())
    tables.write(folder, folder.deep, folder.deep_readings, simulated=simulated)
    folder.write(qc.table(), folder.stage_qc("deep"))
    result.notes.extend(excluded_note(qc.table()))
    return result


def wanted(config: Config) -> bool:
    """Whether a network computes features in this run."""
    return config.backbone.name != "none" and config.cohort.features is None
