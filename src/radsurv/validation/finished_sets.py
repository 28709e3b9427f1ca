"""Training sets that are done, kept for a killed run that is started again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from radsurv.errors import TrainingSetError
from radsurv.survival.model_options import ModelFit
from radsurv.survival.reduction import Reduction
from radsurv.validation.experiment_hash import experiment_hash
from radsurv.validation.learned_model import TrainedSet
from radsurv.validation.protocol import Store
from radsurv.validation.splits import Splits
from radsurv.validation.training import Training
from radsurv.validation.trials import Trial

KIND = "training"  # of entries in the store
# What a killed run may lose, besides the sets that were in work; a shorter cross-validation stores nothing.
EVERY_S = 20.0


class FinishedSets:
    """The first training sets of a cross-validation, in a chain of entries: each holds what was done since the one before it.

    Transforms are not among what is stored: of thousands of features they are far larger than a model, and are learned again from the
    members of a set sooner than they are read.

    Parameters
    ----------
    store
        Nothing is kept without one.
    experiment
        Patients and protocol as configured: they name the entries.
    training
        The same, with hyper-parameters that were fixed before anybody was left out.
    splits
        Its training sets.
    clock
        Seconds that never go back.

    Attributes
    ----------
    kept
        Of an earlier run: as many as there are without a gap, from the first on. They predict the same bits as when they were trained.
    unread
        Whether there was an entry that is no such sets: they are trained again.
    """

    def __init__(
        self,
        store: Store | None,
        experiment: Training,
        training: Training,
        splits: Splits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._training, self._splits, self._clock = store, training, splits, clock
        self._began = self._stored_at = clock()
        self._key = "" if store is None else experiment_hash(experiment.patients, experiment.protocol)
        self.unread = False
        self.kept: list[TrainedSet] = []
        while found := self._found(len(self.kept)):
            self.kept += found
        self._n_stored = len(self.kept)

    def keep(self, trained: Sequence[TrainedSet], *, at_last: bool = False) -> None:
        """Store those that are not, and not every time unless it is the last one.

        Parameters
        ----------
        trained
            All so far, `kept` among them.
        """
        now = self._clock()
        due = now - (self._began if at_last else self._stored_at) >= EVERY_S
        if self._store is None or len(trained) == self._n_stored or not due:
            return
        names = list(self._training.names)
        self._store.put(
            KIND,
            self._name(self._n_stored),
            [_plain(which, trained[which], names) for which in range(self._n_stored, len(trained))],
            grows=True,  # how many are done by then hangs on the machine: another may have more behind the same ones
        )
        self._n_stored, self._stored_at = len(trained), now

    def _name(self, first: int) -> str:
        return hashlib.sha256(f"{self._key} from training set {first}".encode()).hexdigest()

    def _found(self, first: int) -> list[TrainedSet]:
        """What an entry holds that begins with this set; nothing where what is there is something else."""
        if self._store is None or first >= len(self._splits):
            return []
        stored = self._store.get(KIND, self._name(first), grows=True) or []
        try:
            found = [self._read(one, first + place) for place, one in enumerate(stored)]
        except (TrainingSetError, ValueError, TypeError, KeyError, IndexError, AttributeError):
            self.unread = True
            return []
        self.unread = first + len(found) > len(self._splits)
        return [] if self.unread else found

    def _read(self, stored: Mapping[str, Any], which: int) -> TrainedSet:
        if stored["set"] != which:
            raise ValueError(f"training set {stored['set']}, expected {which}")
        names, options = list(self._training.names), self._training.protocol.model
        left = stored["reduction"]
        reduction = Reduction(
            kept=np.array(left["kept"], dtype=np.int64),
            strength=np.array(left["strength"], dtype=np.float64),
            candidates=np.array(left["candidates"], dtype=np.int64),
            n_varying=int(left["n_varying"]),
            n_protected=int(left["n_protected"]),
        )
        model, *by_draw = (options.model_from(one, names) for one in stored["models"])
        rows = np.repeat(np.arange(self._splits.weights.shape[1]), self._splits.weights[which])
        trials = [Trial(parameters, float(value)) for parameters, value in stored["trials"]]
        return TrainedSet(self._training.transforms_of(rows), reduction, ModelFit(model, by_draw), trials)


def _plain(which: int, trained: TrainedSet, names: list[str]) -> dict[str, Any]:
    """In plain numbers and words, NaN among them."""
    reduction = {
        name: part.tolist() if isinstance(part, np.ndarray) else part for name, part in vars(trained.reduction).items()
    }
    models = [trained.fit.model, *trained.fit.by_draw]
    return {
        "set": which,
        "reduction": reduction,
        "models": [model.to_dict(names) for model in models],
        "trials": [[trial.parameters, trial.value] for trial in trained.trials],
    }
