"""How predictions for patients outside of a training set are made: by cross-validation, or by a finished model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from radsurv.options.base import Alternative, Few, Positive, alternatives, one_of
from radsurv.options.file_paths import FilePath
from radsurv.survival.outcome import Outcome
from radsurv.validation.finding import Finding
from radsurv.validation.splits import Splits

if TYPE_CHECKING:
    from radsurv.validation.learned_model import LearnedModel
    from radsurv.validation.left_out import LeftOutModels
    from radsurv.validation.patients import Patients


class ValidationOptions(Alternative, ABC):
    """What all ways share.

    Attributes
    ----------
    horizons
        Times at which predictions are judged; chosen from the data where None.
    """

    told_by: ClassVar[str] = "scheme"

    scheme: str
    horizons: Annotated[list[Positive], Field(min_length=1, max_length=1_000)] | None

    @abstractmethod
    def describe(self, n_folds: int | None) -> str:
        """In a few words for a reader; `n_folds` is what the run found, where it did."""


class Scheme(ValidationOptions):
    """A way of splitting patients into training sets and those whom their models judge.

    Attributes
    ----------
    inner
        Whether λ is chosen on features reduced once per training set (``paper``), or anew in each inner one (``nested``).
    inner_splits, inner_repeats
        Folds that choose λ, and how often they are drawn.
    not_independent
        Why predictions hang on one another, for a reader.
    caveat
        What a reader of Harrell's C must know, if anything.
    biased
        Whether Harrell's C is biased, so that k-fold cross-validation should stand beside it.
    by_site
        Whether each fold is the patients of one site, so that it has a name.
    drawn_apart
        Whether training sets are drawn independently of each other, so that limits of how far they agree can be told.
    """

    inner: Literal["paper", "nested"]
    inner_splits: Annotated[int, Field(ge=3, le=1_000)]
    inner_repeats: Few

    not_independent: ClassVar[str]
    caveat: ClassVar[str] = ""
    biased: ClassVar[bool] = False
    by_site: ClassVar[bool] = False
    drawn_apart: ClassVar[bool] = False

    @abstractmethod
    def splits(self, outcome: Outcome, sites: Sequence[str | None] | None, seed: int) -> Splits:
        """The training sets.

        Parameters
        ----------
        outcome
            Of all patients; schemes may stratify by it.
        sites
            Of the patients, where the cohort table has them.
        seed
            Draws whatever is drawn.

        Raises
        ------
        ConfigError
            When these patients cannot be split so.
        """

    def own_finding(self, judges: LeftOutModels, patients: Patients, whole: LearnedModel) -> Finding:
        """What only this scheme can say of its predictions, beside what is said of all.

        Parameters
        ----------
        judges
            The models of the training sets, and whom each judges.
        whole
            The model of all patients.
        """
        return Finding()

    @property
    def given_inner_folds(self) -> str | None:
        """Path of a file with inner folds, for schemes that can have them."""
        return None


class External(ValidationOptions):
    """A finished model, applied to other patients as it is: nothing is split, nothing is learned.

    Attributes
    ----------
    model
        Path of its ``model.json``.
    accept_shift
        Whether features on another scale than in training are let pass.
    recalibrate
        What is adjusted to these patients, beside the model as it is.
    """

    scheme: Literal["external"]
    model: FilePath | None
    accept_shift: bool
    recalibrate: Literal["none", "intercept", "slope"]

    def describe(self, n_folds: int | None) -> str:
        return "a finished model"


SCHEMES = alternatives("radsurv.validation.schemes", Scheme)
if TYPE_CHECKING:
    Validation = Scheme | External
else:
    Validation = one_of({**SCHEMES, External.choice(): External})
