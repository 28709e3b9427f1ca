import hashlib
from pathlib import Path

import pandas as pd
import pytest
from buckets import Handler, row

from radsurv.archive.collections import COLLECTIONS
from radsurv.archive.index import files_of, series_of
from radsurv.errors import ConfigError


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


def test_a_list_that_is_short_or_none_is_refused(bucket, series, monkeypatch):
    del bucket.objects["ct-1/0.dcm"]
    with pytest.raises(OSError, match="lists 4 files; expected 5"):
        files_of(series[0], bucket.url)
    monkeypatch.setattr(Handler, "_page", lambda *_: b"<html><br></html>")
    with pytest.raises(OSError, match="gives no list of files"):
        files_of(series[0], bucket.url)


def test_the_real_index_has_what_lung1_asks_for():
    """Of version 25.0.5; another one may have grown."""
    data = pytest.importorskip("idc_index_data", reason="needs the extra 'archive' (uv sync --extra archive)")
    lung1 = COLLECTIONS["lung1"]
    found = series_of(Path(data.IDC_INDEX_PARQUET_FILEPATH), lung1.idc, lung1.modalities)
    assert len({series.patient for series in found}) == 422
    assert {series.licence for series in found} == {"CC BY-NC 3.0"}
    assert {series.doi for series in found} == {"10.7937/k9/tcia.2015.pf0m9rei"}
