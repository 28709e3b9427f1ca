"""Options that name files and folders: found by their type, so that what leaves this machine can leave out where they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic.fields import FieldInfo

from radsurv.options.base import Section
from radsurv.options.urls import is_url, url_name


class _NamesAFile:
    """Marks a text that is, or may be, the path of a file or folder, or the address of an object."""


FilePath = Annotated[str, _NamesAFile()]
Options = TypeVar("Options", bound=Section)


def file_name(path: str) -> str:
    """The last part of a path, which says nothing of where it is; a name that is no path stays as it is.

    >>> file_name("/data/Mueller/clinical.csv"), file_name("../runs/"), file_name("imagenet"), file_name("..")
    ('clinical.csv', 'runs', 'imagenet', '')
    >>> file_name("s3://mueller/cohort/clinical.csv"), file_name("s3://mueller")
    ('clinical.csv', '')
    """
    return url_name(path) if is_url(path) else PurePath(path).name.replace("..", "")


def paths_of(options: Section) -> list[str]:
    """Every path in some options."""
    found: list[str] = []

    def seen(path: str) -> str:
        found.append(path)
        return path

    with_paths(options, seen)
    return found


def with_paths(options: Options, shown: Callable[[str], str]) -> Options:
    """The same options with every path as `shown` gives it."""
    changed: dict[str, Any] = {}
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        if isinstance(value, Section):
            changed[name] = with_paths(value, shown)
        elif isinstance(value, str) and may_be_path(field):
            changed[name] = shown(value)
        elif isinstance(value, list) and may_be_path(field):
            changed[name] = [*map(shown, value)]
    return options.model_copy(update=changed)


def may_be_path(option: FieldInfo) -> bool:
    """Whether an option is a `FilePath`, or may be one."""
    return any(isinstance(mark, _NamesAFile) for mark in option.metadata) or _marked(option.annotation)


def _marked(kind: Any) -> bool:
    marks = kind.__metadata__ if get_origin(kind) is Annotated else ()
    return any(isinstance(mark, _NamesAFile) for mark in marks) or any(map(_marked, get_args(kind)))
