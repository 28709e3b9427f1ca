"""What was claimed of a finished model where it was trained, and what is left of it in other patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from radsurv.formats import concordance, signed_concordance
from radsurv.report.cell_text import cell, with_limits, with_limits_of
from radsurv.report.experiment import Experiment
from radsurv.report.page_section import PageSection


@dataclass(frozen=True)
class Claim:
    """In which patients, what C, and how much more that is than in these."""

    patients: str
    c: str
    excess: str


@dataclass(frozen=True, kw_only=True)
class ClaimsAndOutcome(PageSection):
    """The model's own patients from the most flattering number on, and these at last.

    Attributes
    ----------
    rows
    cohort
        On which it was trained.
    """

    order: ClassVar[int] = 36
    title: str = "What was claimed, and what holds here"

    rows: tuple[Claim, ...]
    cohort: str

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        """Nothing where the model's file does not tell, or the model has seen some of these patients."""
        applied, here = experiment.applied, experiment.metrics.get("harrell_c")
        if applied is None or applied.judged is None or here is None or experiment.n_known:
            return None
        judged = applied.judged

        def excess(c: float | None) -> str:
            return cell(None if c is None else c - here, signed_concordance)

        left_out = with_limits(judged.harrell_c, judged.harrell_c_low, judged.harrell_c_high, concordance)
        return cls(
            rows=(
                Claim("Its training patients", cell(judged.apparent_c, concordance), excess(judged.apparent_c)),
                Claim(f"The same, left out ({judged.how})", left_out, excess(judged.harrell_c)),
                Claim("These patients", with_limits_of(experiment.metrics, "harrell_c", concordance), ""),
            ),
            cohort=applied.cohort,
        )
