"""The sections of the page: one function each, in the order in which they are read.

To add a section, write a function that takes the experiment and returns a `Section`, or None where the run has nothing
to show, beside a partial in ``templates/sections/``, and name the function in `SECTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable

from radsurv.report.experiment import Experiment
from radsurv.report.sections.comparators import comparators
from radsurv.report.sections.dictionary import dictionary
from radsurv.report.sections.features import features
from radsurv.report.sections.inner_draws import inner_draws
from radsurv.report.sections.inside import inside
from radsurv.report.sections.outcome import headline, metrics, survival
from radsurv.report.sections.patients import patients
from radsurv.report.sections.predictions import accuracy, calibration, decision
from radsurv.report.sections.record import again, notes, record
from radsurv.report.sections.section import Section
from radsurv.report.sections.significance import significance
from radsurv.report.sections.stability import stability

SECTIONS: tuple[Callable[[Experiment], Section | None], ...] = (
    headline,
    survival,
    significance,
    inner_draws,
    comparators,
    accuracy,
    calibration,
    decision,
    metrics,
    patients,
    features,
    inside,
    stability,
    dictionary,
    notes,
    record,
    again,
)


def build(experiment: Experiment) -> list[Section]:
    """All sections that this experiment can fill."""
    return [section for make in SECTIONS if (section := make(experiment)) is not None]
