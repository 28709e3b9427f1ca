"""Stage ``deep``: features of a pretrained network."""

from __future__ import annotations

from radsurv.catalogue.tables import COHORT, DEEP, DEEP_READINGS
from radsurv.config import Config
from radsurv.stages.qc import QcLog, excluded_note
from radsurv.stages.reading_tables import ReadingTables
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import made_up
from radsurv.stages.stage_result import StageResult, result


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``deep.parquet``: one row per patient; and further readings."""
    qc = QcLog("deep")
    tables = ReadingTables([], qc)
    said = result("no backbone" if config.cohort.features is None else "skipped: the cohort brings its features")
    if config.computes_deep:
        # Imported here because who brings features of their own does without it.
        from radsurv.stages.deep_features import compute

        tables, said = compute(config, folder, qc)
    simulated = made_up(folder.read(COHORT))
    tables.write(folder, DEEP, DEEP_READINGS, simulated=simulated)
    folder.write_csv(qc.table(), folder.stage_qc("deep"))
    said.record.notes.extend(excluded_note(qc.table()))
    return said
