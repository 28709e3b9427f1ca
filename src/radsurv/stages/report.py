"""Stage ``report``: provenance, the page, the Weights & Biases run."""

from __future__ import annotations

import radsurv.report
from radsurv.config import Config
from radsurv.stages import provenance
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``config.yaml``, ``provenance.json`` and ``report.html``, and log the run where `config.tracking` says."""
    folder.write_config(config)
    folder.write_json(provenance.collect(config, folder), folder.provenance)
    notes = radsurv.report.write(folder.root, config.tracking)
    return StageResult(str(folder.report), notes)
