"""Labels of outlines: where there are several, one has to be named before anything is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from radsurv.errors import CohortError
from radsurv.formats import first_few, plural
from radsurv.ingest.folder import is_dicom

SETS_SHOWN = 4
LABELS_SHOWN = 8


def require_one_label(masks: Mapping[str, Path]) -> None:
    """Refuse outlines with several labels.

    A file that cannot be read here, or holds something else than whole numbers, is stage ``cohort``'s to judge.

    Raises
    ------
    CohortError
        With the labels that there are, and of how many patients.
    """
    found = {patient: _labels(path) for patient, path in masks.items()}
    several = {patient: labels for patient, labels in found.items() if len(labels) > 1}
    if not several:
        return
    count = Counter(several.values()).most_common()
    shown = [f"{', '.join(map(str, labels[:LABELS_SHOWN]))} ({plural(n, 'patient')})" for labels, n in count]
    raise CohortError(
        f"the outlines of {len(several)} of {plural(len(masks), 'patient')} have several labels, first"
        f" {masks[next(iter(several))].name}: {first_few(shown, SETS_SHOWN, '; ')}; expected one: say which is analysed with"
        " --mask-label N"
    )


def _labels(path: Path) -> tuple[int, ...]:
    """Labels that are not 0, in order; none of formats whose structures have names."""
    if path.name.endswith(".seg.nrrd") or is_dicom(path):
        return ()
    try:
        values = np.unique(sitk.GetArrayFromImage(sitk.ReadImage(str(path))))
    except RuntimeError:
        return ()
    if not np.all(np.isfinite(values)) or np.any(values != np.round(values)):
        return ()
    return tuple(int(value) for value in values if value)
