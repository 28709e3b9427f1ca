"""Which options are paths, and that none is overlooked."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from radsurv.config import Config, validate
from radsurv.options.file_paths import file_name, may_be_path, paths_of, with_paths
from radsurv.stages.compose import compose

PATHS = {
    *(
        "cohort.table",
        "cohort.join",
        "cohort.features",
        "backbone.weights",
        "validation.inner_folds",
        "validation.model",
    ),
    *("cohort.root", "cohort.pseudonym_key", "compute.cache_dir", "compute.shared_cache", "tracking.store", "run_dir"),
}
# Names, columns, patterns and labels.
NO_PATHS = {
    *("cohort.name", "cohort.columns", "cohort.values", "cohort.select", "cohort.missing", "cohort.covariates"),
    *(
        "cohort.allow",
        "cohort.feature_id",
        "cohort.feature_columns",
        "cohort.regions",
        "cohort.series",
        "cohort.structure",
    ),
    *("patch.channels", "backbone.name", "backbone.layers", "reduction.steps", "transforms.steps"),
    *("transforms.combat.batch", "transforms.combat.protect", "transforms.imputation.indicator", "search.features"),
    *("tracking.project", "tracking.experiment", "tracking.entity"),
    *("tracking.run_name", "tracking.group", "tracking.tags", "published"),
    *("compute.accelerator", "compute.devices", "compute.strategy"),
    # Of machines, not of files: left out of what is given away (ComputeConfig.whereabouts), but for the last two.
    *(
        "compute.address",
        "compute.queue",
        "compute.account",
        "compute.directives",
        "compute.prologue",
        "compute.interface",
    ),
    *("compute.memory", "compute.walltime"),
}


def sections(kind: Any) -> Iterator[type[BaseModel]]:
    """All sections that a type of option may be."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from sections(part)


def holds_text(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return False
    return kind in (str, Any) or any(map(holds_text, get_args(kind)))


def texts(section: type[BaseModel], before: str = "") -> Iterator[tuple[str, bool]]:
    """Every option whose value anybody may choose, with whether it is a path."""
    for name, option in section.model_fields.items():
        for inner in sections(option.annotation):
            yield from texts(inner, f"{before}{name}.")
        if holds_text(option.annotation):
            yield f"{before}{name}", may_be_path(option)


def test_of_every_text_it_is_decided_whether_it_is_a_path():
    """A new option fails here until somebody says so: a path gets the type `FilePath`, another text a place in NO_PATHS."""
    found = set(texts(Config))
    assert {name for name, path in found if path} == PATHS
    assert {name for name, path in found if not path} == NO_PATHS


def test_paths_are_shown_as_asked_and_nothing_else_changes():
    where = ("cohort.table=/a/b.csv", "cohort.features=/a/c.csv", "backbone=vgg19", "backbone.weights=/w/x.pt")
    config = validate(compose([*where, "validation.inner_folds=/a/f.csv", "run_dir=/r", "compute.cache_dir=/k/l"]))
    assert paths_of(config) == ["/a/b.csv", "/a/c.csv", "/w/x.pt", "/a/f.csv", "/k/l", "/r"]
    shown = with_paths(config, file_name)
    assert paths_of(shown) == ["b.csv", "c.csv", "x.pt", "f.csv", "l", "r"]
    assert with_paths(config, str) == config
    joined = validate(compose([*where, "cohort.join=[/a/b.csv,/c/d.csv]"]))
    assert {"/a/b.csv", "/c/d.csv"} <= {*paths_of(joined)}
    assert with_paths(joined, file_name).cohort.join == ["b.csv", "d.csv"]
    assert shown.cohort.name == config.cohort.name == "a"
    external = validate(compose(["validation=external", "validation.model=/m/model.json", "search=none"]))
    assert "/m/model.json" in paths_of(external)
