"""Which limits of compared models are shown: those over refits where there are any."""

from __future__ import annotations

import pandas as pd

LIMITED = ("harrell_c", "delta_c", "gain_c")


def best_limits(table: pd.DataFrame) -> pd.DataFrame:
    """Table `COMPARATORS` with limits over refits in the place of those of fixed predictions; ``refitted`` says of which models."""
    told = table.assign(refitted=table["harrell_c_refit_low"].notna())
    for column in LIMITED:
        for end in ("low", "high"):
            fixed, refitted = table[f"{column}_{end}"], table[f"{column}_refit_{end}"]
            told[f"{column}_{end}"] = refitted.where(told["refitted"] & refitted.notna(), fixed)
    return told
