"""Hydra's composing, remembered.

It reads all of ``conf/`` for every composition, 0.1 to 0.2 s of processor time, and a command composes four times: together more than
all that the short runs of the tests compute. What it makes of the same files, overrides and mode is the same, so that a process of the
tests has it composed once and copied from then on.
"""

from __future__ import annotations

import contextlib
import copy
import functools
from pathlib import Path
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.utils import JobRuntime
from omegaconf import DictConfig


def remember() -> None:
    """From now on, in this process."""
    load = ConfigLoaderImpl.load_configuration
    known: dict[Any, DictConfig] = {}

    @functools.wraps(load)
    def remembered(
        self: ConfigLoaderImpl, config_name: str | None, overrides: list[str], run_mode: Any, *rest: Any, **more: Any
    ) -> DictConfig:
        if any("hydra" in override for override in overrides):  # of its own options, some copy the environment
            return load(self, config_name, overrides, run_mode, *rest, **more)
        asked = (config_name, tuple(overrides), run_mode, rest, tuple(sorted(more.items())))
        key = (asked, _files(self.get_search_path()), JobRuntime().get("name"))
        if key not in known:
            known[key] = load(self, config_name, overrides, run_mode, *rest, **more)
        found = copy.deepcopy(known[key])
        found.hydra.runtime.cwd = str(Path.cwd())
        return found

    ConfigLoaderImpl.load_configuration = remembered


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
