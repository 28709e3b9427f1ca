"""What shortcuts would have claimed on these very patients: the experiment with a part of its learning outside of the folds.

Each is wrong on purpose, and never used for anything but this comparison. What a shortcut claims beyond the experiment is optimism: it
is not there in other patients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import EXPERIMENT, SHORTCUTS
from radsurv.errors import TrainingSetError
from radsurv.validation.finding import Finding
from radsurv.validation.finished_evaluations import Judged, judged
from radsurv.validation.paired_models import limited, paired_concordance
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.search_options import FlatSearch, NestedSearch, NoSearch
from radsurv.validation.training import Training


class NothingSkipped(Exception):
    """A shortcut that does not differ from the experiment; says why."""


def shortcuts(experiment: Judged, patients: Patients, protocol: Protocol, resources: Resources) -> Finding:
    """The experiment, and every shortcut beside it.

    Parameters
    ----------
    experiment
        Its predictions; patients, folds and seed are those of the shortcuts.
    patients, protocol
        Of the experiment.

    Returns
    -------
    Finding
        Table `SHORTCUTS`: Harrell's C with 95 % limits, and ``excess_c``, C of the shortcut minus that of the experiment, with limits
        from the same resamples of patients; ``reason`` where there is no such shortcut. Metrics ``shortcut_NAME_c``.
    """
    done: dict[str, pd.DataFrame] = {}
    why: dict[str, str] = {}
    for name, take in SHORTCUTS_TAKEN.items():
        try:
            done[name] = take(experiment, patients, protocol, resources)
        except (NothingSkipped, TrainingSetError) as reason:
            why[name] = str(reason)
    c_index, drawn = paired_concordance([experiment.predictions, *done.values()], protocol.seed)
    rows: list[dict[str, Any]] = [
        {"shortcut": name, **limited("harrell_c", c_index, drawn, which), **limited("excess_c", c_index, drawn, which, 0),
         "reason": ""}
        for which, name in enumerate([EXPERIMENT, *done])
    ]  # fmt: skip
    rows += [{"shortcut": name, "reason": reason} for name, reason in why.items()]
    metrics = {f"shortcut_{name}_c": float(c) for name, c in zip(done, c_index[1:], strict=True)}
    return Finding({SHORTCUTS: _table(rows)}, metrics)


def no_shortcuts() -> Finding:
    """Where none is asked for."""
    return Finding({SHORTCUTS: _table([])})


def _apparent(experiment: Judged, patients: Patients, protocol: Protocol, resources: Resources) -> pd.DataFrame:
    """One model of all patients, judged by these."""
    learned = Training(patients, protocol, resources.store).on_everybody().learned
    risk = learned.score(patients.measured, np.arange(len(patients)))
    repeats = experiment.predictions["repeat"].unique()
    return pd.DataFrame({"repeat": np.repeat(repeats, len(patients)), "risk": np.tile(risk, len(repeats))})


def _selection(_: Judged, patients: Patients, protocol: Protocol, resources: Resources) -> pd.DataFrame:
    """Features chosen by all patients; model and λ inside of the folds."""
    if not protocol.reduction.taken():
        raise NothingSkipped("nothing is selected")
    if not isinstance(protocol.search, NoSearch):
        raise NothingSkipped("hyper-parameters are searched, so that more than the selection would differ")
    if protocol.transforms.steps:
        raise NothingSkipped("transforms are learned on all features, and would be on other ones")
    training = Training(patients, protocol, resources.store)
    kept = [training.names[place] for place in training.on_everybody().reduction.kept]
    if not kept:
        raise NothingSkipped("no feature survives the reduction of all patients")
    inside = protocol.plain(protocol.reduction.without_steps(), protocol.model)
    return judged(patients.among(kept), inside, resources, label="selection outside").predictions


def _search(_: Judged, patients: Patients, protocol: Protocol, resources: Resources) -> pd.DataFrame:
    """Hyper-parameters tuned once on all patients; the rest inside of the folds."""
    search = protocol.search
    if not isinstance(search, NestedSearch):
        tuned = isinstance(search, FlatSearch)
        raise NothingSkipped("the experiment itself takes it" if tuned else "nothing is searched")
    flat = FlatSearch.model_validate(search.model_dump() | {"name": "flat"})
    return judged(patients, replace(protocol, search=flat), resources, label="search outside").predictions


Taken = Callable[[Judged, Patients, Protocol, Resources], pd.DataFrame]
# In the order of how much is skipped.
SHORTCUTS_TAKEN: Mapping[str, Taken] = {"apparent": _apparent, "selection": _selection, "search": _search}


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = SHORTCUTS.columns
    types = {name: "object" if name in ("shortcut", "reason") else "float64" for name in columns}
    return pd.DataFrame(rows, columns=list(columns)).astype(types)
