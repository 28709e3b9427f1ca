"""The configuration by which new patients are read and measured: what is in the model's file, and what the command line adds."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from radsurv.cohort.delimited import read_text_table
from radsurv.config import Config, validate
from radsurv.errors import ConfigError
from radsurv.stages.compose import compose
from radsurv.stages.model_file import IMAGING
from radsurv.stages.stored_model import StoredModel, option
from radsurv.survival.measurements import OUTCOME

# How the cohort of the model was read, which a new table and new files are taken to follow unless overrides say otherwise. Who took
# part there (select, min_patients) and where files were says nothing of others.
OF_THE_COHORT = (
    *("columns", "values", "missing", "time_unit", "landmark_days", "event_of_interest", "covariates", "feature_id"),
    *("feature_columns", "mask_label", "structure", "regions", "series", "geometry_tolerance_mm", "outline_grid"),
)  # fmt: skip
# Further readings of the training cohort play no part.
ONE_READING = {"reader": 1, "perturbations": 0}
BASE = (
    *("cohort=table", "validation=external", "search=none", "comparison=none", "significance=naive"),
    *("attribution=none", "tracking=none", "until=evaluate"),
)
OPEN = ("cohort", "compute", *IMAGING, "validation")
OF_PREDICTIONS = ("horizons", "accept_shift")


def config_for(
    stored: StoredModel, model: Path, table: Path, features: Path | None, run_dir: Path, overrides: Sequence[str]
) -> Config:
    """What a run under ``validation=external`` would be given to measure these patients as those of the model were.

    Parameters
    ----------
    stored, model
        What is in the file, and where it is.
    table, features
        Of the new patients.
    run_dir
        A folder for what is computed on the way.
    overrides
        As of ``radsurv run``, of `OPEN` groups. One that defines features is taken as given, so that whatever compares this
        configuration with the model's refuses it by name.

    Raises
    ------
    ConfigError
        When overrides, or the options in the file, cannot be used; or features have to be given.
    """
    keys = [_key(override) for override in overrides]
    given = compose([*BASE, *overrides])
    found = copy.deepcopy(given)
    for section in (*IMAGING, "transforms"):
        found[section] = copy.deepcopy(stored.config.get(section))
    if isinstance(found["roi"], dict):
        found["roi"] |= ONE_READING
    own = stored.config.get("cohort")
    own = own if isinstance(own, dict) else {}
    found["cohort"] |= {name: copy.deepcopy(own[name]) for name in OF_THE_COHORT if name in own}
    _fit_to(found["cohort"], table)
    found["validation"]["horizons"] = option(stored.config, "validation", "horizons")
    found["compute"]["precision"] = stored.precision
    found["seed"] = stored.config.get("seed")  # of random weights
    for key in keys:
        _put(found, given, key)
    found["cohort"] |= {"table": str(table), "features": None if features is None else str(features)}
    found["validation"]["model"] = str(model)
    found["run_dir"] = str(run_dir)
    if features is None and option(stored.config, "cohort", "features") is not None:
        raise ConfigError(
            f"--model {model} was trained on features of a ready table ({option(stored.config, 'cohort', 'features')}): how they were"
            " made is not known here, so give the same ones with --features TABLE"
        )
    try:
        return validate(found)
    except ConfigError as error:
        raise ConfigError(f"--model {model}, or the overrides beside it: {error}") from None


def _key(override: str) -> str:
    key = override.partition("=")[0].lstrip("+")
    group, _, name = key.partition(".")
    of_the_judging = group == "validation" and name not in (*OF_PREDICTIONS, "model")
    if group not in OPEN or of_the_judging or override.startswith("~"):
        raise ConfigError(
            f"{override}: the model is applied as it is; expected options of {', '.join(OPEN)} that say how these patients are read and"
            " measured"
        )
    for path, instead in (
        ("cohort.table", "--cohort"),
        ("cohort.join", "--cohort"),
        ("cohort.features", "--features"),
        ("validation.model", "--model"),
    ):
        if key == path:
            raise ConfigError(f"{override}: give {instead} in its place")
    if group == "cohort" and not name:
        raise ConfigError(f"{override}: expected an option of the group, such as {group}.OPTION=VALUE")
    return key


def _fit_to(cohort: dict[str, Any], table: Path) -> None:
    """Leave out names and labels of columns that the new table does not have, and those of the outcome."""
    columns, values = cohort.get("columns"), cohort.get("values")
    if not isinstance(columns, dict | None) or not isinstance(values, dict | None):
        return  # not what the program wrote: refused with all else
    there = set(read_text_table(table).columns)
    kept = {ours: theirs for ours, theirs in (columns or {}).items() if ours not in OUTCOME and str(theirs) in there}
    cohort["columns"] = kept
    named = (there - {*kept.values()}) | {*kept}
    cohort["values"] = {name: own for name, own in (values or {}).items() if name in named and name not in OUTCOME}


def _put(found: dict[str, Any], given: Mapping[str, Any], key: str) -> None:
    """Take one option, or a group, as it was given."""
    *way, last = key.split(".")
    for part in way:
        if not isinstance(found.get(part), dict):
            found[part] = {}
        found, given = found[part], given[part]
    found[last] = given[last]
