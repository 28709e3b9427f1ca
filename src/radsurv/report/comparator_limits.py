"""Which limits of compared models are shown: those over refits where there are any."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from radsurv.catalogue.tables import EXPERIMENT

LIMITED = ("harrell_c", "delta_c", "gain_c")
ENDS = ("low", "high")


def best_limits(table: pd.DataFrame, metrics: Mapping[str, float | None]) -> pd.DataFrame:
    """Table `COMPARATORS` with limits over refits in the place of those of fixed predictions, as far as there are any.

    Parameters
    ----------
    table
    metrics
        Of the experiment: where they have limits of its C over refits, these are shown, however often it was refitted beside the simpler
        models, so that a page has one answer.

    Returns
    -------
    pd.DataFrame
        With columns ``harrell_c_refitted`` and so on besides: whether the limits of this number are those over refits.
    """
    told = table.copy()
    own = told["comparator"] == EXPERIMENT
    known = [metrics.get(f"harrell_c_refit_{end}") for end in ENDS]
    if None not in known:
        told.loc[own, [f"harrell_c_refit_{end}" for end in ENDS]] = known
    for column in LIMITED:
        over_refits = told[[f"{column}_refit_{end}" for end in ENDS]].notna().all(axis=1)
        told[f"{column}_refitted"] = over_refits
        for end in ENDS:
            told[f"{column}_{end}"] = told[f"{column}_refit_{end}"].where(over_refits, told[f"{column}_{end}"])
    return told
