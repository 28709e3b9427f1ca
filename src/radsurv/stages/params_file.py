"""``params.yaml``: the options that the stages of DVC read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import yaml

from radsurv.config import Config, validate
from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.formats import one_line
from radsurv.options.dotted import dotted
from radsurv.stages import conf_folder

PARAMS = Path("params.yaml")
_HEAD = "# Composed from conf/ by `radsurv stage compose`: edit conf/ instead. "
_COMPOSED_ANEW = "remove the file, and `radsurv stage compose` writes it anew"


def follow_conf() -> None:
    """The first stage of ``dvc repro``.

    Under ``dvc exp run`` DVC has just composed ``params.yaml`` itself, with the overrides of the experiment: it stays.
    """
    if "DVC_EXP_NAME" in os.environ and PARAMS.is_file():
        return
    write(PARAMS)


def write(path: Path) -> None:
    """What ``conf/`` says without overrides, checked, as a file, under a line by which it is known to be that."""
    composed = _of_conf()
    validate(composed)
    text = yaml.safe_dump(composed, sort_keys=False, allow_unicode=True)
    with atomic(path) as temporary:
        temporary.write_text(f"{_HEAD}{_stamp(text)}\n{text}", encoding="utf-8")


def read() -> Config:
    """The configuration that the DVC stages read.

    Raises
    ------
    ConfigError
        Where there is no such file, or none that options can be read from.
    """
    if not PARAMS.is_file():
        raise ConfigError("params.yaml is missing: run `dvc repro` or `radsurv stage compose` in the repository's root")
    try:
        params = yaml.safe_load(PARAMS.read_text("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = "parts are nested too deeply" if isinstance(error, RecursionError) else one_line(error)
        raise ConfigError(f"params.yaml is no YAML ({said}): {_COMPOSED_ANEW}") from None
    if not isinstance(params, dict):
        raise ConfigError(f"params.yaml holds no options: {_COMPOSED_ANEW}")
    if "${" in str(params):
        raise ConfigError(f"params.yaml holds an interpolation (${{…}}), and only conf/ may: {_COMPOSED_ANEW}")
    return validate(params)


def other_options(config: Config) -> list[str]:
    """Options of a configuration that was read from the file and that ``conf/`` has not, as ``name=value``."""
    if _is_as_written():
        return []
    own = dotted(validate(_of_conf()).model_dump(mode="json"))
    return [
        f"{name}={value}" for name, value in dotted(config.model_dump(mode="json")).items() if own.get(name) != value
    ]


def _of_conf() -> dict[str, Any]:
    # Imported here because Hydra takes a third of a second of each stage, and nearly every one needs it for nothing.
    from radsurv.stages.compose import compose

    return compose()


def _is_as_written() -> bool:
    """Whether neither the file nor ``conf/`` has changed since `write`. DVC writes the file without that line."""
    try:
        head, _, text = PARAMS.read_text("utf-8").partition("\n")
    except (OSError, ValueError):
        return False
    return head == f"{_HEAD}{_stamp(text)}"


def _stamp(text: str) -> str:
    return hashlib.sha256(f"{conf_folder.content_hash()}\n{text}".encode()).hexdigest()
