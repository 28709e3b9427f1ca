"""Compose ``conf/``, and answer a misspelt override with the name that was meant."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.formats import one_line
from radsurv.stages import interpolations
from radsurv.stages.conf_folder import conf_dir

# What Hydra and OmegaConf raise on overrides and files that cannot be put together; the last three of theirs on numbers of thousands
# of digits, on other types than they expect, and on lists in lists in lists.
CANNOT_COMPOSE = (HydraException, OmegaConfBaseException, ValueError, TypeError, RecursionError)
# How many runs there are is asked for with -m, and their folders are named by the values on the command line.
OF_SWEEPS = ("hydra.mode", "hydra.sweeper")
# Recipes of overrides; every other group has options that a run needs.
RECIPES = "experiment"


def compose(overrides: Sequence[str] = ()) -> dict[str, Any]:
    """What Hydra makes of ``conf/`` and the overrides.

    Raises
    ------
    ConfigError
        With the nearest names, when an override names a group, a file of a group or an option that is not there.
    """
    parsed, groups = _parse(overrides), _groups()
    _check_groups(parsed, groups)
    try:
        composed = plain(_compose(overrides))
    except ConfigError:
        _check_options(parsed, groups)
        raise
    _check_table(parsed, composed.get("cohort"))
    return composed


def plain(composed: DictConfig) -> dict[str, Any]:
    """Options as Hydra hands them over, without interpolations.

    Raises
    ------
    ConfigError
        When one refers to an option that is not there, or to the environment.
    """
    interpolations.refuse()
    try:
        found = OmegaConf.to_container(composed, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(interpolations.in_words(error)) from None
    except CANNOT_COMPOSE as error:
        raise ConfigError(_in_one_line(error)) from None
    assert isinstance(found, dict)
    return {str(key): value for key, value in found.items()}


def check(overrides: Sequence[str], *, sweep: bool) -> None:
    """Refuse, before any work is done, overrides that cannot be composed or are out of range; of a sweep, every value."""
    parsed = _parse(overrides)
    for override in parsed:
        if override.key_or_group.startswith(OF_SWEEPS):
            raise ConfigError(
                f"{override.input_line}: give -m for one run per value, and the values as overrides, for instance"
                " model.alpha=0.1,0.5"
            )
        if override.is_sweep_override() and not sweep:
            raise ConfigError(
                f"{override.input_line} asks for several runs: give -m with it, or quote a text that holds a comma"
                " (key='\"a,b\"')"
            )
    first = [_expand(override)[0] for override in parsed]
    jobs = [
        (*first[:position], line, *first[position + 1 :])
        for position, override in enumerate(parsed)
        for line in _expand(override)
    ]
    for job in dict.fromkeys(jobs):  # without a sweep they are one and the same
        validate(compose(job))


def without_sweeping_recipes(overrides: Sequence[str], *, sweep: bool) -> list[str]:
    """Overrides in which a recipe that stands for several runs is replaced by what it stands for.

    It is a file of ``conf/experiment`` with ``hydra.sweeper.params``: a mapping of options, ``experiment`` among them, to values with
    commas between. An option that is also given on the command line keeps what is given there.

    Raises
    ------
    ConfigError
        When such a recipe is asked for without ``-m``, among others, or stands for another one of its kind.
    """
    parsed = _parse(overrides)
    _check_groups(parsed, _groups())
    recipes = [override for override in parsed if override.key_or_group == RECIPES and not override.is_delete()]
    lines = [line for override in recipes for line in _expand(override)]
    line = next(filter(_sweep_params, lines), None)
    if line is None:
        return list(overrides)
    params = _sweep_params(line)
    if not sweep:
        raise ConfigError(
            f"{line} stands for several runs: give -m with it, or one of {params.get(RECIPES, 'its values')}"
        )
    if len(lines) > 1:
        raise ConfigError(f"{line} stands for several runs itself: give it alone, without other recipes")
    given = {override.key_or_group for override in parsed} - {RECIPES}
    varied = [f"{name}={values}" for name, values in params.items() if name not in given]
    rows = [one for override in _parse(varied) if override.key_or_group == RECIPES for one in _expand(override)]
    if any(map(_sweep_params, rows)):
        raise ConfigError(
            f"{line} stands for a recipe that stands for several runs itself: name those runs in its file"
        )
    return [override.input_line or "" for override in parsed if override is not recipes[0]] + varied


def _sweep_params(recipe: str) -> dict[str, str]:
    """What the file of a recipe has a sweep vary. One that is no YAML is named where it is composed."""
    name = recipe.partition("=")[2]
    try:
        found = yaml.safe_load((conf_dir() / RECIPES / f"{name}.yaml").read_text("utf-8"))
        params = found["hydra"]["sweeper"]["params"]
        return {str(option): str(values) for option, values in params.items()}
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return {}


def combinations(overrides: Sequence[str]) -> tuple[list[tuple[str, ...]], list[str]]:
    """The jobs of a sweep, in Hydra's order, each as the overrides in which it differs from others; and those that all share."""
    choices = {override.get_key_element(): _expand(override) for override in _parse(overrides)}
    varied = {key: lines for key, lines in choices.items() if len(lines) > 1}
    return list(itertools.product(*varied.values())), [lines[0] for lines in choices.values() if len(lines) == 1]


def varies(jobs: Sequence[Sequence[str]], name: str) -> bool:
    """Whether an option is among those in which jobs differ, however it is written (``seed=``, ``++seed=``)."""
    return any(pair.lstrip("+").partition("=")[0] == name for job in jobs for pair in job)


def _compose(overrides: Sequence[str]) -> DictConfig:
    interpolations.refuse()
    try:
        with initialize_config_dir(config_dir=str(conf_dir().resolve()), version_base=None):
            return hydra_compose("config", list(overrides))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"a file of {conf_dir()} is no YAML: {_in_one_line(error)}; mend it") from None
    except CANNOT_COMPOSE as error:
        raise ConfigError(_in_one_line(error)) from None


def _parse(overrides: Sequence[str]) -> list[Override]:
    try:
        return OverridesParser.create().parse_overrides(list(overrides))
    except CANNOT_COMPOSE as error:
        raise ConfigError(f"an override looks like group=choice or group.option=value: {_in_one_line(error)}") from None


def _groups() -> dict[str, list[str]]:
    """The folders of ``conf/`` with the files that can be chosen in them."""
    return {
        path.name: sorted(file.stem for file in path.glob("*.yaml")) for path in conf_dir().iterdir() if path.is_dir()
    }


def _expand(override: Override) -> list[str]:
    """One override for each value."""
    if not override.is_sweep_override():
        return [override.input_line or ""]
    name, asked = override.key_or_group, override.value()
    if isinstance(asked, Glob):
        files = _groups().get(name, [])
        values = asked.filter(files)
        if not values:
            raise ConfigError(
                f"{override.input_line} fits no file of conf/{name}"
                + (f"; it has: {', '.join(files)}" if files else ", which is no group")
            )
    else:
        try:
            values = list(override.sweep_string_iterator())
        except HydraException as error:
            raise ConfigError(f"{override.input_line}: {_in_one_line(error)}; name the values") from None
    return [f"{override.get_key_element()}={value}" for value in values]


def _check_groups(overrides: Iterable[Override], groups: dict[str, list[str]]) -> None:
    for override in overrides:
        name = override.key_or_group
        files = groups.get(name)
        if files is None or (name == RECIPES and override.is_delete()):
            continue
        for choice in _expand(override):
            value = choice.partition("=")[2]
            if override.is_delete() or value not in files:
                found = f"cannot be left out ({choice})" if override.is_delete() else f"has no choice {value!r}"
                raise ConfigError(f"conf/{name} {found}{_nearest(value, files)}; it has: {', '.join(files)}")


def _check_table(overrides: Iterable[Override], cohort: Any) -> None:
    """A table that is named, where a file of ``conf/`` joins others, would be read by nobody."""
    given = {override.key_or_group: override.input_line for override in overrides}
    joined = cohort.get("join") if isinstance(cohort, dict) else None
    if joined and "cohort.table" in given and "cohort.join" not in given:
        raise ConfigError(
            f"{given['cohort.table']} is not read where several tables are joined (cohort.join=[{','.join(map(str, joined))}]): add"
            " cohort=table"
        )


def _names_an_option(override: Override, groups: dict[str, list[str]]) -> bool:
    """Of ours, one that has to be there."""
    key = override.key_or_group
    return not (key in groups or key.startswith("hydra") or override.is_add())


def _check_options(overrides: Iterable[Override], groups: dict[str, list[str]]) -> None:
    """Of overrides that cannot be composed: whether they name options that the choices in groups do not have."""
    named = [override for override in overrides if _names_an_option(override, groups)]
    if not named:
        return
    base = _compose([override.input_line or "" for override in overrides if override.key_or_group in groups])
    for override in named:
        key = override.key_or_group
        if OmegaConf.select(base, key, default=_ABSENT) is _ABSENT:
            known = dict.fromkeys([*_options(base), *groups])
            raise ConfigError(f"no option is called {key!r}{_nearest(key, known)}; `radsurv run --cfg job` shows all")


_ABSENT = object()


def _in_one_line(error: Exception) -> str:
    return "parts are nested too deeply" if isinstance(error, RecursionError) else one_line(error)


def _options(config: DictConfig) -> list[str]:
    names = []
    for group, options in config.items():
        names.append(str(group))
        if isinstance(options, DictConfig):
            names += [f"{group!s}.{option!s}" for option in options]
    return names


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=2, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""
