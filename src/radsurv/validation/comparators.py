"""The experiment held against simpler ones, on the same folds: what do the images add to age and sex, or to size?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from radsurv.catalogue.tables import COMPARATORS, EXPERIMENT
from radsurv.compute.progress import Effort
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.options.run import Comparator as ComparatorName
from radsurv.survival.models.cox import Cox
from radsurv.validation.finding import Finding
from radsurv.validation.finished_evaluations import Judged, judged
from radsurv.validation.paired_models import limited, paired_concordance
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import NO_SEARCH, Protocol, Resources
from radsurv.validation.search_options import NoSearch
from radsurv.validation.search_space import searched

# The volume where the cohort has outlines: what it is called among the features, and so in the table and on the page.
OUTLINE_VOLUME = "the volume of the whole outline"
# Where it has not, columns of its ready table: of the first name that is there. That of voxels is measured as an outline's is;
# RadSurv's own shape_Volume is of one section.
READY_VOLUMES = tuple(re.compile(rf"(^|_)shape_{measured}Volume$") for measured in ("Voxel", "Mesh", ""))
# Which kinds of features each comparator is made of; in the order of the table.
KINDS: dict[ComparatorName, tuple[str, ...]] = {
    "clinical": ("clinical",),
    "volume": ("volume",),
    "radiomics": ("radiomics",),
    "deep": ("deep",),
    "combined": ("radiomics", "deep"),
    "combined_clinical": ("radiomics", "deep", "clinical"),
}
# Of what is said of each model besides its C.
DESCRIBED = ("n_features", "n_null_folds", "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high")


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
        Feature → ``clinical``, ``radiomics``, ``deep``, or ``volume`` for `OUTLINE_VOLUME`; in the order of the table.
    experiment
        Features of the experiment.
    """
    comparators: list[Comparator] = []
    reasons: dict[str, str] = {}
    for name in dict.fromkeys(asked):
        plain = name in ("clinical", "volume")
        features = _made_of(name, kinds)
        twin = next((one.name for one in comparators if one.features == features and one.plain == plain), None)
        if not features:
            reasons[name] = f"there are no {' and no '.join(KINDS[name])} features"
        elif name == "combined_clinical" and "clinical" not in kinds.values():
            reasons[name] = "there are no clinical features"
        elif not plain and set(features) == set(experiment):
            reasons[name] = "the features of the experiment itself"
        elif twin is not None:
            reasons[name] = f"the same features as {twin}"
        else:
            comparators.append(Comparator(name, features, plain))
    return comparators, reasons


def _made_of(name: ComparatorName, kinds: Mapping[str, str]) -> list[str]:
    features = [one for one, kind in kinds.items() if kind in KINDS[name]]
    if features or name != "volume":
        return features
    ready = ([one for one in kinds if named.search(one)] for named in READY_VOLUMES)
    return next(filter(None, ready), [])


def compare(
    experiment: Judged,
    patients: Patients,
    protocol: Protocol,
    comparators: Sequence[Comparator],
    reasons: Mapping[str, str],
    resources: Resources,
) -> Finding:
    """One row for the experiment, one per comparator, and one per comparator that there is not.

    Parameters
    ----------
    experiment
        What the others are held against; patients, folds and seed are the same in all.
    patients
        With the features of all comparators.
    protocol
        Of the experiment.
    reasons
        Comparator → why it has nothing to say.

    Returns
    -------
    Finding
        Table `COMPARATORS`: Harrell's C with 95 % limits, ``delta_c`` (C of the experiment minus that of the comparator,
        paired by patient and averaged over repeats) with limits, ``gain_c`` (its C minus that of the clinical variables alone,
        where these were compared) likewise, hazard ratio of the groups; ``reason`` where these are NaN.
        All resamples of patients are those of the experiment's own limits.
    """
    done, why = [], dict(reasons)
    effort = Effort(
        plural(len(comparators), "simpler model"), "fewer of them (comparison.models)", resources.store is not None
    )
    with resources.bar("compare", len(comparators), effort=effort) as advance:
        for comparator in comparators:
            own = patients.among(comparator.features)
            try:
                model = judged(own, _protocol_of(comparator, protocol), resources, label=comparator.name)
            except TrainingSetError as error:
                why[comparator.name] = str(error)
            else:
                done.append((comparator, model))
            advance()
    models = [experiment, *(model for _, model in done)]
    names = [EXPERIMENT, *(comparator.name for comparator, _ in done)]
    c_index, drawn = paired_concordance([model.predictions for model in models], protocol.seed)
    clinical = names.index("clinical") if "clinical" in names else None
    used = ["", *(_described(comparator) for comparator, _ in done)]
    rows = [
        {"comparator": name, "features": features, **{key: float(model.metrics[key]) for key in DESCRIBED},
         **limited("harrell_c", c_index, drawn, which), **limited("delta_c", c_index, drawn, 0, which),
         **({} if clinical is None else limited("gain_c", c_index, drawn, which, clinical)), "reason": ""}
        for which, (name, features, model) in enumerate(zip(names, used, models, strict=True))
    ]  # fmt: skip
    rows += [{"comparator": name, "features": "", "reason": reason} for name, reason in why.items()]
    table = _table(rows)
    n_kept = sum(model.kept for _, model in done)
    kept = [f"{n_kept} of {plural(len(done), 'simpler model')} from an earlier run"] if n_kept else []
    return Finding({COMPARATORS: table}, _metrics(table), run_notes=kept)


def no_comparison() -> Finding:
    """Where nothing is compared."""
    return Finding({COMPARATORS: _table([])})


def _protocol_of(comparator: Comparator, protocol: Protocol) -> Protocol:
    if comparator.plain:
        return protocol.plain(
            protocol.reduction.without_steps(), Cox(name="cox", clinical="none", strata=protocol.model.strata)
        )
    search = protocol.search
    if isinstance(search, NoSearch):
        return protocol
    # Without groups of features: which they are is what comparators differ in.
    among_all = search.model_copy(update={"features": None})
    return replace(protocol, search=among_all if searched(among_all, protocol.reduction, protocol.model) else NO_SEARCH)


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = COMPARATORS.columns
    types = {name: "object" if name in ("comparator", "features", "reason") else "float64" for name in columns}
    return pd.DataFrame(rows, columns=list(columns)).astype(types)


def _metrics(table: pd.DataFrame) -> dict[str, float]:
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
