"""What a page says of an event with several causes, of which one counts (``cohort.event_of_interest``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import pandas as pd

from radsurv.catalogue.tables import COHORT
from radsurv.cohort.causes import cause_name, competing_counts
from radsurv.formats import plural
from radsurv.options.cohort_table import EVENT_CAUSE
from radsurv.report.experiment import Experiment

# Beside numbers that are probabilities.
NOT_THE_RISK = (
    "Other causes than {} are censored at their time here, for predictions and for what they are held against: these are chances of"
    " the event if nobody could leave by another cause, above the share that has it ({} did leave so)."
)


@dataclass(frozen=True)
class Competing:
    """Patients of whom some had an event of another cause than the one that counts.

    Attributes
    ----------
    event
        The cause that counts, in words.
    cause
        Its number.
    n_events
    others
        How many patients had each other cause, by its name.
    rows : columns time, event, event_cause, and group where there are predictions
        One per patient.
    """

    event: str
    cause: int
    n_events: int
    others: Mapping[str, int]
    rows: pd.DataFrame

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        """Of the analysed patients, of the first repeat; of all where there are no predictions. None where nobody had another cause."""
        options, cohort = experiment.config.cohort, experiment.table(COHORT)
        if options.event_of_interest is None or cohort is None or EVENT_CAUSE not in cohort:
            return None
        rows = cohort
        if experiment.n_repeats:
            causes = cohort[["patient_id", EVENT_CAUSE]]
            rows = experiment.first_repeat().merge(causes, on="patient_id", how="left", validate="one_to_one")
        others = competing_counts(options, rows)
        if not others:
            return None
        cause = options.event_of_interest
        return cls(cause_name(options, cause), cause, int(rows["event"].sum()), others, rows)

    @property
    def n_others(self) -> int:
        """Patients with another cause."""
        return sum(self.others.values())

    @property
    def told(self) -> str:
        """Counts of each cause."""
        each = ", ".join(f"{name} in {count:,}" for name, count in self.others.items())
        return f"the event is {self.event}, which {plural(self.n_events, 'patient')} had; other causes are censored at their time ({each})"

    @property
    def not_the_risk(self) -> str:
        """What stands beside probabilities of the event."""
        return NOT_THE_RISK.format(self.event, plural(self.n_others, "patient"))


def not_the_risk(experiment: Experiment) -> str:
    """What stands beside probabilities of the event; nothing where there is one cause."""
    competing = Competing.of(experiment)
    return "" if competing is None else competing.not_the_risk
