"""What options are made of: sections that know their names, and families of alternatives of which one is chosen.

A family (the models, the validation schemes, the steps of the reduction, …) is a folder. Each alternative is one module in it
that holds one class: its options, how it describes itself to a reader, and what it does. To add one, add a module, and a file
of ``conf/`` with its values; nothing else has a list of them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """A group of options: immutable, closed to names it does not know, without defaults: those are in ``conf/``."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Alternative(Section):
    """One of a family, told from the others by the value of one option.

    Attributes
    ----------
    told_by
        Which option that is.
    """

    told_by: ClassVar[str] = "name"

    @classmethod
    def choice(cls) -> str:
        """The value that chooses this alternative."""
        return str(get_args(cls.model_fields[cls.told_by].annotation)[0])


Kind = TypeVar("Kind")


def members(folder: str, kind: type[Kind]) -> tuple[type[Kind], ...]:
    """Every concrete class of a kind in the modules of a folder, in the order of the modules' names.

    Raises
    ------
    TypeError
        For a module without one, naming the methods that its classes lack.
    """
    package = importlib.import_module(folder)
    found: list[type[Kind]] = []
    for name in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
        path = f"{folder}.{name}"
        values = vars(importlib.import_module(path)).values()
        own = [
            value
            for value in values
            if isinstance(value, type) and issubclass(value, kind) and value.__module__ == path
        ]
        concrete = [value for value in own if not inspect.isabstract(value)]
        if not concrete:
            lacking = sorted({method for value in own for method in getattr(value, "__abstractmethods__", ())})
            raise TypeError(f"{path} has no complete {kind.__name__}; missing: {', '.join(lacking) or 'the class'}")
        found += concrete
    return tuple(found)


Family = TypeVar("Family", bound=Alternative)


def alternatives(folder: str, kind: type[Family]) -> Mapping[str, type[Family]]:
    """The alternatives of a family, by what chooses them."""
    return MappingProxyType({found.choice(): found for found in members(folder, kind)})


def one_of(family: Mapping[str, type[Family]]) -> Any:
    """The type of an option that is one of a family: a discriminated union."""
    kinds = tuple(family.values())
    return kinds[0] if len(kinds) == 1 else Annotated[reduce(or_, kinds), Field(discriminator=kinds[0].told_by)]


def _named(value: Any) -> Any:
    """`null` as no entries; and keys as text, since YAML reads 1 and true as themselves."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        return value
    return {str(key): _named(item) if isinstance(item, dict) else item for key, item in value.items()}


def _text_keys(value: Any) -> Any:
    return value if value is None else _named(value)


Value = TypeVar("Value")
# `null` in YAML, so that an override such as 'cohort.select={sequence: [SE]}' can give it any keys.
NamedMapping = Annotated[dict[str, Value], BeforeValidator(_named)]
# `null` means something of its own.
OptionalMapping = Annotated[Annotated[dict[str, Value], Field(min_length=1)] | None, BeforeValidator(_text_keys)]

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# Upper bounds of counts stand far above what anybody needs: beyond them is a slip of the keyboard, and a run that fills the memory
# or never ends.
Few = Annotated[int, Field(ge=1, le=1_000)]
Many = Annotated[int, Field(ge=1, le=100_000)]
Millions = Annotated[int, Field(ge=1, le=1_000_000)]
