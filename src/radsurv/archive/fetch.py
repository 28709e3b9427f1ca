"""Files of a collection, fetched whole: series by series, against the server's checksums, from where an earlier call ended."""

from __future__ import annotations

import shutil
import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from radsurv.archive.index import BUCKETS, RemoteFile, Series, files_of
from radsurv.compute.parallel import in_threads
from radsurv.csv_files import write_csv
from radsurv.deep.download import download
from radsurv.errors import ConfigError
from radsurv.files import atomic, sha256

THREADS = 8
PARTIAL = ".partial"
RECORD = ("file", "bytes", "md5", "licence", "doi")


def fetch_series(
    wanted: Sequence[Series],
    folder: Path,
    *,
    buckets: str = BUCKETS,
    progress: Callable[[Iterable[Series]], Iterable[Series]] = iter,
) -> int:
    """Fetch the series that are not here yet.

    A folder of a series comes into being when all of its files are here and have the server's size and MD5. What was fetched of one is
    kept in ``.partial`` until then. ``files.csv`` in the folder of each says what was checked.

    Parameters
    ----------
    wanted : sequence of Series
    folder : Path
        Of the collection.
    buckets : str
        Address of a ``{bucket}``.
    progress : callable
        Wraps the loop over series.

    Returns
    -------
    int
        How many were fetched; the others were here.

    Raises
    ------
    ConfigError
        A series cannot be fetched; those before it stay.
    """
    lacking = [series for series in wanted if not (folder / series.place).is_dir()]
    for series in progress(lacking):
        partial_folder = folder / PARTIAL / series.folder
        try:
            files = files_of(series, buckets)
            for _ in in_threads(partial(_fetch, partial_folder), files, THREADS):
                pass
        except OSError as error:
            raise ConfigError(
                f"{series.place} cannot be fetched ({error}); what is here is kept: the same command goes on from there"
            ) from None
        _complete(series, files, partial_folder, folder / series.place)
    shutil.rmtree(folder / PARTIAL, ignore_errors=True)
    return len(lacking)


def fetch_table(url: str, folder: Path) -> Path:
    """Fetch a clinical table, of which no checksum is published, unless it is here.

    Raises
    ------
    ConfigError
        It cannot be fetched.
    """
    path = folder / urllib.parse.unquote(url.rpartition("/")[2])
    if path.is_file():
        return path
    try:
        download(url, path, "")
    except OSError as error:
        raise ConfigError(f"{url} cannot be fetched ({error}); fetch it by hand to {path}, or try again") from None
    finally:
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
    with atomic(path.with_name(f"{path.name}.sha256")) as temporary:
        temporary.write_text(f"{sha256(path)}  {path.name}\n", encoding="utf-8")
    return path


def _fetch(folder: Path, file: RemoteFile) -> None:
    path = folder / file.name
    try:
        download(file.url, path, file.md5, algorithm="md5")
    except OSError as error:
        raise OSError(f"{file.name}: {error}") from None
    if path.stat().st_size != file.n_bytes:
        found = path.stat().st_size
        path.unlink()
        raise OSError(f"{file.name} has {found:,} bytes; expected {file.n_bytes:,}")


def _complete(series: Series, files: Sequence[RemoteFile], fetched: Path, place: Path) -> None:
    """Give a series that is complete its name."""
    for path in fetched.iterdir():
        if path.name not in {file.name for file in files}:
            path.unlink()
    record = [(file.name, file.n_bytes, file.md5, series.licence, series.doi) for file in files]
    write_csv(pd.DataFrame(record, columns=RECORD), fetched / "files.csv")
    place.parent.mkdir(parents=True, exist_ok=True)
    fetched.replace(place)
