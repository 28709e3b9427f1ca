import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radsurv.cohort.delimited import DEMO, read_parquet, read_text_table
from radsurv.errors import CohortError
from radsurv.stages.compose import compose


@pytest.fixture
def csv(tmp_path):
    def write(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_cells_stay_as_they_stand(csv):
    table = read_text_table(csv('patient_id, note ,x\n007,"a, b",1.50\n\nNA, c ,\n'))
    assert list(table) == ["patient_id", "note", "x"]
    assert table.to_numpy().tolist() == [["007", "a, b", "1.50"], ["NA", "c", ""]]
    assert list(table.index) == ["line 2", "line 4"]


def test_a_byte_order_mark_and_windows_lines_are_no_content(csv):
    table = read_text_table(csv(b"\xef\xbb\xbfpatient_id,x\r\nP1,2\r\n"))
    assert table.to_numpy().tolist() == [["P1", "2"]]
    assert list(table) == ["patient_id", "x"]


def test_a_nameless_first_column_is_called_as_pandas_calls_it_and_others_are_left_out(csv):
    assert list(read_text_table(csv(",patient_id,\n0,P1,x\n"))) == ["Unnamed: 0", "patient_id"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("patient_id,time\nP1,2,3\nP2,3\n", "line 2 has 3 cells, the header 2"),
        ("patient_id,time\nP1\n", "line 2 has 1 cells, the header 2"),
        ("patient_id\ttime\nP1\t2\n", "semicolons or tabs"),
        ("patient_id\nMüller\n".encode("latin-1"), "not UTF-8"),
        ('patient_id,x\n"P1"2,3\n', "not readable as CSV"),
    ],
)
def test_what_is_no_table_is_refused_in_words(csv, content, message):
    with pytest.raises(CohortError, match=message) as caught:
        read_text_table(csv(content))
    assert "table.csv" in str(caught.value)


def test_texts_of_a_damaged_parquet_file(tmp_path):
    content = pa.BufferOutputStream()
    pq.write_table(pa.table({"patient_id": ["P1", "P2"]}), content, compression="none", use_dictionary=False)
    path = tmp_path / "table.parquet"
    path.write_bytes(content.getvalue().to_pybytes().replace(b"\x02\0\0\0P2", b"\x02\0\0\0P\x80"))
    with pytest.raises(CohortError, match=r"table\.parquet is not readable as Parquet \(.*UTF8"):
        read_parquet(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(CohortError, match=r"does not exist or is no file.*correct the path"):
            read_text_table(path)


def test_without_the_demo_cohort_its_commands_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert compose()["cohort"]["table"] == DEMO.as_posix()
    with pytest.raises(CohortError, match=r"`dvc pull data.dvc`.*`radsurv simulate data/demo`.*cohort\.table=PATH"):
        read_text_table(DEMO)


def test_parquet_reads_like_csv(tmp_path):
    frame = pd.DataFrame({"patient_id": [7, 8], "x": [0.1, None], "dead": [True, False], "sex": ["M", None]})
    frame.to_parquet(tmp_path / "table.parquet")
    table = read_text_table(tmp_path / "table.parquet")
    assert list(table.index) == ["row 1", "row 2"]
    assert table.loc["row 1"].tolist() == ["7", "0.1", "True", "M"]
    assert table.at["row 2", "sex"] == ""


def test_a_damaged_parquet_is_refused(tmp_path):
    (tmp_path / "table.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(CohortError, match="not readable as Parquet"):
        read_text_table(tmp_path / "table.parquet")


def test_a_name_that_stands_twice_in_parquet_is_told(tmp_path):
    twice = pa.table([["P1"], [1.0], [2.0]], names=["patient_id", "x", "x"])
    pq.write_table(twice, tmp_path / "table.parquet")
    for read in (read_text_table, read_parquet):
        with pytest.raises(CohortError, match=r"table.parquet: column 'x' is there 2 times; rename one"):
            read(tmp_path / "table.parquet")
