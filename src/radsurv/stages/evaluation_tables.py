"""The tables that every way of validating leaves in the run folder, and the line that sums them up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from radsurv.config import Config
from radsurv.stages.progress import progress_bar
from radsurv.stages.run_folder import RunFolder
from radsurv.validation.assess import Assessment
from radsurv.validation.cross_validate import CrossValidation
from radsurv.validation.permutation import Analysis
from radsurv.validation.significance import Significance, significance, untested


def write_result(folder: RunFolder, result: CrossValidation, *, simulated: bool) -> None:
    """Predictions, selections, folds, trials, and what single draws of the inner folds would have given."""
    folder.write(result.predictions, folder.predictions, simulated=simulated)
    folder.write(result.selections, folder.selections, simulated=simulated)
    folder.write(result.folds, folder.folds, simulated=simulated)
    folder.write(result.trials, folder.trials, simulated=simulated)
    folder.write(result.inner_draws, folder.inner_draws, simulated=simulated)


def write_judged(folder: RunFolder, judged: Assessment, *, simulated: bool) -> None:
    """What was judged by time."""
    folder.write(judged.horizons, folder.horizons, simulated=simulated)
    folder.write(judged.calibration, folder.calibration, simulated=simulated)
    folder.write(judged.decision, folder.decision, simulated=simulated)


def chance(config: Config, analysis: Callable[[], Analysis], predictions: pd.DataFrame, **said: str) -> Significance:
    """The permutation test of an analysis, where one is asked for; only then is the analysis prepared."""
    if config.significance.name == "naive":
        return untested()
    with progress_bar("shuffled", config.significance.permutations) as advance:
        return significance(
            analysis(),
            predictions,
            config.significance,
            seed=config.seed,
            n_jobs=config.compute.n_jobs,
            progress=lambda done, total: advance(),
            **said,
        )


def summary(metrics: Mapping[str, object]) -> str:
    """The stage's line on the terminal. The log-rank P never stands there without what it is worth."""

    def shown(name: str, digits: str) -> str:
        value = metrics.get(name)
        return format(value, digits) if isinstance(value, float) and value == value else "–"

    # Where the model is of other patients, its predictions depend neither on these outcomes nor on each other.
    worth = "predictions of a finished model" if metrics.get("external_known") == 0 else "no error guarantee"
    honest = f", permutation P {shown('permutation_p', '.2g')}" if "permutation_p" in metrics else ""
    return (
        f"{metrics['n_patients']} patients, {metrics['n_events']} events: C {shown('harrell_c', '.3f')}, "
        f"HR {shown('hazard_ratio', '.2f')}, log-rank P {shown('log_rank_p', '.2g')} ({worth}){honest}"
    )
