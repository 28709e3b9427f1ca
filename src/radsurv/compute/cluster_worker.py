"""What a worker of a cluster does. Functions and items come as bytes, results go as bytes: arrays are then as writable as they are here,
and no number hangs on how a cluster hands arrays over.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import cloudpickle

from radsurv import __version__
from radsurv.environment import code_hash, package_versions
from radsurv.errors import ConfigError

SAME = "install the same release and packages on every worker (uv sync --frozen with the same uv.lock), and start them again"

_lock = threading.Lock()
_alone = threading.Lock()
_functions: dict[str, Callable[[Any], Any]] = {}


def installed() -> dict[str, str]:
    """All that a number may depend on, by name."""
    return {
        "radsurv": __version__,
        "Python": platform.python_version(),
        **package_versions(),
        "source code": code_hash(),
    }


def difference(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """In words, what is installed otherwise; empty where nothing is."""
    other = [name for name in ours if theirs.get(name) != ours[name]]
    named = [f"{name} {theirs.get(name)} (here {ours[name]})" for name in other if name != "source code"]
    return "; ".join(named) or ("other source code of the same version" if other else "")


def unseen(needed: Sequence[Path]) -> list[str]:
    """Files and folders that are not there."""
    return [str(path) for path in needed if not path.exists()]


def keep(function: bytes, ours: dict[str, str]) -> bytes:
    """A function that many items share, once on a worker. A worker may have joined after the others were looked at.

    Raises
    ------
    ConfigError
        This worker has other code.
    """
    other = difference(ours, installed())
    if other:
        raise ConfigError(f"a worker of the cluster has {other}: {SAME}")
    return function


def work(function: bytes, key: str, item: bytes, *, alone: bool) -> bytes:
    """The result of one item.

    Parameters
    ----------
    function, key
        As `keep` gives it, and its hash.
    alone
        Whether no two items may be in work in one process.
    """
    called = _loaded(function, key)
    with _alone if alone else nullcontext():
        return cloudpickle.dumps(called(cloudpickle.loads(item)))


def _loaded(function: bytes, key: str) -> Callable[[Any], Any]:
    """The last one stays: it holds the features of all patients, and what was derived from them."""
    with _lock:
        if key not in _functions:
            _functions.clear()
            _functions[key] = cloudpickle.loads(function)
        return _functions[key]
