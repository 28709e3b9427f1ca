"""Who takes part, and where their images, outlines and follow-up are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from radsurv.options.base import NamedMapping, OptionalMapping, Section
from radsurv.options.file_paths import FilePath
from radsurv.options.urls import is_url, url_name

OutlineGrid = Literal["as_is", "resample"]
PATIENT_ID = "patient_id"
# The column that keeps the causes beside ``event``, which is 1 for the one that counts.
EVENT_CAUSE = "event_cause"
MOST_CAUSES = 99
TimeUnit = Literal["days", "months", "years"]
DAYS: Mapping[TimeUnit, float] = MappingProxyType({"days": 1.0, "months": 30.4375, "years": 365.25})
# What a part of the tumour is made of: labels by number, or structures by name.
Part = (
    int
    | str
    | Annotated[list[int], Field(min_length=1, max_length=100)]
    | Annotated[list[str], Field(min_length=1, max_length=100)]
)


def _words(given: Any) -> Any:
    """YAML reads 999 and true as themselves."""
    return [str(word) for word in given] if isinstance(given, list) else given


def _names(given: Any) -> Any:
    """The same of one name, which may be a number."""
    return str(given) if isinstance(given, int) else _words(given)


def called(path: str) -> Path:
    """Where a file is, by the names that one would read there: absolute, without `..`, links as they are called."""
    return Path(os.path.normpath(Path(path).absolute()))


def _folder_name(table: str) -> str:
    """What the folder of a table is called; a bucket's name is nobody's to know."""
    return url_name(table.rpartition("/")[0]) or "cohort" if is_url(table) else called(table).parent.name


class CohortConfig(Section):
    """The cohort table and how to read it.

    Attributes
    ----------
    table, join, root, features
        May be addresses of object storage (`radsurv.options.cohort_addresses`).
    """

    name: str
    table: FilePath
    join: Annotated[list[FilePath], Field(min_length=2, max_length=100)] | None
    root: FilePath | None
    features: FilePath | None
    feature_id: str | None
    feature_columns: list[Annotated[str, Field(min_length=1)]]
    columns: NamedMapping[str]
    values: NamedMapping[dict[str, Any]]
    select: NamedMapping[list[Any]]
    missing: Annotated[list[str], BeforeValidator(_words)]
    time_unit: TimeUnit
    landmark_days: Annotated[float, Field(gt=0, le=3_650, allow_inf_nan=False)] | None  # ten years
    event_of_interest: Annotated[int, Field(ge=1, le=MOST_CAUSES)] | None
    covariates: list[str]
    allow: list[str]
    pseudonymise: bool
    pseudonym_key: FilePath | None
    mask_label: int | Annotated[list[int], Field(min_length=1)] | None
    structure: Annotated[str | Annotated[list[str], Field(min_length=1)] | None, BeforeValidator(_names)]
    regions: OptionalMapping[Part]
    series: Annotated[str | None, BeforeValidator(_names)]
    min_patients: Annotated[int, Field(ge=4)]
    geometry_tolerance_mm: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    outline_grid: OutlineGrid

    @model_validator(mode="before")
    @classmethod
    def _name_of_the_folder(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("name") is None:
            tables = given.get("join") or [given.get("table", "cohort")]
            names = [_folder_name(str(table)) for table in tables] if isinstance(tables, list) else []
            return {**given, "name": " + ".join(dict.fromkeys(names))}
        return given

    @property
    def landmark(self) -> float:
        """When times start, in `time_unit` after the start of the table's times."""
        return (self.landmark_days or 0.0) / DAYS[self.time_unit]

    @property
    def tables(self) -> list[str]:
        """The files of the table: one, or those that are joined."""
        return [self.table] if self.join is None else self.join

    @property
    def source(self) -> str:
        """The files of the table, for messages."""
        return " + ".join(self.tables)

    @property
    def in_object_storage(self) -> bool:
        """Whether a table, or the images, are objects and no files."""
        return any(is_url(place) for place in (*self.tables, self.root, self.features) if place is not None)

    @property
    def place(self) -> Path:
        """The table's file; of several, one that would lie in the folder that has all of them. Paths are relative to its folder."""
        if self.join is None:
            return Path(self.table)
        return Path(os.path.commonpath([Path(table).absolute().parent.resolve() for table in self.join])) / "joined"

    def without_ids(self) -> CohortConfig:
        """The same without the ids by which patients were selected or renamed."""
        return self.model_copy(
            update={
                "select": {name: chosen for name, chosen in self.select.items() if name != PATIENT_ID},
                "values": {name: labels for name, labels in self.values.items() if name != PATIENT_ID},
            }
        )
