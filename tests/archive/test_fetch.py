"""Downloads from a bucket on this machine, whose answers have the form of Amazon's S3."""

import csv
import dataclasses
import hashlib
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pytest

from radsurv.archive import command, fetch, index
from radsurv.archive.collections import COLLECTIONS
from radsurv.archive.fetch import fetch_series, fetch_table
from radsurv.archive.index import files_of, series_of
from radsurv.cli import main
from radsurv.errors import ConfigError

PAGE = 2  # objects that are listed at once


class Bucket(ThreadingHTTPServer):
    """Objects by key; `asked` has the paths in their order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.gone: set[str] = set()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{{bucket}}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if "list-type" in query:
            self._answer(self._page(query["prefix"], int(query.get("continuation-token", 0))))
            return
        key = urllib.parse.unquote(address.path).partition("/")[2].partition("/")[2]
        self.server.asked.append(key)
        if key not in self.server.objects or key in self.server.gone:
            self.send_error(404)
            return
        self._answer(self.server.objects[key])

    def _page(self, prefix: str, start: int) -> bytes:
        keys = sorted(key for key in self.server.objects if key.startswith(prefix))
        listed = ""
        for key in keys[start : start + PAGE]:
            content = self.server.objects[key]
            tag = self.server.tags.get(key, hashlib.md5(content).hexdigest())
            listed += f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>&quot;{tag}&quot;</ETag></Contents>"
        more = f"<NextContinuationToken>{start + PAGE}</NextContinuationToken>" if len(keys) > start + PAGE else ""
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return f'<?xml version="1.0"?><ListBucketResult xmlns="{space}">{listed}{more}</ListBucketResult>'.encode()

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        for n in (1, 2):
            for k in range(5):
                server.objects[f"ct-{n}/{k}.dcm"] = bytes([n, k]) * 1000
            server.objects[f"rs-{n}/outline.dcm"] = bytes([9, n])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def row(n: int, modality: str, folder: str, n_files: int, **changes: object) -> dict[str, object]:
    """As the index has it."""
    return {
        "collection_id": "nsclc_radiomics",
        "analysis_result_id": None,
        "PatientID": f"LUNG1-{n:03d}",
        "Modality": modality,
        "SeriesInstanceUID": f"1.2.{n}.{n_files}",
        "crdc_series_uuid": folder,
        "aws_bucket": "open",
        "license_short_name": "CC BY-NC 3.0",
        "source_DOI": "10.7937/k9/tcia.2015.pf0m9rei",
        "series_size_MB": 0.01,
        "instanceCount": n_files,
    } | changes


@pytest.fixture
def parquet(tmp_path) -> Path:
    rows = [row(n, *its) for n in (2, 1) for its in (("RTSTRUCT", f"rs-{n}", 1), ("CT", f"ct-{n}", 5))]
    rows.append(row(1, "CT", "made-by-others", 1, analysis_result_id="nnu_net"))
    rows.append(row(1, "SEG", "not-asked-for", 1))
    rows.append(row(1, "CT", "elsewhere", 1, collection_id="other"))
    path = tmp_path / "index.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return path


@pytest.fixture
def series(parquet):
    return series_of(parquet, "nsclc_radiomics", ("CT", "RTSTRUCT"))


def test_the_series_of_a_collection_are_those_asked_for_and_nobody_elses(series):
    assert [one.place for one in series] == [
        "LUNG1-001/CT_1.2.1.5", "LUNG1-001/RTSTRUCT_1.2.1.1", "LUNG1-002/CT_1.2.2.5", "LUNG1-002/RTSTRUCT_1.2.2.1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"PatientID": "../x"},
        {"SeriesInstanceUID": "1/2"},
        {"Modality": ".."},
        {"crdc_series_uuid": "a/b"},
        {"aws_bucket": "x.org/"},
    ],
)
def test_names_that_no_folder_can_have_are_refused(tmp_path, changes):
    pd.DataFrame([row(1, "CT", "ct-1", 5, **changes)]).to_parquet(tmp_path / "index.parquet")
    modalities = ("CT", "..")
    with pytest.raises(ConfigError, match="no folder can be called by"):
        series_of(tmp_path / "index.parquet", "nsclc_radiomics", modalities)
    with pytest.raises(ConfigError, match="has no CT"):
        series_of(tmp_path / "index.parquet", "nothing", ("CT",))


def test_files_are_listed_page_by_page(bucket, series):
    found = files_of(series[0], bucket.url)
    assert [file.name for file in found] == [f"{k}.dcm" for k in range(5)]
    assert {file.n_bytes for file in found} == {2000}
    assert found[3].md5 == hashlib.md5(bytes([1, 3]) * 1000).hexdigest()


def test_everything_is_fetched_once(bucket, series, tmp_path):
    assert fetch_series(series, tmp_path / "lung1", buckets=bucket.url) == 4
    here = {str(path.relative_to(tmp_path / "lung1")) for path in (tmp_path / "lung1").rglob("*") if path.is_file()}
    expected = {
        f"LUNG1-00{n}/CT_1.2.{n}.5/{name}" for n in (1, 2) for name in ("files.csv", *(f"{k}.dcm" for k in range(5)))
    }
    assert here == expected | {
        f"LUNG1-00{n}/RTSTRUCT_1.2.{n}.1/{name}" for n in (1, 2) for name in ("files.csv", "outline.dcm")
    }
    assert (tmp_path / "lung1/LUNG1-002/CT_1.2.2.5/4.dcm").read_bytes() == bytes([2, 4]) * 1000
    with (tmp_path / "lung1/LUNG1-002/RTSTRUCT_1.2.2.1/files.csv").open() as stream:
        [record] = csv.DictReader(stream)
    assert (record["md5"], record["licence"]) == (hashlib.md5(bytes([9, 2])).hexdigest(), "CC BY-NC 3.0")
    bucket.asked.clear()
    assert fetch_series(series, tmp_path / "lung1", buckets=bucket.url) == 0
    assert bucket.asked == []


def test_what_was_interrupted_goes_on(bucket, series, tmp_path):
    bucket.gone = {"ct-2/3.dcm"}
    with pytest.raises(
        ConfigError, match=r"LUNG1-002/CT_1\.2\.2\.5 cannot be fetched \(3\.dcm: Not Found\); .*goes on from there"
    ):
        fetch_series(series, tmp_path / "lung1", buckets=bucket.url)
    assert not (tmp_path / "lung1/LUNG1-002/CT_1.2.2.5").exists()
    assert (tmp_path / "lung1/LUNG1-001/CT_1.2.1.5").is_dir()
    bucket.gone = set()
    bucket.asked.clear()
    assert fetch_series(series, tmp_path / "lung1", buckets=bucket.url) == 2
    assert "ct-2/3.dcm" in bucket.asked
    assert not {"ct-1/0.dcm", "ct-2/0.dcm"} & {*bucket.asked}
    assert not (tmp_path / "lung1/.partial").exists()


def test_a_file_with_another_checksum_is_not_taken(bucket, series, tmp_path):
    bucket.tags["rs-1/outline.dcm"] = "0" * 32
    with pytest.raises(ConfigError, match=r"MD5 begins with .*, expected 0000"):
        fetch_series(series, tmp_path / "lung1", buckets=bucket.url)
    assert not (tmp_path / "lung1/LUNG1-001/RTSTRUCT_1.2.1.1").exists()
    assert not list((tmp_path / "lung1").rglob("outline.dcm*.part"))


def test_a_tag_that_is_no_checksum_leaves_the_size(bucket, series, tmp_path):
    """Objects that were uploaded in parts have such tags."""
    bucket.tags["rs-1/outline.dcm"] = f"{'0' * 32}-2"
    assert fetch_series(series[:2], tmp_path / "lung1", buckets=bucket.url) == 2


def test_a_list_that_is_short_or_none_is_refused(bucket, series, monkeypatch):
    del bucket.objects["ct-1/0.dcm"]
    with pytest.raises(OSError, match="lists 4 files; expected 5"):
        files_of(series[0], bucket.url)
    monkeypatch.setattr(Handler, "_page", lambda *_: b"<html><br></html>")
    with pytest.raises(OSError, match="gives no list of files"):
        files_of(series[0], bucket.url)


def test_a_clinical_table_has_its_hash_beside_it(bucket, tmp_path):
    bucket.objects["a table.csv"] = b"PatientID,age\n"
    path = fetch_table(f"{bucket.url.format(bucket='up')}/a%20table.csv", tmp_path)
    assert path.read_bytes() == b"PatientID,age\n"
    assert (
        tmp_path / "a table.csv.sha256"
    ).read_text() == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  a table.csv\n"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a table.csv", "a table.csv.sha256"]
    with pytest.raises(ConfigError, match="fetch it by hand to"):
        fetch_table(f"{bucket.url.format(bucket='up')}/nothing.csv", tmp_path)


@pytest.fixture
def here(bucket, parquet, monkeypatch):
    """The command, with the bucket on this machine."""
    monkeypatch.setattr(index, "index_file", lambda: parquet)
    monkeypatch.setattr(
        fetch,
        "fetch_series",
        lambda wanted, folder, progress: fetch_series(wanted, folder, buckets=bucket.url, progress=progress),
    )
    bucket.objects["lung1.csv"] = b"PatientID,age\n"
    own = {**COLLECTIONS, "lung1": _with_table(f"{bucket.url.format(bucket='up')}/lung1.csv")}
    monkeypatch.setattr(command, "COLLECTIONS", own)
    return bucket


def _with_table(url: str):
    return dataclasses.replace(COLLECTIONS["lung1"], clinical=url)


def test_nothing_is_fetched_before_the_licence_is_accepted(here, tmp_path, capsys):
    assert main(["download", "lung1", str(tmp_path / "downloads")]) == 1
    said = capsys.readouterr()
    assert "CT: 2 series of 2 patients, 0.0 GB, CC BY-NC 3.0" in said.out
    assert "cite: Aerts et al." in said.out
    assert "nothing was fetched: read the licence, and say --accept-licence" in said.err
    assert here.asked == []
    assert not (tmp_path / "downloads").exists()


def test_the_command_fetches_and_says_what_comes_next(here, tmp_path, capsys):
    asked = ["download", "lung1", str(tmp_path / "downloads"), "--accept-licence", "--patients", "1"]
    assert main(asked) == 0
    assert "fetched: 2 series into" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "downloads").iterdir()) == [
        "lung1",
        "lung1.csv",
        "lung1.csv.sha256",
    ]
    assert [path.name for path in (tmp_path / "downloads" / "lung1").iterdir()] == ["LUNG1-001"]
    assert main(asked) == 0
    assert "fetched: 0 series into" in capsys.readouterr().out


def test_what_needs_an_account_is_said_and_not_tried(here, tmp_path, capsys):
    assert main(["download", "brats", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "by hand: an account: register with the organisers" in said
    assert f"move survival_info.csv to {tmp_path}/survival_info.csv" in said
    assert here.asked == []


def test_without_the_index_it_is_said_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "idc_index_data", None)
    assert main(["download", "lung1", str(tmp_path)]) == 1
    assert "uv sync --extra archive" in capsys.readouterr().err


def test_every_collection_has_a_recipe_with_the_same_source():
    recipes = Path(__file__).parents[2] / "conf" / "cohort"
    for name, collection in COLLECTIONS.items():
        text = (recipes / f"{name}.yaml").read_text()
        doi = collection.page.removeprefix("https://doi.org/")
        assert doi.startswith("https://") or f"doi:{doi}" in text
        assert collection.clinical.rpartition("/")[2] in text


def test_the_real_index_has_what_lung1_asks_for():
    """Of version 25.0.5; another one may have grown."""
    data = pytest.importorskip("idc_index_data", reason="needs the extra 'archive' (uv sync --extra archive)")
    lung1 = COLLECTIONS["lung1"]
    found = series_of(Path(data.IDC_INDEX_PARQUET_FILEPATH), lung1.idc, lung1.modalities)
    assert len({series.patient for series in found}) == 422
    assert {series.licence for series in found} == {"CC BY-NC 3.0"}
    assert {series.doi for series in found} == {"10.7937/k9/tcia.2015.pf0m9rei"}
