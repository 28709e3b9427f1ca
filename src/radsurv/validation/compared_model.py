"""A model among those that are compared: the experiment, or a simpler one on the same folds."""

from __future__ import annotations

from dataclasses import dataclass, field

from radsurv.survival.separation import mean_concordance
from radsurv.validation.finished_evaluations import Judged
from radsurv.validation.paired_models import risk_by_repeat
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol


@dataclass(frozen=True)
class ComparedModel:
    """Whom it was trained on and how, so that both can be repeated, and what came of it.

    Attributes
    ----------
    name
        In table `COMPARATORS`.
    patients
        With its own features alone.
    protocol, judged
    described
        In words.
    """

    name: str
    patients: Patients
    protocol: Protocol
    judged: Judged
    described: str = ""

    @property
    def c(self) -> float:
        """Harrell's C, averaged over repeats."""
        return mean_concordance(self.patients.outcome, risk_by_repeat(self.judged.predictions))

    @property
    def has_images_beside_covariates(self) -> bool:
        """Whether images can be shuffled while covariates stay."""
        clinical = self.patients.clinical
        return bool(clinical.any()) and not clinical.all()


@dataclass
class Further:
    """What is said of compared models beyond their predictions.

    Attributes
    ----------
    columns
        Of table `COMPARATORS`, by model.
    lacking
        Why there is no more, by model.
    notes, run_notes
        As of a `radsurv.validation.finding.Finding`.
    """

    columns: dict[str, dict[str, float]] = field(default_factory=dict)
    lacking: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    run_notes: list[str] = field(default_factory=list)

    def put(self, name: str, column: str, low: float, high: float, value: float | None = None) -> None:
        """Limits of a column, and what they are of where that is new."""
        own = self.columns.setdefault(name, {})
        own |= {f"{column}_low": low, f"{column}_high": high}
        if value is not None:
            own[column] = value

    def add(self, other: Further) -> None:
        """What else is said."""
        for name, columns in other.columns.items():
            self.columns.setdefault(name, {}).update(columns)
        for name, reasons in other.lacking.items():
            for why in reasons:
                self.lacks(name, why)
        self.notes += other.notes
        self.run_notes += other.run_notes

    def lacks(self, name: str, why: str) -> None:
        """What there is not, and why."""
        own = self.lacking.setdefault(name, [])
        if why not in own:
            own.append(why)
