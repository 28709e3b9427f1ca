"""What a page says of the bands about its curves."""

from __future__ import annotations

import pandas as pd

from radsurv.report.experiment import Experiment

WHAT = (
    "The shaded bands are 95\xa0% limits over 1,000 resamples of the patients with their predictions as they are, each point by itself:"
    " they are not limits for a whole curve."
)
LEARNED = (
    " They are of these patients and these models; no model is fitted again, so they are too narrow for what the procedure would reach"
    " elsewhere, and no test."
)
REFITTED = " The limits of C over refits hold more than these bands do: what was learned as well."
FINISHED = " The model is finished: nothing but the patients could be others."


def of_bands(experiment: Experiment, table: pd.DataFrame, *names: str) -> str:
    """What the bands about curves hold, and what not; nothing where no point has limits, as in tables of earlier releases.

    Parameters
    ----------
    names
        Whose limits are ``NAME_low`` and ``NAME_high``.
    """
    if not any(table.get(f"{name}_low", pd.Series(dtype=float)).notna().any() for name in names):
        return ""
    if experiment.external:
        return WHAT + FINISHED
    return WHAT + LEARNED + (REFITTED if experiment.metrics.get("harrell_c_refit_low") is not None else "")
