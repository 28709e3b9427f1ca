"""Stage ``inside``: what the steadiest deep features look at, in the patients where they are strongest and weakest.

It comes after the evaluation and changes none of its numbers: the maps illustrate, no model sees them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from radsurv.config import Config
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stage_result import StageResult

COLUMNS = [
    *("feature", "end", "rank", "patient_id", "value", "spread", "section"),
    *("size", "patch", "outline", "cells", "effect"),
]
HIGHEST, LOWEST = "highest", "lowest"


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``inside.parquet``: one row per feature and patient, with the patch and what covering each part of it does.

    No row, and the reason, where there is nothing to look into.
    """
    shown = pd.DataFrame(columns=COLUMNS)
    result = StageResult(f"skipped: {_not_wanted(config)}")
    if _not_wanted(config) is None:
        choice = _choose(config, folder)
        if choice.empty:
            result = StageResult(
                "skipped", ["no deep feature survived reduction in any fold: there are no maps of them"]
            )
        else:
            # Imported here because it takes PyTorch seconds to load.
            from radsurv.stages.inside_maps import look

            shown, result = look(config, folder, choice)
    folder.write(shown, folder.inside, simulated=bool(folder.read(folder.cohort)["simulated"].any()))
    return result


def _not_wanted(config: Config) -> str | None:
    if config.cohort.features is not None:
        return "the cohort brings its features"
    if config.backbone.name == "none":
        return "no backbone"
    return "inside=none" if config.inside.name == "none" else None


def _choose(config: Config, folder: RunFolder) -> pd.DataFrame:
    """Features by the number of folds in which they survived, and for each the patients at both ends of its values."""
    deep = folder.read(folder.deep).set_index("patient_id")
    patients = folder.read(folder.predictions)["patient_id"].unique()
    selections = folder.read(folder.selections)
    values = deep.loc[patients]
    n_patients = min(config.inside.patients, len(values) // 2)
    rows: list[dict[str, Any]] = []
    for feature in steadiest(selections[selections["feature"].isin(deep.columns)], config.inside.features):
        ordered = values[feature].sort_values(kind="stable")  # of equal values, the first in the table
        ends = {HIGHEST: values[feature].sort_values(kind="stable", ascending=False), LOWEST: ordered}
        for end, found in ends.items():
            for rank, (patient, value) in enumerate(found.head(n_patients).items()):
                spread = float(ordered.std())
                rows.append(dict(zip(COLUMNS, (feature, end, rank, patient, float(value), spread), strict=False)))
    return pd.DataFrame(rows, columns=COLUMNS[:6])


def steadiest(selections: pd.DataFrame, n_features: int) -> list[str]:
    """Those that survived in most folds; of equals those with a coefficient in more, then by name."""
    counts = selections.assign(used=selections["coefficient"] != 0).groupby("feature")["used"].agg(["size", "sum"])
    ordered = counts.reset_index().sort_values(["size", "sum", "feature"], ascending=[False, False, True])
    return [str(name) for name in ordered["feature"].head(n_features)]
