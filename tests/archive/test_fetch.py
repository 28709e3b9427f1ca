import csv
import hashlib

import pytest

from radsurv.archive.fetch import fetch_series, fetch_table
from radsurv.errors import ConfigError


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
