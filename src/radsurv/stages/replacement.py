"""A run takes the place of the one before it when it is whole, and not before.

It is written into a folder of its own within the run folder (`RunFolder(…, unfinished=True)`), which an error, a full disk or
``kill -9`` leave behind and the next run begins anew; features and searches are taken from the cache. When the last stage has
ended, `REPLACING` names the files of the new run, and they are renamed into their places one by one. Until that file is there,
the earlier run stands untouched; from then on the new one will: whoever opens the folder next moves what is left.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pydantic import BaseModel, ValidationError

from radsurv.catalogue.checks import CHECKS, PASSPORT
from radsurv.catalogue.stages import REPLACING, STAGE_NAMES, StageName
from radsurv.errors import ConfigError
from radsurv.files import about, atomic
from radsurv.stages.interruption import held_back
from radsurv.stages.run_folder import UNFINISHED, RunFolder
from radsurv.stages.run_lock import RUN

# Any of these tells the folder of a run; a config.yaml, an excluded.csv, or a folder of W&B's, may be anybody's. The first is
# written first; the others are known of runs whose hidden files stayed behind.
OURS = (RUN, "qc/cohort.csv", "provenance/cohort.json")


class Replacement(BaseModel):
    """What `REPLACING` says.

    Attributes
    ----------
    says
        For people who find it.
    files
        All of the new run, as paths relative to the run folder; what else an earlier run left is removed.
    """

    says: str
    files: frozenset[str]


def check_ours(folder: RunFolder) -> None:
    """Refuse a folder that is not a run's, before anything is written into it.

    Raises
    ------
    ConfigError
        When it holds other things than a run.
    """
    no_run_yet = {
        folder.refusal.name,
        folder.crash.name,
        PASSPORT,
        CHECKS,
    }  # of a run that came to nothing, and of a check
    strange = sorted(
        path.name for path in folder.home.glob("*") if not path.name.startswith(".") and path.name not in no_run_yet
    )
    if strange and not any((folder.home / name).exists() for name in OURS):
        raise ConfigError(
            f"run_dir={folder.shown} is no folder of a run and holds {len(strange)} files or folders, for instance"
            f" {strange[0]!r}: name a new folder"
        )


def begin(folder: RunFolder, until: StageName) -> RunFolder:
    """An empty folder for a run up to a stage, beside the run that stands in `folder`.

    Raises
    ------
    ConfigError
        When the run that stands there went further, and would lose its last stages; when a part of it lies on another disk.
    OSError
        When what an unfinished run left cannot be removed.
    """
    complete(folder)
    _check_reach(folder, until)
    _check_disk(folder)
    unfinished = RunFolder(folder.shown, unfinished=True)
    if unfinished.root.exists():
        shutil.rmtree(unfinished.root)
    unfinished.root.mkdir()
    return unfinished


def take_place(unfinished: RunFolder) -> None:
    """Put a run that is whole in the place of the one before it.

    Raises
    ------
    OSError
        When a file cannot be moved; the next command in this folder goes on with it.
    """
    files = [path for path in unfinished.outputs() if path.is_relative_to(unfinished.root) and path.is_file()]
    for path in files:
        _to_disk(path)
    regions = unfinished.rois.glob("*.npz")
    told = Replacement(
        says="A finished run is taking the place of the one before it. If no radsurv is at work here, it was stopped in this:"
        " files of both are in this folder until the next radsurv run, or stage, puts them right before all else.",
        files=frozenset(path.relative_to(unfinished.root).as_posix() for path in (*files, *regions)),
    )
    with held_back():
        with atomic(unfinished.home / REPLACING) as temporary:
            temporary.write_text(told.model_dump_json(indent=1) + "\n", encoding="utf-8")
            _to_disk(temporary)
        complete(RunFolder(unfinished.shown))


def complete(folder: RunFolder) -> None:
    """Move what is left to move of a run that has begun to take its place; nothing where there is none.

    The page goes first and comes last: where it stands, all else in the folder is of the same run.

    Raises
    ------
    ConfigError
        When what is left to move has been tampered with; when a folder stands where a run has a file, or the other way round.
    OSError
        When a file cannot be moved.
    """
    _check_kinds(folder)
    told = _told(folder)
    if told is None:
        return
    unfinished = RunFolder(folder.shown, unfinished=True)
    page = folder.report.relative_to(folder.home).as_posix()
    if unfinished.report.exists() or page not in told.files:
        folder.report.unlink(missing_ok=True)
    # Regions before the index that names them, as when they are stored.
    for path in (*unfinished.rois.glob("*.npz"), *unfinished.outputs()):
        if path != unfinished.report and path.is_relative_to(unfinished.root):
            _move(path, folder.home / path.relative_to(unfinished.root))
    for path in (*folder.outputs(), *folder.rois.glob("*.npz")):
        if path.relative_to(folder.home).as_posix() not in told.files:
            path.unlink(missing_ok=True)
    _move(unfinished.report, folder.report)
    (folder.home / REPLACING).unlink()
    shutil.rmtree(unfinished.root)


def _told(folder: RunFolder) -> Replacement | None:
    path = folder.home / REPLACING
    if not path.is_file():
        return None
    try:
        told = Replacement.model_validate_json(path.read_bytes())
    except ValidationError:
        told = None
    if told is None or not (folder.home / UNFINISHED).is_dir():
        raise ConfigError(
            f"run_dir={folder.shown} holds files of two runs, as {REPLACING} in it says, and what would put them right has been"
            " changed or removed: name another run_dir"
        )
    return told


def _move(source: Path, target: Path) -> None:
    """Where it is still to be done."""
    if source.is_file():
        target.parent.mkdir(exist_ok=True)
        source.replace(target)


def _to_disk(path: Path) -> None:
    """Without it, a power cut after the renaming may leave a name without content."""
    with about(path), path.open("r+b") as file:
        os.fsync(file.fileno())


def _check_kinds(folder: RunFolder) -> None:
    """Found after hours, or in the middle of a replacement, a folder under the name of a file would leave files of two runs."""
    unfinished = folder.home / UNFINISHED
    folders = {folder.rois, unfinished, *(path.parent for path in folder.outputs())}
    files = {folder.home / REPLACING, *folder.outputs()}
    for place in sorted({*folders, *files}):
        if not os.path.lexists(place):
            continue
        expected = "folder" if place in folders else "file"
        if (place.is_dir() != (place in folders)) or (place == unfinished and place.is_symlink()):
            raise ConfigError(
                f"{folder.shown / place.relative_to(folder.home)} is no {expected}, which a run has under that name: move it"
                " away, or name another run_dir"
            )


def _check_reach(folder: RunFolder, until: StageName) -> None:
    done = [name for name in STAGE_NAMES if folder.stage_provenance(name).is_file()]
    if done and STAGE_NAMES.index(done[-1]) > STAGE_NAMES.index(until):
        raise ConfigError(
            f"run_dir={folder.shown} holds a run up to stage {done[-1]}, and until={until} would put less in its place:"
            " name another run_dir, or leave until out"
        )


def _check_disk(folder: RunFolder) -> None:
    """Renaming from one disk to another is not possible."""
    for place in {folder.rois, *(path.parent for path in folder.outputs())}:
        if place.exists() and place.stat().st_dev != folder.home.stat().st_dev:
            raise ConfigError(
                f"{place} lies on another disk than run_dir={folder.shown}, so that a run cannot take the place of the one"
                " before it in one step: have both on one, or name another run_dir"
            )
