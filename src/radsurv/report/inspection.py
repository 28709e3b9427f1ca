"""What was seen of a cohort before anything was computed: only the passport shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.catalogue.checks import Check
from radsurv.roi.section_view import SectionView


@dataclass(frozen=True)
class Inspection:
    """The end of ``radsurv check``.

    Attributes
    ----------
    checks
        The most serious first.
    seen : DataFrame
        Of each patient whose image and outline could be used: ``patient_id``, ``site`` where there is one, the numbers of
        `radsurv.cohort.appearance.Appearance`, ``volume_mm3``. No rows where a ready feature table takes the place of images.
    views
        The analysed section of each of them, in the order of the cohort.
    levels
        By configuration of the quantisation, the share of pixels that have each grey level, from the first on: the mean over
        patients.
    """

    checks: tuple[Check, ...]
    seen: pd.DataFrame = field(default_factory=pd.DataFrame)
    views: Mapping[str, SectionView] = field(default_factory=dict)
    levels: Mapping[str, Float[np.ndarray, "level"]] = field(default_factory=dict)

    @property
    def can_start(self) -> bool:
        """Whether a run could."""
        return not any(check.severity == "error" for check in self.checks)

    def with_texts(self, said: Callable[[str], str]) -> Inspection:
        """The same where `said` has changed the sentences of all checks."""
        return replace(
            self, checks=tuple(replace(one, what=said(one.what), remedy=said(one.remedy)) for one in self.checks)
        )
