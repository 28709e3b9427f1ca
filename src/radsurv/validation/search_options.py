"""The options of a search of hyper-parameters: which are searched, among which values, how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model

from radsurv.options.base import Alternative, Many, OptionalMapping, one_of
from radsurv.survival.model_options import MODELS
from radsurv.survival.reduction_options import STEPS

Patterns = Annotated[list[str], Field(min_length=1)]
FEATURES = "features"


class NoSearch(Alternative):
    """Hyper-parameters as configured."""

    name: Literal["none"]


class SearchOptions(Alternative):
    """A search with Optuna.

    Beside these, one option per threshold of a reduction step and per hyper-parameter of a model that can be searched, named
    like it: its values to choose from, or None where it stays as configured.

    Attributes
    ----------
    features
        Named groups of features, by patterns of their names, among which the search chooses; None: all features.
    storage
        Whether all trials are written as Optuna studies, too: into a journal of the run folder, or to the database whose address
        is in the environment.
    """

    name: str
    sampler: Literal["tpe", "random", "grid"]
    trials: Many
    objective: Literal["deviance", "c"]
    features: OptionalMapping[Patterns]
    storage: bool | Literal["database"]

    def values(self, name: str) -> list[float | str] | None:
        """Among what a hyper-parameter is chosen; None where it is not searched."""
        found: Any = getattr(self, name, None)
        return None if found is None else list(found)


def _choices() -> Iterator[tuple[str, Any]]:
    """Each hyper-parameter, and the type of one value."""
    yield from ((name, step.allowed) for name, step in STEPS.items() if step.searchable)
    for model in MODELS.values():
        for name in model.searchable:
            option = model.model_fields[name]
            yield name, Annotated[option.annotation, *option.metadata] if option.metadata else option.annotation


if TYPE_CHECKING:

    class NestedSearch(SearchOptions):
        """In every training set anew."""

        name: Literal["optuna"]

    class FlatSearch(SearchOptions):
        """Once on all patients, those who are predicted included: optimistic, only to measure by how much."""

        name: Literal["flat"]

    Search = NoSearch | NestedSearch | FlatSearch
else:
    _fields = {
        name: (Annotated[list[kind], Field(min_length=1)] | None, None) for name, kind in dict(_choices()).items()
    }

    NestedSearch, FlatSearch = (
        create_model(name, __base__=SearchOptions, __module__=__name__, name=(choice, ...), **_fields)
        for name, choice in (("NestedSearch", Literal["optuna"]), ("FlatSearch", Literal["flat"]))
    )
    Search = one_of({kind.choice(): kind for kind in (NoSearch, NestedSearch, FlatSearch)})
AnySearch = NoSearch | SearchOptions
