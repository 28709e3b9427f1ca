"""Every patient's analysed section with the outline on it: a wrong outline, or another sequence, is seen at a glance."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from jaxtyping import Float
from PIL import Image

from radsurv.report.experiment import Experiment
from radsurv.report.page.check_findings import SIGNS
from radsurv.report.page_section import PASSPORT_ONLY, PageName, PageSection
from radsurv.roi.section_view import SectionView

# At 500 patients the page stays far below 10 MB: some 5 kB each, and a third more as text.
JPEG_QUALITY = 72


@dataclass(frozen=True)
class Picture:
    """One patient.

    Attributes
    ----------
    data
        The section, as a data URI.
    width, height
        Of the picture, in the unit of the lines.
    outline
        Path of the outline, as SVG writes it.
    box
        Left, top, width and height of the rectangle that the network sees.
    reasons
        Why the patient is marked; none where not.
    """

    patient_id: str
    data: str
    width: int
    height: int
    outline: str
    box: tuple[float, float, float, float]
    reasons: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ContactSheet(PageSection):
    """All of them, in the order of the cohort table."""

    order: ClassVar[int] = 106
    pages: ClassVar[frozenset[PageName]] = PASSPORT_ONLY
    title: str = "Every patient's section"

    pictures: tuple[Picture, ...]
    n_marked: int
    sign: str
    margin: float

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        inspection = experiment.inspection
        if inspection is None or not inspection.views:
            return None
        reasons: dict[str, list[str]] = {}
        for check in inspection.checks:
            if check.severity == "outlier" or (check.severity == "warning" and check.column):
                reasons.setdefault(check.patient_id, []).append(check.what)
        pictures = tuple(_picture(who, view, reasons.get(who, [])) for who, view in inspection.views.items())
        return cls(
            pictures=pictures,
            n_marked=sum(bool(picture.reasons) for picture in pictures),
            sign=SIGNS["outlier"],
            margin=experiment.config.patch.margin,
        )


def _picture(patient: str, view: SectionView, reasons: Sequence[str]) -> Picture:
    height, width = view.gray.shape
    left, top, across, down = (round(edge, 1) for edge in view.box)
    outline = "".join(map(_closed, view.contours))
    return Picture(patient, _jpeg(view), width, height, outline, (left, top, across, down), reasons)


def _jpeg(view: SectionView) -> str:
    buffer = io.BytesIO()
    Image.fromarray(view.gray).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _closed(line: Float[np.ndarray, "point xy"]) -> str:
    """A closed path through points; the last is the first."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line[:-1]) + "Z"
