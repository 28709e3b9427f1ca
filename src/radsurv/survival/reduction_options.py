"""The options of the feature reduction: an ordered list of steps, and a threshold for each step that there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import create_model, field_validator

from radsurv.options.base import Section, Share, members
from radsurv.survival.reduction_step import ReductionStep

STEPS: Mapping[str, type[ReductionStep]] = {
    step.name: step for step in members("radsurv.survival.steps", ReductionStep)
}


class _ReductionOptions(Section):
    """Feature reduction, fitted in each training set.

    Beside these, one option per step of `STEPS`, named like it: its threshold; a step without one takes no part.

    Attributes
    ----------
    steps
        Names, in the order in which the steps are taken.
    orientation
        How the strength of a feature is measured: ``strength`` is max(C, 1 − C), ``literal`` C itself.
    max_missing
        A feature missing in more than this share of the patients is left out beforehand.
    """

    steps: tuple[str, ...]
    orientation: Literal["strength", "literal"]
    max_missing: Share

    @field_validator("steps")
    @classmethod
    def _known_once(cls, steps: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in steps if name not in STEPS]
        if unknown:
            raise ValueError(f"there is no step {unknown[0]!r}; there are: {', '.join(sorted(STEPS))}")
        if len(set(steps)) < len(steps):
            raise ValueError("a step is named twice")
        return steps

    def threshold(self, step: str) -> float | None:
        """Of a step that takes part; None where it does not."""
        found: float | None = getattr(self, step) if step in self.steps else None
        return found

    def taken(self) -> tuple[ReductionStep, ...]:
        """The steps that take part, in their order."""
        thresholds = {name: self.threshold(name) for name in self.steps}
        return tuple(STEPS[name](value) for name, value in thresholds.items() if value is not None)

    def without_steps(self) -> Self:
        """The same where every feature that varies stays."""
        return self.model_copy(update={"steps": (), "orientation": "strength"})

    def searchable(self) -> tuple[str, ...]:
        """Steps whose thresholds a nested search may vary, in their order."""
        return tuple(name for name in self.steps if STEPS[name].searchable)

    def with_thresholds(self, thresholds: Mapping[str, object]) -> ReductionOptions:
        """The same with other thresholds."""
        return self.model_copy(update=dict(thresholds))

    def describe(self) -> str:
        """The steps with their thresholds, for a reader."""
        return ", ".join(step.describe() for step in self.taken()) or "none: every feature that varies stays"


if TYPE_CHECKING:
    ReductionOptions = _ReductionOptions
else:
    _thresholds: dict[str, Any] = {name: (step.allowed | None, None) for name, step in STEPS.items()}
    ReductionOptions = create_model(
        "ReductionOptions",
        __base__=_ReductionOptions,
        __module__=__name__,
        __doc__=_ReductionOptions.__doc__,
        **_thresholds,
    )
