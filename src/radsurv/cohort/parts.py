"""Names of features by the part of the tumour that they were measured in (``cohort.regions``): the part's name, then the feature's.

A part without a name is the tumour as a whole, whose features are called as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from radsurv.errors import PatientError

WHOLE = ""
PART_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}")  # without an underscore, which ends it


def prefixed(part: str, names: Iterable[str]) -> list[str]:
    """
    >>> prefixed("core", ["shape_Volume"]), prefixed(WHOLE, ["shape_Volume"])
    (['core_shape_Volume'], ['shape_Volume'])
    """
    return [f"{part}_{name}" if part else name for name in names]


def part_of(feature: str, parts: Iterable[str]) -> tuple[str, str]:
    """Of a feature, its part and its name there; as a whole where it has no part's name, as a covariate.

    >>> part_of("core_shape_Volume", ["core", "whole"]), part_of("clinical_age", ["core"])
    (('core', 'shape_Volume'), ('', 'clinical_age'))
    """
    part, _, name = feature.partition("_")
    return (part, name) if part in set(parts) - {WHOLE} else (WHOLE, feature)


def said_of(part: str, remarks: Iterable[str]) -> list[str]:
    """Remarks that name the part that they are on.

    >>> said_of("core", ["empty"]), said_of(WHOLE, ["empty"])
    (['region core: empty'], ['empty'])
    """
    return [f"region {part}: {remark}" if part else remark for remark in remarks]


@contextmanager
def of_part(part: str) -> Iterator[None]:
    """A patient's fault found in the block names the part, unless it is the tumour as a whole."""
    try:
        yield
    except PatientError as error:
        (said,) = said_of(part, [error.reason])
        raise PatientError(said) from None
