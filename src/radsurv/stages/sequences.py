"""The images of a patient: the analysed one, and further sequences that the network sees in its other channels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from radsurv.config import PatchConfig
from radsurv.errors import PatientError

# The column of the cohort table that the outline was traced on and radiomics are computed from.
ANALYSED = "image"


def image_columns(patch: PatchConfig) -> list[str]:
    """Columns of the cohort table that name images, the analysed one first, each once."""
    return list(dict.fromkeys([ANALYSED, *patch.channels]))


@contextmanager
def named(column: str) -> Iterator[None]:
    """A patient's fault found in the block names the column, unless it is the analysed one."""
    try:
        yield
    except PatientError as error:
        if column == ANALYSED:
            raise
        raise PatientError(f"{column}: {error.reason}") from None


def not_shown(section: int, reason: str) -> str:
    """The warning for a section beside the largest that does not take part in the deep features."""
    return f"section {section}, beside the largest, is not shown to the network ({reason})"
