"""A cohort in object storage: its tables fetched at once, its images patient by patient, so that all else works on files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import PrivateAttr

from radsurv.cohort.dicom.files import NO_IMAGES, kind
from radsurv.cohort.patient import Patient
from radsurv.compute.cache_use import CacheUse
from radsurv.compute.parallel import in_threads
from radsurv.errors import ConfigError
from radsurv.objects.mirror import Mirror
from radsurv.objects.storage import objects_at, require_object
from radsurv.options.cohort_table import CohortConfig
from radsurv.options.urls import Url, is_url

AT_ONCE = 16  # questions that the storage is asked


class ObjectCohort(CohortConfig):
    """The options of a cohort whose tables have been fetched: paths of this machine where addresses were.

    Files of patients are named as in a folder, which is empty; `files_at_hand` knows which address it stands for. None of this is an
    option: whoever writes options down has those that were given.
    """

    _mirror: Mirror = PrivateAttr()
    _images: tuple[Path, Url] | None = PrivateAttr(default=None)
    _spelled: list[tuple[str, str]] = PrivateAttr(default_factory=list)

    def said(self, text: str) -> str:
        """A sentence with the addresses where it names what stands for them."""
        for local, address in self._spelled:
            text = text.replace(local, address)
        return text


def tables_at_hand(cohort: CohortConfig, mirror: Mirror, place: Path, use: CacheUse) -> CohortConfig:
    """The options by which a cohort is read here; the same where nothing of it is in object storage.

    Parameters
    ----------
    cohort
    mirror
    place
        An empty folder for the tables, while the cohort is read.
    use
        Is told what came of the cache.

    Raises
    ------
    CohortError
        A table is not there.
    ConfigError
        ``cohort.root`` leads out of the bucket.
    StorageError
        The storage cannot be read.
    """
    if not cohort.in_object_storage:
        return cohort
    place = place.resolve()
    found = ObjectCohort.model_validate(cohort.model_dump())
    found._mirror = mirror
    tables = {table: Url.parse(table) for table in cohort.tables if is_url(table)}
    paths: dict[str, str] = {}
    common = _common_folder([*tables.values()])
    if common is not None:
        folder = place / "tables" / (common.name or "cohort")
        for table, url in tables.items():
            paths[table] = _table_at_hand(mirror, url, folder / url.relative_to(common), use)
        found._spelled.append((str(folder), str(common)))
    if cohort.features is not None and is_url(cohort.features) and cohort.features not in paths:
        url = Url.parse(cohort.features)
        paths[cohort.features] = _table_at_hand(mirror, url, place / "features" / url.name, use)
        found._spelled.append((str(place / "features"), str(url.parent)))
    root = _root(cohort, common)
    if root is not None:
        images = place / "images" / (root.name or "cohort") if cohort.root is not None else folder
        images.mkdir(parents=True, exist_ok=True)
        found._images = (images, root)
        found._spelled.append((str(images), str(root)))
    changed = {
        "table": paths.get(cohort.table, cohort.table),
        "join": None if cohort.join is None else [paths.get(table, table) for table in cohort.join],
        "features": None if cohort.features is None else paths.get(cohort.features, cohort.features),
        "root": cohort.root if root is None or cohort.root is None else str(images),
    }
    return found.model_copy(update=changed)


@contextmanager
def files_at_hand(cohort: CohortConfig, patient: Patient, place: Path, use: CacheUse) -> Iterator[Patient]:
    """The patient with files that are here while the block lasts; the same where they are no objects.

    What is not in the storage is not here either, which is for whoever reads it to say.

    Parameters
    ----------
    cohort
        As `tables_at_hand` gives it.
    patient
    place
        A folder that can be written.
    use
        Is told what came of the cache.

    Raises
    ------
    StorageError, PatientError
        As `Mirror.bring`.
    """
    if not isinstance(cohort, ObjectCohort) or cohort._images is None:
        yield patient
        return
    folder, root = cohort._images
    with TemporaryDirectory(prefix=".objects-", dir=place) as scratch:
        here: dict[Path, Path] = {}
        for column, path in (*patient.images.items(), *patient.outlines.items()):
            if path is None or path in here:
                continue
            relative = path.relative_to(folder)
            url, here[path] = root.joined(relative.as_posix()), Path(scratch) / folder.name / relative
            cohort._mirror.bring(url, here[path], use, numbered=cohort.pseudonymise)
            # One section of a DICOM series chooses it among the files beside it.
            if column in patient.images and kind(here[path]) not in {None, *NO_IMAGES}:
                here[path].unlink()
                beside = Path(scratch) / "series" / folder.name / relative.parent
                series = cohort._mirror.bring(url.parent, beside, use, numbered=cohort.pseudonymise)
                here[path] = series[path.name]
        yield replace(
            patient,
            images={column: here[path] for column, path in patient.images.items()},
            outlines={column: path and here[path] for column, path in patient.outlines.items()},
        )


def versions(cohort: CohortConfig, paths: Sequence[Path]) -> list[str]:
    """Which versions of the objects that paths of patients stand for are in the storage; of those that are none, nothing.

    Many are asked for at the same time, since an answer takes as long as a patient's features.
    """
    if not isinstance(cohort, ObjectCohort) or cohort._images is None:
        return []
    folder, root = cohort._images
    urls = [root.joined(path.relative_to(folder).as_posix()) for path in paths]
    return [str(found) for found in in_threads(objects_at, urls, AT_ONCE)]


def _table_at_hand(mirror: Mirror, url: Url, path: Path, use: CacheUse) -> str:
    require_object(url)
    mirror.bring(url, path, use)
    return str(path)


def _common_folder(tables: list[Url]) -> Url | None:
    """The folder that has all tables, in which paths of joined ones start; they are of one bucket (`radsurv.config`)."""
    if not tables:
        return None
    keys = ["/" + table.parent.key for table in tables]
    return Url(tables[0].scheme, tables[0].bucket, os.path.commonpath(keys).strip("/"))


def _root(cohort: CohortConfig, common: Url | None) -> Url | None:
    """The address that paths of the table start from; None where they are paths of this machine."""
    if cohort.root is None or common is None:
        return common if cohort.root is None or not is_url(cohort.root) else Url.parse(cohort.root)
    if is_url(cohort.root):
        return Url.parse(cohort.root)
    if Path(cohort.root).is_absolute():
        return None
    try:
        return common.joined(cohort.root)
    except ValueError as error:
        raise ConfigError(f"cohort.root={cohort.root}: {error}; correct it, or give an address") from None
