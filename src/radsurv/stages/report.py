"""Stage ``report``: provenance, the page, the dashboard."""

from __future__ import annotations

import radsurv.report
from radsurv.config import Config
from radsurv.stages import provenance
from radsurv.stages.naming import told
from radsurv.stages.qc import write_merged
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult, result
from radsurv.stages.terminal import print_note


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``config.yaml``, ``qc.csv``, ``metrics.json``, ``provenance.json``, ``model_card.md`` and ``report.html``, and log the
    run where `config.tracking` says.
    """
    # Imported here because it loads all that a model is applied with, which the page does without.
    from radsurv.stages.model_card import write_card

    folder.write_config(told(config))
    write_merged(folder)
    folder.write_metrics()
    folder.write_json(provenance.collect(config, folder), folder.provenance)
    write_card(folder)
    # A dashboard's files are no results, and the way to them is told before the run takes its place.
    notes = radsurv.report.write(folder.root, config.tracking, folder.home, print_note)
    return result(str(folder.shown / folder.report.name), notes)
