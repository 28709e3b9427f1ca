"""Hydra's composing, remembered.

It reads all of ``conf/`` for every composition, 0.1 to 0.2 s of processor time, and a command composes two times: together more than
all that the short runs of the tests compute. What it makes of the same files, overrides and mode is the same, so that a process of the
tests reads each file once, has each composition made once, and copies them from then on.
"""

from __future__ import annotations

import contextlib
import copy
import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.utils import JobRuntime
from hydra.plugins.config_source import ConfigResult, ConfigSource
from omegaconf import DictConfig

OF_COMMANDS = ("hydra.mode=", "hydra.run.dir=")  # the only options of Hydra's own of which it is certain what they do


def remember() -> None:
    """From now on, in this process."""
    _remember_compositions()
    _remember_files()


def _remember_compositions() -> None:
    load = ConfigLoaderImpl.load_configuration
    known: dict[Any, DictConfig] = {}

    @functools.wraps(load)
    def remembered(
        self: ConfigLoaderImpl, config_name: str | None, overrides: list[str], run_mode: Any, *rest: Any, **more: Any
    ) -> DictConfig:
        # Others of its own options copy the environment.
        if any("hydra" in override and not override.startswith(OF_COMMANDS) for override in overrides):
            return load(self, config_name, overrides, run_mode, *rest, **more)
        more.pop("from_shell", None)  # of words for errors alone, and what could not be composed is not remembered
        asked = (config_name, tuple(overrides), run_mode, rest, tuple(sorted(more.items())))
        key = (asked, _files(self.get_search_path()), JobRuntime().get("name"))
        if key not in known:
            known[key] = load(self, config_name, overrides, run_mode, *rest, **more)
        found = copy.deepcopy(known[key])
        found.hydra.runtime.cwd = str(Path.cwd())
        return found

    ConfigLoaderImpl.load_configuration = remembered


def _remember_files() -> None:
    load = ConfigRepository.load_config
    known: dict[Any, ConfigResult] = {}

    @functools.wraps(load)
    def remembered(self: ConfigRepository, config_path: str) -> ConfigResult | None:
        state = [_state(source, config_path) for source in self.sources]
        key = (config_path, tuple(state))
        if key not in known:
            found = load(self, config_path)
            if found is None:
                return None
            known[key] = found
        return replace(known[key], config=copy.deepcopy(known[key].config))

    ConfigRepository.load_config = remembered


def _state(source: ConfigSource, config_path: str) -> tuple[Any, ...]:
    """Of what a file of that name holds, in one of the places where it is looked for."""
    if source.scheme() != "file":  # Hydra loads its plugins' modules anew: their classes are not those that one imports
        return (source.provider, source.path)
    try:
        found = (Path(source.path) / source._normalize_file_name(config_path)).stat()
    except OSError:
        return (source.provider, source.path)
    return (source.provider, source.path, found.st_mtime_ns, found.st_ctime_ns, found.st_size)


def _files(searched: ConfigSearchPath) -> tuple[Any, ...]:
    """Where configurations are looked for, and the state of every file there."""
    state: list[Any] = []
    for place in searched.get_path():
        state.append((place.provider, place.path))
        scheme, _, folder = (place.path or "").partition("://")
        if scheme == "file" or not folder:
            for file in sorted(Path(folder or scheme).rglob("*")):
                with contextlib.suppress(OSError):  # a link to nowhere
                    found = file.stat()
                    state.append((str(file), found.st_mtime_ns, found.st_ctime_ns, found.st_size))
    return tuple(state)
