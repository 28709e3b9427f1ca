"""Searches that are done, kept for a killed run that is started again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from radsurv.compute.progress import part_done
from radsurv.validation.feature_groups import Groups
from radsurv.validation.inner_folds import FoldedSet
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Store
from radsurv.validation.search_options import SearchOptions
from radsurv.validation.trials import Trial

# Changes whenever a finished search would come out differently.
VERSION = 2
KIND = "search"  # of entries in the store


@dataclass(frozen=True)
class FinishedSearches:
    """The searches of an experiment in a store.

    Attributes
    ----------
    store
    patients, protocol
        Of the experiment.
    groups
        The features of each group that is searched.
    among
        Features that may take part; all of them if None.
    """

    store: Store
    patients: Patients
    protocol: Protocol
    groups: Groups
    among: Bool[np.ndarray, "feature"] | None

    def trials(self, search: SearchOptions, members: FoldedSet, run: Callable[[], list[Trial]]) -> list[Trial]:
        """The trials of a training set: those that are kept, otherwise what `run` finds."""
        key = self._key(search, members)
        kept = self.store.get(KIND, key)
        if kept is not None:
            part_done()  # all trials at once
            return [Trial(dict(chosen), np.nan if value is None else float(value)) for chosen, value in kept]
        trials = run()
        self.store.put(KIND, key, [[one.parameters, None if np.isnan(one.value) else one.value] for one in trials])
        return trials

    def _key(self, search: SearchOptions, members: FoldedSet) -> str:
        """Hash of all that the trials of a training set depend on."""
        protocol, patients, rows = self.protocol, self.patients, members.rows
        options = {
            "version": VERSION,
            "transforms": protocol.transforms.model_dump(mode="json"),
            "reduction": protocol.reduction.model_dump(mode="json"),
            "model": protocol.model.model_dump(mode="json"),
            "search": search.model_dump(mode="json", exclude={"storage", "name"}),
            "seed": protocol.seed,
            "place": (members.place.repeat, members.place.fold),
            "features": patients.names,  # a transform may look at names
        }
        digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
        arrays = [
            rows,
            members.folds,
            patients.outcome.time[rows],
            patients.outcome.event[rows],
            patients.measured.values[rows],
        ]
        arrays += self.groups.values()  # the same patterns match other columns of another table
        if self.among is not None:
            arrays.append(self.among)
        if patients.readings is not None and protocol.reduction.threshold("icc") is not None:
            arrays.append(patients.readings.values[:, rows])
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        strata = [protocol.model.strata] if protocol.model.strata else []
        steering = patients.measured.cohort.loc[rows, [*protocol.transforms.needs(), *strata]]
        digest.update(steering.to_csv(index=False).encode())
        return digest.hexdigest()
