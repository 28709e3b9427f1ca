"""What only DVC's stages have to say: of options that are not those of ``conf/``, and of files that DVC does not look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from radsurv.catalogue.stages import StageName
from radsurv.config import Config
from radsurv.stages import conf_folder, params_file
from radsurv.stages.preflight import input_files

MOST_NAMED = 5


def remarks(stage: StageName, config: Config) -> list[str]:
    """For the terminal, when a stage begins in a clone; nothing elsewhere."""
    if not conf_folder.is_clone():
        return []
    return [*_other_options(config), *_unwatched(stage, config)]


def _other_options(config: Config) -> Iterator[str]:
    """``dvc exp run -S`` and ``dvc exp apply`` write options into ``params.yaml``, and `dvc repro` leaves them there."""
    other = params_file.other_options(config)
    if other:
        more = f" and {len(other) - MOST_NAMED} more" if len(other) > MOST_NAMED else ""
        yield (
            f"{params_file.PARAMS} differs from conf/: {', '.join(other[:MOST_NAMED])}{more} (dvc exp run or apply); it counts until"
            " conf/ changes, or `radsurv stage compose` follows conf/ again"
        )


def _unwatched(stage: StageName, config: Config) -> Iterator[str]:
    """Files that options name and that are no dependency of the stage which reads them."""
    known = yaml.safe_load(Path(conf_folder.PIPELINE).read_text(encoding="utf-8"))["stages"].get(stage, {})
    watched = [Path(str(name)).resolve() for name in known.get("deps", [])]
    for option, path in input_files(config):
        reads = "evaluate" if option.startswith("validation.") else "cohort"
        if path is None or reads != stage or any(Path(path).resolve().is_relative_to(one) for one in watched):
            continue
        yield (
            f"{option}={path} is no dependency of stage {stage}, so that DVC does not see when it changes: add `- {path}` to its deps"
            f" in {conf_folder.PIPELINE}"
        )
