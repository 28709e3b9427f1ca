"""What a feature stage makes of the regions: the analysed readings in one table, all further ones in another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import Table
from radsurv.cohort.parts import WHOLE, prefixed, said_of
from radsurv.features.feature_table import from_vectors
from radsurv.stages.qc import QcLog
from radsurv.stages.roi_store import StoredRegion
from radsurv.stages.run_folder import RunFolder


def without_reading(which: str, reason: str) -> str:
    """The warning for a patient who stays in the analysis, but has no such reading."""
    return f"{which} cannot be used ({reason}): the patient is left out of the agreement of readings only"


class ReadingTables:
    """Feature vectors by patient and reading, and the QC rows of those that could not be computed.

    Those of the parts of a tumour stand side by side, in the order in which the parts come; where one could not be computed, there are
    none of the others either.

    Parameters
    ----------
    names
        Of the features of one part.
    qc
        Takes an exclusion where the analysed reading fails, and a warning where another one does.
    """

    def __init__(self, names: Sequence[str], qc: QcLog) -> None:
        self._names, self._qc = names, qc
        self._vectors: dict[tuple[str, int], dict[str, np.ndarray]] = {}
        self._parts: dict[str, None] = {}
        self._computed: set[tuple[str, int]] = set()
        self._excluded: set[str] = set()

    def add(self, region: StoredRegion, values: np.ndarray, warnings: Sequence[str] = (), *, cached: bool) -> None:
        """Keep one vector. Remarks on further readings concern no number that is analysed, and are dropped."""
        key = self._seen(region)
        self._vectors.setdefault(key, {})[region.part] = values
        if not cached:
            self._computed.add(key)
        if not region.reading:
            self._qc.warn(region.patient_id, said_of(region.part, warnings))

    def fail(self, region: StoredRegion, reason: str) -> None:
        """Note that a region has no features."""
        self._seen(region)
        (reason,) = said_of(region.part, [reason])
        if region.reading:
            which = f"reading {region.reading} (a second outline, or a variant of the first)"
            self._qc.warn(region.patient_id, [without_reading(which, reason)])
        elif region.patient_id not in self._excluded:
            self._excluded.add(region.patient_id)
            self._qc.add(region.patient_id, "excluded", reason)

    def write(self, folder: RunFolder, analysed: Table, readings: Table, *, simulated: bool) -> None:
        """Write ``patient_id``, features; and ``patient_id, reading``, features, of which there may be no row."""
        names = self._columns()
        whole = {key: np.concatenate([self._vectors[key][part] for part in self._parts]) for key in self._whole()}
        first = {patient: values for (patient, reading), values in whole.items() if reading == 0}
        folder.write(from_vectors(first, names), analysed, simulated=simulated)
        further = {key: values for key, values in whole.items() if key[1]}
        patients, numbers = zip(*further, strict=True) if further else ((), ())
        values = np.vstack(list(further.values())) if further else np.empty((0, len(names)))
        table = pd.DataFrame(values, columns=names)
        table.insert(0, "patient_id", np.array(patients, dtype=object))
        table.insert(1, "reading", np.array(numbers, dtype=np.int64))
        folder.write(table, readings, simulated=simulated)

    def summary(self, of: str = "") -> str:
        """How many vectors of how many features (of what), for the stage's line."""
        whole = self._whole()
        n_further = sum(reading > 0 for _, reading in whole)
        further = f", further readings: {n_further}" if n_further else ""
        n_cached = len(set(whole) - self._computed)
        return f"{len(whole) - n_further} patients × {len(self._columns())} features{of}{further}, {n_cached} from the cache"

    def _seen(self, region: StoredRegion) -> tuple[str, int]:
        self._parts[region.part] = None
        return region.patient_id, region.reading

    def _columns(self) -> list[str]:
        return [name for part in self._parts or [WHOLE] for name in prefixed(part, self._names)]

    def _whole(self) -> list[tuple[str, int]]:
        """Patients and readings with every part."""
        return [key for key, found in self._vectors.items() if len(found) == len(self._parts)]
