"""What a feature stage makes of the regions: the analysed readings in one table, all further ones in another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import Table
from radsurv.features.feature_table import from_vectors
from radsurv.stages.qc import QcLog
from radsurv.stages.roi_store import StoredRegion
from radsurv.stages.run_folder import RunFolder


def without_reading(which: str, reason: str) -> str:
    """The warning for a patient who stays in the analysis, but has no such reading."""
    return f"{which} cannot be used ({reason}): the patient is left out of the agreement of readings only"


class ReadingTables:
    """Feature vectors by patient and reading, and the QC rows of those that could not be computed.

    Parameters
    ----------
    names
        Of the features.
    qc
        Takes an exclusion where the analysed reading fails, and a warning where another one does.
    """

    def __init__(self, names: Sequence[str], qc: QcLog) -> None:
        self._names, self._qc = names, qc
        self._vectors: dict[str, np.ndarray] = {}
        self._further: list[tuple[str, int, np.ndarray]] = []
        self._cached = 0

    def add(self, region: StoredRegion, values: np.ndarray, warnings: Sequence[str] = (), *, cached: bool) -> None:
        """Keep one vector. Remarks on further readings concern no number that is analysed, and are dropped."""
        self._cached += cached
        if region.reading:
            self._further.append((region.patient_id, region.reading, values))
        else:
            self._vectors[region.patient_id] = values
            self._qc.warn(region.patient_id, warnings)

    def fail(self, region: StoredRegion, reason: str) -> None:
        """Note that a region has no features."""
        if region.reading:
            which = f"reading {region.reading} (a second outline, or a variant of the first)"
            self._qc.warn(region.patient_id, [without_reading(which, reason)])
        else:
            self._qc.add(region.patient_id, "excluded", reason)

    def write(self, folder: RunFolder, analysed: Table, readings: Table, *, simulated: bool) -> None:
        """Write ``patient_id``, features; and ``patient_id, reading``, features, of which there may be no row."""
        folder.write(from_vectors(self._vectors, self._names), analysed, simulated=simulated)
        patients, numbers, vectors = zip(*self._further, strict=True) if self._further else ((), (), ())
        values = np.vstack(vectors) if vectors else np.empty((0, len(self._names)))
        table = pd.DataFrame(values, columns=list(self._names))
        table.insert(0, "patient_id", np.array(patients, dtype=object))
        table.insert(1, "reading", np.array(numbers, dtype=np.int64))
        folder.write(table, readings, simulated=simulated)

    def summary(self, of: str = "") -> str:
        """How many vectors of how many features (of what), for the stage's line."""
        further = f", further readings: {len(self._further)}" if self._further else ""
        return (
            f"{len(self._vectors)} patients × {len(self._names)} features{of}{further}, {self._cached} from the cache"
        )
