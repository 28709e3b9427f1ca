"""The experiment held against simpler ones, on the same folds: what do the images add to age and sex, or to size?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import BETWEEN_REASONS, COMPARATORS, EXPERIMENT
from radsurv.compute.progress import Effort
from radsurv.errors import TrainingSetError
from radsurv.formats import plural
from radsurv.options.run import Comparison
from radsurv.validation.comparator_choice import Comparator
from radsurv.validation.comparator_limits import comparator_limits
from radsurv.validation.compared_model import ComparedModel, Further
from radsurv.validation.finding import Finding
from radsurv.validation.finished_evaluations import Judged, judged
from radsurv.validation.paired_models import limited, paired_concordance
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources

# Of what is said of each model besides its C.
DESCRIBED = ("n_features", "n_null_folds", "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high")
ALWAYS = ("c", "delta_c")  # metrics of a comparator that need not be asked for
TEXTS = ("comparator", "features", "lacking", "reason")  # columns of the table that are no numbers


@dataclass(frozen=True)
class Inference:
    """What is asked of simpler models beyond their predictions.

    Attributes
    ----------
    experiment
        The patients with its own features alone.
    options
        How often, and among whom to shuffle.
    """

    experiment: Patients
    options: Comparison


def compare(
    experiment: Judged,
    patients: Patients,
    protocol: Protocol,
    comparators: Sequence[Comparator],
    reasons: Mapping[str, str],
    resources: Resources,
    inference: Inference | None = None,
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
        All resamples of patients are those of the experiment's own limits. With `inference` also the columns of
        `radsurv.validation.comparator_tests` and `radsurv.validation.comparator_limits`, and ``lacking``, why one of these is NaN.
    """
    done, why = [], dict(reasons)
    effort = Effort(
        plural(len(comparators), "simpler model"), "fewer of them (comparison.models)", resources.store is not None
    )
    with resources.bar("compare", len(comparators), effort=effort) as advance:
        for comparator in comparators:
            own, how = patients.among(comparator.features), comparator.protocol(protocol)
            try:
                model = judged(own, how, resources, label=comparator.name)
            except TrainingSetError as error:
                why[comparator.name] = str(error)
            else:
                done.append(ComparedModel(comparator.name, own, how, model, comparator.described))
            advance()
    whole = patients if inference is None else inference.experiment
    models = [ComparedModel(EXPERIMENT, whole, protocol, experiment), *done]
    found = _found(models)
    further = Further() if inference is None else _further(models, found, inference.options, resources)
    rows = [
        {"comparator": model.name, "features": model.described, **{key: float(model.judged.metrics[key]) for key in DESCRIBED},
         **numbers, **further.columns.get(model.name, {}),
         "lacking": BETWEEN_REASONS.join(further.lacking.get(model.name, [])), "reason": ""}
        for model, numbers in zip(models, found, strict=True)
    ]  # fmt: skip
    rows += [{"comparator": name, "features": "", "lacking": "", "reason": reason} for name, reason in why.items()]
    table = _table(rows)
    n_kept = sum(model.judged.kept for model in done)
    kept = [f"{n_kept} of {plural(len(done), 'simpler model')} from an earlier run"] if n_kept else []
    return Finding({COMPARATORS: table}, _metrics(table), notes=further.notes, run_notes=kept + further.run_notes)


def no_comparison() -> Finding:
    """Where nothing is compared."""
    return Finding({COMPARATORS: _table([])})


def _found(models: Sequence[ComparedModel]) -> list[dict[str, float]]:
    """C of each, and differences, with limits of these patients and these models; the experiment first."""
    c_index, drawn = paired_concordance([model.judged.predictions for model in models], models[0].protocol.seed)
    names = [model.name for model in models]
    clinical = names.index("clinical") if "clinical" in names else None
    return [
        {**limited("harrell_c", c_index, drawn, which), **limited("delta_c", c_index, drawn, 0, which),
         **({} if clinical is None else limited("gain_c", c_index, drawn, which, clinical))}
        for which in range(len(models))
    ]  # fmt: skip


def _further(
    models: Sequence[ComparedModel], found: Sequence[dict[str, float]], options: Comparison, resources: Resources
) -> Further:
    """P values, of the simpler models, and limits over refits, as far as they are asked for."""
    further = Further()
    if options.permutations:
        # Imported here because it judges predictions, which others need not.
        from radsurv.validation.comparator_tests import comparator_tests

        further.add(comparator_tests(models[1:], options, resources))
    if options.refits:
        further.add(comparator_limits(models, found, options.refits, resources))
    return further


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = COMPARATORS.columns
    types = {name: "object" if name in TEXTS else "float64" for name in columns}
    return pd.DataFrame(rows, columns=list(columns)).astype(types)


def _metrics(table: pd.DataFrame) -> dict[str, float]:
    """``comparator_NAME_c``, ``comparator_NAME_delta_c`` of every comparator that has them; ``comparator_NAME_p`` and
    ``comparator_NAME_gain_p`` of those that were asked."""
    rows = table[(table["reason"] == "") & (table["comparator"] != EXPERIMENT)].set_index("comparator")
    columns = {"c": "harrell_c", "delta_c": "delta_c", "p": "p", "gain_p": "gain_p"}
    return {
        f"comparator_{name}_{metric}": float(rows[column].loc[name])
        for name in rows.index
        for metric, column in columns.items()
        if metric in ALWAYS or not np.isnan(rows[column].loc[name])
    }
