"""The experiment held against simpler ones, on the same folds: what do the images add to age and sex, or to size?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.config import ComparatorName
from radsurv.errors import TrainingSetError
from radsurv.survival.outcome import check_outcome
from radsurv.validation.bootstrap_interval import percentile_limits, resampled_concordance
from radsurv.validation.cross_validate import CrossValidation

VOLUME = re.compile(r"(^|_)shape_(Mesh|Voxel)?Volume$")
# Which kinds of features each comparator is made of; in the order of the table.
KINDS: dict[ComparatorName, tuple[str, ...]] = {
    "clinical": ("clinical",),
    "volume": ("volume",),
    "radiomics": ("radiomics",),
    "deep": ("deep",),
    "combined": ("radiomics", "deep"),
    "combined_clinical": ("radiomics", "deep", "clinical"),
}
COLUMNS = (
    *("comparator", "features", "n_features", "n_null_folds", "harrell_c", "harrell_c_low", "harrell_c_high"),
    *("delta_c", "delta_c_low", "delta_c_high", "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high", "reason"),
)
EXPERIMENT = "experiment"


@dataclass(frozen=True)
class Comparator:
    """A part of the feature table.

    Attributes
    ----------
    name
        Of `KINDS`.
    features
        In the order of the table.
    plain
        Whether it is a Cox regression on all of its features, not the pipeline of the experiment: a handful of
        covariates needs no reduction, and thresholds made for thousands would throw them out.
    """

    name: ComparatorName
    features: list[str]
    plain: bool


def choose_comparators(
    asked: Sequence[ComparatorName], kinds: Mapping[str, str], experiment: Sequence[str]
) -> tuple[list[Comparator], dict[str, str]]:
    """What each comparator is made of here, and why some have nothing to say.

    Parameters
    ----------
    asked
        Names.
    kinds
        Feature → ``clinical``, ``radiomics`` or ``deep``, in the order of the table.
    experiment
        Features of the experiment.
    """
    comparators: list[Comparator] = []
    reasons: dict[str, str] = {}
    for name in dict.fromkeys(asked):
        plain = name in ("clinical", "volume")
        wanted = KINDS[name]
        features = [one for one, kind in kinds.items() if kind in wanted or ("volume" in wanted and VOLUME.search(one))]
        twin = next((one.name for one in comparators if one.features == features and one.plain == plain), None)
        if not features:
            reasons[name] = f"there are no {' and no '.join(wanted)} features"
        elif name == "combined_clinical" and "clinical" not in kinds.values():
            reasons[name] = "there are no clinical features"
        elif not plain and set(features) == set(experiment):
            reasons[name] = "the features of the experiment itself"
        elif twin is not None:
            reasons[name] = f"the same features as {twin}"
        else:
            comparators.append(Comparator(name, features, plain))
    return comparators, reasons


def compare(
    experiment: CrossValidation,
    comparators: Sequence[Comparator],
    cross_validated: Callable[[Comparator], CrossValidation],
    reasons: Mapping[str, str],
    *,
    seed: int,
) -> pd.DataFrame:
    """One row for the experiment, one per comparator, and one per comparator that there is not.

    Parameters
    ----------
    experiment
        What the others are held against; patients, folds and seed are the same in all.
    cross_validated
        The pipeline on the features of a comparator.
    reasons
        Comparator → why it has nothing to say.
    seed
        Of the experiment: all resamples of patients are those of the experiment's own limits.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`: Harrell's C with 95 % limits, ``delta_c`` (C of the experiment minus that of the
        comparator, paired by patient and averaged over repeats) with limits, hazard ratio of the groups; ``reason``
        where these are NaN.
    """
    done, why = [], dict(reasons)
    for comparator in comparators:
        try:
            done.append((comparator, cross_validated(comparator)))
        except TrainingSetError as error:
            why[comparator.name] = str(error)
    results = [experiment, *(result for _, result in done)]
    c_index, limits, differences = _paired([result.predictions for result in results], seed)
    names = [EXPERIMENT, *(comparator.name for comparator, _ in done)]
    used = ["", *(_described(comparator) for comparator, _ in done)]
    rows = [
        {"comparator": name, "features": features, **_metrics(result), "harrell_c": c_index[which],
         "harrell_c_low": limits[which][0], "harrell_c_high": limits[which][1], "delta_c": c_index[0] - c_index[which],
         "delta_c_low": differences[which][0], "delta_c_high": differences[which][1], "reason": ""}
        for which, (name, features, result) in enumerate(zip(names, used, results, strict=True))
    ]  # fmt: skip
    rows += [{"comparator": name, "features": "", "reason": reason} for name, reason in why.items()]
    return _table(rows)


def no_comparators() -> pd.DataFrame:
    """The table where nothing is compared."""
    return _table([])


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    types = {name: "object" if name in ("comparator", "features", "reason") else "float64" for name in COLUMNS}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)


def comparator_metrics(table: pd.DataFrame) -> dict[str, float]:
    """``comparator_NAME_c`` and ``comparator_NAME_delta_c`` of every comparator that has them."""
    rows = table[(table["reason"] == "") & (table["comparator"] != EXPERIMENT)].set_index("comparator")
    columns = {"c": "harrell_c", "delta_c": "delta_c"}
    return {
        f"comparator_{name}_{metric}": float(rows[column].loc[name])
        for name in rows.index
        for metric, column in columns.items()
    }


def _described(comparator: Comparator) -> str:
    shown = comparator.features if len(comparator.features) <= 4 else []
    how = "Cox regression" if comparator.plain else "the pipeline of the experiment"
    return f"{how} on {', '.join(shown) or f'{len(comparator.features)} features'}"


def _metrics(result: CrossValidation) -> dict[str, float]:
    names = ("n_features", "n_null_folds", "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high")
    return {name: float(result.metrics[name]) for name in names}


def _paired(
    predictions: Sequence[pd.DataFrame], seed: int
) -> tuple[list[float], list[tuple[float, float]], list[tuple[float, float]]]:
    """C of every model; its limits; limits of the first model's C minus its: averaged over repeats."""
    first = predictions[0]
    by_repeat = []
    for repeat, rows in first.groupby("repeat"):
        scores = np.stack([one.loc[one["repeat"] == repeat, "risk"].to_numpy(np.float64) for one in predictions])
        by_repeat.append(_resampled(rows, scores, seed))
    means = np.mean(by_repeat, axis=0)
    return (
        means[0].tolist(),
        list(zip(means[1].tolist(), means[2].tolist(), strict=True)),
        list(zip(means[3].tolist(), means[4].tolist(), strict=True)),
    )


def _resampled(
    rows: pd.DataFrame, scores: Float[np.ndarray, "model patient"], seed: int
) -> Float[np.ndarray, "5 model"]:
    outcome = check_outcome(rows["time"], rows["event"])
    observed, drawn = resampled_concordance(outcome, scores, seed)
    limits = np.array([percentile_limits(one) for one in drawn.T])
    differences = np.array([percentile_limits(one) for one in (drawn[:, :1] - drawn).T])
    return np.stack([observed, *limits.T, *differences.T])
