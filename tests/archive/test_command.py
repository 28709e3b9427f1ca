import dataclasses
import sys

import pytest

from radsurv.archive import command, fetch, index
from radsurv.archive.collections import COLLECTIONS
from radsurv.archive.fetch import fetch_series
from radsurv.cli import main


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
    assert "CT: 2 series of 2 patients, 0 MB, CC BY-NC 3.0" in said.out
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
