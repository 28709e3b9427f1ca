"""Bootstrap samples, each judged by the patients outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Int
from pydantic import Field

from radsurv.errors import ConfigError
from radsurv.survival.outcome import Outcome
from radsurv.validation.finding import Finding
from radsurv.validation.splits import Splits
from radsurv.validation.validation_options import Scheme

if TYPE_CHECKING:
    from radsurv.validation.learned_model import LearnedModel
    from radsurv.validation.left_out import LeftOutModels
    from radsurv.validation.patients import Patients

# First number of the spawn key, so that other uses of the same seed draw other numbers.
BOOTSTRAP_SAMPLES = 3
DRAWS = 200  # of all samples, before there are said to be too few of them


class Bootstrap(Scheme):
    """Samples as large as the cohort, with repetition; Harrell's C by .632+."""

    scheme: Literal["bootstrap"]
    resamples: Annotated[int, Field(ge=10, le=100_000)]

    drawn_apart: ClassVar[bool] = True
    not_independent: ClassVar[str] = (
        "Every patient was predicted by the models of those bootstrap samples that missed them, and each of these had"
        " seen most of the others"
    )

    def splits(self, outcome: Outcome, sites: Sequence[str | None] | None, seed: int) -> Splits:
        """Samples in which nobody is every time: with few samples that can need several draws of all of them."""
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(BOOTSTRAP_SAMPLES,)))
        for _ in range(DRAWS):
            weights = draw_samples(outcome, self.resamples, generator)
            always = np.count_nonzero(weights.all(axis=0))
            if not always:
                return Splits(
                    weights, weights == 0, np.zeros(self.resamples, dtype=np.int64), np.arange(self.resamples)
                )
        raise ConfigError(
            f"validation.resamples={self.resamples}: {always} of {len(outcome)} patients are in every sample and would"
            " never be predicted; raise it"
        )

    def own_finding(self, judges: LeftOutModels, patients: Patients, whole: LearnedModel) -> Finding:
        """Harrell's C by .632+."""
        # Imported here because it counts pairs with compiled code: who only reads options does without the compiler.
        from radsurv.validation.bootstrap_632 import bootstrap_632

        return bootstrap_632(judges, patients, whole)

    def describe(self, n_folds: int | None) -> str:
        return f"bootstrap, {self.resamples:,} samples"


def draw_samples(outcome: Outcome, n_samples: int, generator: np.random.Generator) -> Int[np.ndarray, "sample patient"]:
    """Multiplicities of patients in samples as large as the cohort.

    A sample without an event, or with everybody in it, is drawn again: nothing can be learned there, or nobody judged.
    """
    n_patients = len(outcome)
    weights = np.empty((n_samples, n_patients), dtype=np.int64)
    for sample in weights:
        usable = False
        while not usable:
            sample[:] = np.bincount(generator.integers(n_patients, size=n_patients), minlength=n_patients)
            # Without any event at all, `check_trainable` has the words for it.
            usable = not sample.all() and bool(sample[outcome.event].any() or not outcome.event.any())
    return weights
