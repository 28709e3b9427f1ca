"""What is done with patients, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from typing import Protocol as Interface

import pandas as pd

from radsurv.compute.progress import Bar, silent
from radsurv.survival.model_options import ModelOptions
from radsurv.survival.reduction_options import ReductionOptions
from radsurv.survival.transform_options import TransformsOptions
from radsurv.validation.search_options import AnySearch, FlatSearch, NestedSearch, NoSearch
from radsurv.validation.validation_options import Scheme

NO_SEARCH = NoSearch(name="none")


@dataclass(frozen=True)
class Protocol:
    """How models are trained and judged: everything, besides the patients, on which a number depends.

    Attributes
    ----------
    transforms, reduction, model
        What is fitted in each training set, in this order.
    scheme
        Which training sets there are.
    search
        Hyper-parameters that are searched inside each training set.
    seed
        Draws outer and inner folds, and whatever models and searches draw.
    inner_folds
        Given inner folds in place of drawn ones, see `radsurv.validation.inner_folds.given_folds`.
    """

    transforms: TransformsOptions
    reduction: ReductionOptions
    model: ModelOptions
    scheme: Scheme
    search: AnySearch
    seed: int
    inner_folds: pd.DataFrame | None = None

    def under(self, scheme: Scheme) -> Protocol:
        """The same under another scheme; given inner folds belong to the training sets of one scheme, so others are drawn."""
        return replace(self, scheme=scheme, inner_folds=None)

    def searched_inside(self) -> Protocol:
        """The same where a search takes place in every training set, also if the experiment has it once on all patients."""
        if not isinstance(self.search, FlatSearch):
            return self
        nested = self.search.model_dump() | {NestedSearch.told_by: NestedSearch.choice()}
        return replace(self, search=NestedSearch.model_validate(nested))

    def reseeded(self, seed: int) -> Protocol:
        """The same with another seed, for other outcomes or other patients; given inner folds belong to those as they are, so others are
        drawn."""
        return replace(self, seed=seed, inner_folds=None)

    def plain(self, reduction: ReductionOptions, model: ModelOptions) -> Protocol:
        """The same folds for another reduction and model, without a search."""
        return replace(self, reduction=reduction, model=model, search=NO_SEARCH, scheme=_paper(self.scheme))


def _paper(scheme: Scheme) -> Scheme:
    """λ on features reduced once: what every model can do."""
    return scheme.model_copy(update={"inner": "paper"})


class Store(Interface):
    """Where finished pieces of an analysis wait for a killed run to be started again.

    `grows` is said of a piece that is put under one key with more or less behind the same beginning, by one run again and again or by
    several machines: the longest counts.
    """

    def get(self, kind: str, key: str, *, grows: bool = False) -> list[Any] | None:
        """What was put there, if it was."""

    def put(self, kind: str, key: str, value: list[Any], *, grows: bool = False) -> None:
        """Keep a value made of plain lists, dictionaries, numbers and text, in the place of what was there."""


@dataclass(frozen=True)
class Resources:
    """What an analysis may use; changes no number.

    Attributes
    ----------
    n_jobs
        Workers; −1 for one per core.
    store
        Keeps finished searches, training sets, comparators and shuffles; nothing is kept if left out.
    bar
        Shows progress.
    """

    n_jobs: int = 1
    store: Store | None = None
    bar: Bar = silent
