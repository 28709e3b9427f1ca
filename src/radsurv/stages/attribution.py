"""Stage ``attribution``: what the steadiest deep features look at, in the patients where they are strongest and weakest.

It comes after the evaluation and changes none of its numbers: the maps illustrate, no model sees them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from radsurv.catalogue.tables import ATTRIBUTION, COHORT, DEEP, PREDICTIONS, SELECTIONS
from radsurv.config import Config
from radsurv.options.run import NoAttribution, Occlusion
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import made_up
from radsurv.stages.stage_result import StageResult, result

COLUMNS = ATTRIBUTION.columns
# What is known of a row before the network is asked.
CHOSEN = COLUMNS[:6]
HIGHEST, LOWEST = "highest", "lowest"


def run(config: Config, folder: RunFolder) -> StageResult:
    """Write ``attribution.parquet``: one row per feature and patient, with the patch and what covering each part of it does.

    No row, and the reason, where there is nothing to look into.
    """
    shown = pd.DataFrame(columns=list(COLUMNS))
    simulated = made_up(folder.read(COHORT))
    options = config.attribution
    if isinstance(options, NoAttribution):
        said = result("skipped: attribution=none")
    elif not config.computes_deep:
        said = result(
            "skipped: " + ("no backbone" if config.cohort.features is None else "the cohort brings its features")
        )
    else:
        choice = _choose(options, folder)
        if choice.empty:
            said = result("skipped", ["no deep feature survived reduction in any fold: there are no maps of them"])
        else:
            # Imported here because a run without such features does without it.
            from radsurv.stages.occlusion_maps import occlusion_maps

            shown, said = occlusion_maps(config, options, folder, choice)
    folder.write(shown.reindex(columns=list(COLUMNS)), ATTRIBUTION, simulated=simulated)
    return said


def _choose(options: Occlusion, folder: RunFolder) -> pd.DataFrame:
    """Features by the number of folds in which they survived, and for each the patients at both ends of its values."""
    deep = folder.read(DEEP).set_index("patient_id")
    patients = folder.read(PREDICTIONS)["patient_id"].unique()
    selections = folder.read(SELECTIONS)
    values = deep.loc[patients]
    n_patients = min(options.patients, len(values) // 2)
    rows: list[dict[str, Any]] = []
    for feature in steadiest(selections[selections["feature"].isin(deep.columns)], options.features):
        ordered = values[feature].sort_values(kind="stable")  # of equal values, the first in the table
        ends = {HIGHEST: values[feature].sort_values(kind="stable", ascending=False), LOWEST: ordered}
        for end, found in ends.items():
            for rank, (patient, value) in enumerate(found.head(n_patients).items()):
                spread = float(ordered.std())
                rows.append(dict(zip(CHOSEN, (feature, end, rank, patient, float(value), spread), strict=True)))
    return pd.DataFrame(rows, columns=list(CHOSEN))


def steadiest(selections: pd.DataFrame, n_features: int) -> list[str]:
    """Those that survived in most folds; of equals those with a coefficient in more, then with the larger mean one; then by name."""
    rows = selections.assign(used=selections["coefficient"] != 0)
    counts = rows.groupby("feature").agg(kept=("used", "size"), used=("used", "sum"), weight=("coefficient", "mean"))
    ordered = counts.assign(weight=counts["weight"].abs()).reset_index()
    ordered = ordered.sort_values(["kept", "used", "weight", "feature"], ascending=[False, False, False, True])
    return [str(name) for name in ordered["feature"].head(n_features)]
