"""The options of what happens to features before the reduction: an ordered list of transforms, and the options of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import create_model, model_validator

from radsurv.options.base import Section, alternatives
from radsurv.survival.measurements import Measurements
from radsurv.survival.transform import FittedTransform, Transform

TRANSFORMS: Mapping[str, type[Transform]] = alternatives("radsurv.survival.transforms", Transform)


class _TransformsOptions(Section):
    """Transforms of feature values, fitted in each training set.

    Beside `steps`, one option per transform of `TRANSFORMS`, named like it: its options, or None where it takes no part.

    Attributes
    ----------
    steps
        Names, in the order in which the transforms are applied.
    """

    steps: tuple[str, ...]

    @model_validator(mode="after")
    def _known_once(self) -> _TransformsOptions:
        unknown = [name for name in self.steps if name not in TRANSFORMS]
        if unknown:
            raise ValueError(f"there is no transform {unknown[0]!r}; there are: {', '.join(sorted(TRANSFORMS))}")
        if len(set(self.steps)) < len(self.steps):
            raise ValueError("a transform is named twice")
        without = [name for name in self.steps if getattr(self, name) is None]
        if without:
            raise ValueError(f"the transform {without[0]} has no options: choose transforms={without[0]}")
        return self

    def taken(self) -> tuple[Transform, ...]:
        """The transforms that take part, in their order."""
        return tuple(getattr(self, name) for name in self.steps)

    @property
    def fills_in(self) -> bool:
        """Whether missing values are filled in, so that nobody has to be left out for them."""
        return any(transform.fills_in for transform in self.taken())

    def needs(self) -> tuple[str, ...]:
        """Columns of the cohort table that they look at."""
        return tuple(dict.fromkeys(column for transform in self.taken() for column in transform.needs()))

    def names_out(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the features that they make of these."""
        for transform in self.taken():
            names = transform.names_out(names)
        return names

    def check_names(self, names: tuple[str, ...]) -> None:
        """Whether what they are told of features holds for all features of a run; see `Transform.check_names`."""
        for transform in self.taken():
            transform.check_names(names)
            names = transform.names_out(names)

    def fit(self, members: Measurements) -> Sequence[FittedTransform]:
        """Fit one after the other on the members of a training set."""
        fitted: list[FittedTransform] = []
        for transform in self.taken():
            if fitted:
                members = fitted[-1].apply(members)
            fitted.append(transform.fit(members))
        return fitted

    def describe(self) -> str:
        """For a reader; empty without any."""
        return ", ".join(transform.describe() for transform in self.taken())


if TYPE_CHECKING:
    TransformsOptions = _TransformsOptions
else:
    _options: dict[str, Any] = {name: (transform | None, None) for name, transform in TRANSFORMS.items()}
    TransformsOptions = create_model(
        "TransformsOptions",
        __base__=_TransformsOptions,
        __module__=__name__,
        __doc__=_TransformsOptions.__doc__,
        **_options,
    )
