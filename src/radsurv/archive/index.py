"""Which series a collection has at the Imaging Data Commons, and which files a series."""

from __future__ import annotations

import http.client
import re
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from radsurv.cohort.schema import is_identifier
from radsurv.errors import ConfigError

BUCKETS = "https://{bucket}.s3.amazonaws.com"
COLUMNS = {
    "PatientID": "patient",
    "Modality": "modality",
    "SeriesInstanceUID": "uid",
    "crdc_series_uuid": "folder",
    "aws_bucket": "bucket",
    "license_short_name": "licence",
    "source_DOI": "doi",
    "series_size_MB": "megabytes",
    "instanceCount": "n_files",
}
UID = re.compile(r"[0-9.]{1,64}")
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
MD5 = re.compile(r"[0-9a-f]{32}")
ANSWER_S = 30.0


@dataclass(frozen=True)
class Series:
    """One series, and where its files are."""

    patient: str
    modality: str
    uid: str
    folder: str
    bucket: str
    licence: str
    doi: str
    megabytes: float
    n_files: int

    @property
    def place(self) -> str:
        """Its folder here, below that of the collection."""
        return f"{self.patient}/{self.modality}_{self.uid}"


@dataclass(frozen=True)
class RemoteFile:
    """One file of a series. The MD5 is empty where the server has none."""

    url: str
    name: str
    n_bytes: int
    md5: str


def index_file() -> Path:
    """The index that comes with the package idc-index-data.

    Raises
    ------
    ConfigError
        It is not installed.
    """
    try:
        import idc_index_data
    except ImportError:
        raise ConfigError(
            "the index of the Imaging Data Commons is not installed; expected the package idc-index-data: uv sync --extra archive, or"
            " pip install idc-index-data"
        ) from None
    return Path(str(idc_index_data.IDC_INDEX_PARQUET_FILEPATH))


def series_of(index: Path, collection: str, modalities: Sequence[str]) -> list[Series]:
    """The series of a collection, without those that others made of it, by patient.

    Raises
    ------
    ConfigError
        The index has none of them, or names that are no names of files.
    """
    rows = pq.read_table(
        index,
        columns=[*COLUMNS, "analysis_result_id"],
        filters=[("collection_id", "=", collection), ("Modality", "in", [*modalities])],
    ).to_pylist()
    found = [
        Series(**{ours: row[theirs] for theirs, ours in COLUMNS.items()})
        for row in rows
        if not row["analysis_result_id"]
    ]
    if not found:
        raise ConfigError(
            f"the index of the Imaging Data Commons has no {', '.join(modalities)} of {collection!r}: another version of"
            " idc-index-data may have, or the collection was taken away"
        )
    for one in found:
        if not (
            is_identifier(one.patient)
            and UID.fullmatch(one.uid)
            and all(map(PLAIN.fullmatch, (one.modality, one.folder, one.bucket)))
        ):
            raise ConfigError(
                f"the index names a series that no folder can be called by: {one.place!r}; take another version"
            )
    return sorted(found, key=lambda one: one.place)


def files_of(series: Series, buckets: str = BUCKETS) -> list[RemoteFile]:
    """The files of a series, as the bucket lists them.

    Raises
    ------
    OSError
        No answer, or one that is none; a list of other than the files that the index counts.
    """
    base = buckets.format(bucket=series.bucket)
    found = [
        RemoteFile(f"{base}/{urllib.parse.quote(key)}", key.rpartition("/")[2], n_bytes, md5)
        for key, n_bytes, md5 in _listed(base, f"{series.folder}/")
    ]
    wrong = [file.name for file in found if not PLAIN.fullmatch(file.name)]
    if wrong:
        raise OSError(f"{series.place}: the server lists {wrong[0]!r}, which is no name of a file")
    if len(found) != series.n_files:
        raise OSError(f"{series.place}: the server lists {len(found)} files; expected {series.n_files}")
    return found


def _listed(base: str, prefix: str) -> Iterator[tuple[str, int, str]]:
    """Key, size and MD5 of all objects, page by page. The tag of an object that was uploaded in parts is no MD5."""
    token = ""
    while True:
        query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
        try:
            with urllib.request.urlopen(f"{base}/?{urllib.parse.urlencode(query)}", timeout=ANSWER_S) as answer:
                page = ET.fromstring(answer.read())
            for one in page.iterfind("{*}Contents"):
                tag = one.findtext("{*}ETag", "").strip('"')
                yield one.findtext("{*}Key", ""), int(one.findtext("{*}Size", "")), tag if MD5.fullmatch(tag) else ""
        except (ET.ParseError, ValueError, http.client.HTTPException):
            raise OSError(f"{base} gives no list of files") from None
        token = page.findtext("{*}NextContinuationToken", "")
        if not token:
            return
