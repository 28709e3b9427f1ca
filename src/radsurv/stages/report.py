"""Stage ``report``: provenance, how the run went, the page, the dashboard."""

from __future__ import annotations

import radsurv.report
from radsurv.config import Config
from radsurv.stages import execution, provenance
from radsurv.stages.followed import tracked_run
from radsurv.stages.naming import told
from radsurv.stages.qc import write_merged
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult, result
from radsurv.stages.terminal import print_note


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``config.yaml``, ``qc.csv``, ``metrics.json``, ``provenance.json``, ``execution.json``, ``model_card.md`` and
    ``report.html``, and log the run where `config.tracking` says.

    Where stages are run one by one, as DVC does, which keeps results by their hash, the page says nothing of how the run went.
    """
    # Imported here because it loads all that a model is applied with, which the page does without.
    from radsurv.stages.model_card import write_card

    folder.write_config(told(config))
    write_merged(folder)
    folder.write_metrics()
    folder.write_json(provenance.collect(config, folder), folder.provenance)
    folder.write_json(execution.collect(config, folder), folder.execution)
    write_card(folder)
    # A dashboard's files are no results, and the way to them is told before the run takes its place.
    tracked = tracked_run(config, folder, print_note)
    notes = radsurv.report.write(folder.root, tracked, tells_of_run=not folder.by_stages)
    return result(str(folder.shown / folder.report.name), run_notes=notes)
