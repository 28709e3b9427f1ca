"""Files of patients where a cohort table can name them: below its own folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from radsurv.errors import ConfigError
from radsurv.files import atomic
from radsurv.formats import plural
from radsurv.ingest.folder import is_dicom

LINKED = "ingested_images"  # below the cohort's folder; not "images", which may be somebody's own


@dataclass(frozen=True)
class PlacedFiles:
    """How a table in a folder names files that were found below another one.

    Attributes
    ----------
    cells : mapping
        What stands in the table, by the path below the folder of images.
    said : list of str
    """

    cells: Mapping[PurePosixPath, str]
    said: list[str]


def name_fault(path: PurePosixPath) -> str:
    """Why a table cannot name a file; "" if it can."""
    if str(path).isprintable() and "\\" not in str(path):
        return ""
    return f"its path {str(path)!r} has characters that a table cannot hold (a backslash, a line break, no text): rename it"


def place(root: Path, paths: Iterable[PurePosixPath], out: Path, *, overwrite: bool) -> PlacedFiles:
    """Name files as they lie if they are below `out`, else link them there (a hard link takes no space), or copy them.

    Raises
    ------
    ConfigError
        Another file is where one would be linked, and nothing was said of overwriting.
    """
    copied = linked = 0
    cells = {}
    for path in paths:
        within = _below(root, path, out)
        if within is not None:
            cells[path] = within
            continue
        cells[path] = str(PurePosixPath(LINKED) / path)
        for source, target in _files(root / path, out / cells[path]):
            if target.exists() and not overwrite and not target.samefile(source):
                raise ConfigError(f"{target} is there and is not {source}; name another --out, or say --overwrite")
            if _link(source, target):
                linked += 1
            else:
                copied += 1
    said = [f"{plural(linked, 'file')} linked into {out / LINKED} (hard links: no space is taken)"] if linked else []
    said += [f"{plural(copied, 'file')} copied into {out / LINKED}: another disk"] if copied else []
    return PlacedFiles(cells, said)


def _below(root: Path, path: PurePosixPath, out: Path) -> str | None:
    """The path seen from `out`; None for a file that is not in it, or is a link to one that is not."""
    folder = out.resolve()
    if not root.resolve().is_relative_to(folder) or not (root / path).resolve().is_relative_to(folder):
        return None
    return (root.resolve() / path).relative_to(folder).as_posix()


def _files(source: Path, target: Path) -> list[tuple[Path, Path]]:
    """A file and where it goes; of a DICOM series all that lie in its folder, whether it is named by the folder or by a file."""
    if source.is_file() and is_dicom(source):
        source, target = source.parent, target.parent
    if not source.is_dir():
        return [(source, target)]
    return [(one, target / one.name) for one in sorted(source.iterdir()) if one.is_file()]


def _link(source: Path, target: Path) -> bool:
    """Whether a hard link was possible; else the file is copied. Either takes the place of what is there as a whole."""
    if target.exists() and target.samefile(source):
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not `files.atomic`, which sets rights: those of a hard link are the rights of the original.
    temporary = target.with_name(f".{target.name}.link")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), temporary)
    except OSError:
        with atomic(target) as copy:
            shutil.copyfile(source, copy)
        return False
    temporary.replace(target)
    return True
