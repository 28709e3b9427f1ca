"""Which hyper-parameters a search varies, and options with chosen ones in place of their own."""

from __future__ import annotations

from collections.abc import Mapping

from radsurv.survival.model_options import ModelOptions
from radsurv.survival.reduction_options import STEPS, ReductionOptions
from radsurv.validation.search_options import FEATURES, AnySearch, NoSearch

HyperParameters = dict[str, float | str]


def configured(
    reduction: ReductionOptions, model: ModelOptions, chosen: Mapping[str, object]
) -> tuple[ReductionOptions, ModelOptions]:
    """Options with some hyper-parameters in place of their own."""
    thresholds = {name: value for name, value in chosen.items() if name in STEPS}
    options = {name: value for name, value in chosen.items() if name in model.searchable}
    return reduction.with_thresholds(thresholds), model.with_options(options)


def searched(search: AnySearch, reduction: ReductionOptions, model: ModelOptions) -> dict[str, list[float | str]]:
    """The hyper-parameters that are searched, and their values."""
    if isinstance(search, NoSearch):
        return {}
    names = (*reduction.searchable(), *model.searchable)
    values = {name: search.values(name) for name in names}
    found = {name: choices for name, choices in values.items() if choices is not None}
    return found if search.features is None else {**found, FEATURES: list(search.features)}


def loosest(search: AnySearch, reduction: ReductionOptions) -> ReductionOptions:
    """Thresholds that leave every feature which any searched ones would leave."""
    if isinstance(search, NoSearch):
        return reduction
    values = {name: search.values(name) for name in reduction.searchable()}
    return reduction.with_thresholds(
        {name: STEPS[name].loosest(map(float, choices)) for name, choices in values.items() if choices is not None}
    )
