"""Which runs of a sweep need not be run again: those of the same options, data and code, every file of which is as it was left."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from radsurv.catalogue.stages import REPLACING
from radsurv.cohort.delimited import read_text_table
from radsurv.cohort.joined import read_mapped
from radsurv.cohort.object_cohort import ObjectCohort, versions
from radsurv.cohort.paths import PATHS, image_folder, patient_file
from radsurv.cohort.pseudonym_key import PseudonymKey
from radsurv.compute.cache_use import CacheUse
from radsurv.config import Config
from radsurv.environment import code_hash
from radsurv.errors import PatientError
from radsurv.files import atomic, sha256
from radsurv.options.file_paths import paths_of
from radsurv.stages.cohort_at_hand import cohort_at_hand
from radsurv.stages.naming import key_file
from radsurv.stages.run_folder import RunFolder

SAYS = (
    "A run of this folder's name ended well. radsurv run -m takes it as finished while its options, data and code (inputs) and its"
    " files are the same; remove this file, or give --again, to have it run again."
)


class Finished(BaseModel):
    """What is kept of a run that has ended well, in a hidden file beside its folder.

    Attributes
    ----------
    says
        For people who find it.
    inputs
        See `inputs_hash`.
    files
        Every file of the run, as a path relative to its folder, and its SHA-256.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    says: str = SAYS
    inputs: str
    files: dict[str, str]


def inputs_hash(config: Config) -> str:
    """SHA-256 of all that a run depends on: options, the content of every file that it reads, and the code.

    Raises
    ------
    RadsurvError, OSError
        Data that cannot be read; the run itself says so better.
    """
    # Of `compute`, all others change no number.
    changes_nothing = set(type(config.compute).model_fields) - config.compute.of_the_network
    options = config.model_dump(mode="json", exclude={"compute": changes_nothing})
    digest = hashlib.sha256(json.dumps([code_hash(), options], sort_keys=True).encode())
    with cohort_at_hand(config, CacheUse()) as here:
        for path in _data(here):
            seen = path.stat()
            digest.update(f"{path.name} {_content(path, seen.st_size, seen.st_mtime_ns)}\n".encode())
        digest.update("".join(_objects(here)).encode())
    if config.cohort.pseudonymise:
        # Not the file: it learns patients. Whoever has another salt has other pseudonyms.
        key = PseudonymKey(key_file(config.cohort))
        digest.update(key.of("").encode() if key.path.exists() else b"to be drawn")
    return digest.hexdigest()


def mark(folder: Path, inputs: str) -> None:
    """Keep that a run has ended well."""
    run = RunFolder(folder)
    finished = Finished(inputs=inputs, files={name: sha256(path) for name, path in _files(run)})
    with atomic(_mark(folder)) as temporary:
        temporary.write_text(finished.model_dump_json(indent=1) + "\n", encoding="utf-8")


def is_marked(folder: Path) -> bool:
    """Whether a run ended well here some time."""
    return _mark(folder).is_file()


def is_finished(folder: Path, inputs: str) -> bool:
    """Whether the run that stands in a folder is the one of these inputs, and whole."""
    try:
        finished = Finished.model_validate_json(_mark(folder).read_bytes())
        if finished.inputs != inputs or (folder / REPLACING).exists():
            return False
        return finished.files == {name: sha256(path) for name, path in _files(RunFolder(folder))}
    except (OSError, ValidationError):
        return False


def _mark(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.finished.json")


def _files(run: RunFolder) -> Iterator[tuple[str, Path]]:
    for path in sorted({*run.outputs(), *run.rois.glob("*.npz")}):
        if path.is_file():
            yield path.relative_to(run.home).as_posix(), path


def _data(config: Config) -> Iterator[Path]:
    """Every file that options or cells of the cohort table name, in an order of its own."""
    written = {config.run_dir, config.compute.cache_dir, config.cohort.pseudonym_key}
    yield from (path for name in paths_of(config) if name not in written and (path := Path(name)).is_file())
    if config.cohort.features is not None:
        return
    for name in config.cohort.tables:
        folder = image_folder(config.cohort) if config.cohort.join is None else Path(name).parent
        table = read_text_table(Path(name))
        for cell in sorted({str(cell) for column in table for cell in table[column]}):
            found = None
            with suppress(PatientError, OSError, ValueError):
                found = patient_file(folder, cell) if cell else None
            if found is not None and found.is_file():
                yield found
            elif found is not None and found != folder.resolve() and found.is_dir():  # a DICOM series
                yield from sorted(path for path in found.rglob("*") if path.is_file())


def _objects(config: Config) -> list[str]:
    """The versions of all objects that cells of the cohort table name."""
    if not isinstance(config.cohort, ObjectCohort) or config.cohort.features is not None:
        return []
    columns = dict.fromkeys([*PATHS, *config.patch.channels])
    rows, _ = read_mapped(config.cohort, [*columns])
    folder, files = image_folder(config.cohort), []
    for cell in sorted({cell for column in columns if column in rows for cell in rows[column] if cell}):
        with suppress(PatientError):
            files.append(patient_file(folder, cell))
    return versions(config.cohort, files)


@functools.cache
def _content(path: Path, size: int, modified_ns: int) -> str:
    """Hash of a file, which the runs of a sweep share; read again if it has changed meanwhile."""
    return sha256(path)
