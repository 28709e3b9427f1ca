"""One table in every encoding, with every separator: the same cells, and what was found out is said."""

from pathlib import Path

import pytest

from radsurv.errors import CohortError, ConfigError
from radsurv.ingest.asked import Asked
from radsurv.ingest.clinical_file import read_clinical

PLAIN = "id,Größe,Ort\nP1,3.5,Köln\nP2,12.25,Zürich\n"


@pytest.fixture
def read(tmp_path):
    def read(content, name="c.csv", **asked):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_clinical(path, Asked(**asked))

    return read


ENCODINGS = {
    "utf-8": "file: UTF-8, columns separated by commas",
    "utf-8-sig": "file: UTF-8 with a mark, columns separated by commas",
    "utf-16": "file: UTF-16, columns separated by commas",
    "utf-16-le": "file: UTF-16 without a mark, columns separated by commas",
    "utf-16-be": "file: UTF-16 without a mark, columns separated by commas",
    "cp1252": "file: Latin-1 as Windows extends it (cp1252; it is not UTF-8), which makes 'id,Größe,Ort' of its first word that is not"
    " plain ASCII, columns separated by commas",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators_are_found_out_and_said(read, encoding, separator):
    found = read(PLAIN.replace(",", separator).encode(encoding))
    assert found.table.to_dict("list") == {"id": ["P1", "P2"], "Größe": ["3.5", "12.25"], "Ort": ["Köln", "Zürich"]}
    said = ENCODINGS[encoding].replace(
        "id,Größe,Ort", f"id{separator}Größe{separator}Ort".split("\t")[1 if separator == "\t" else 0]
    )
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
    assert found.said == [said.replace("commas", names[separator])]


def test_latin_1_beyond_windows_and_an_encoding_that_is_named(read):
    assert "Latin-1 (it is not UTF-8)" in read("id,a\nP1,\x81ä\n".encode("latin-1")).said[0]
    assert read("id,a\nP1,Łódź\n".encode("cp1250"), encoding="cp1250").table["a"].tolist() == ["Łódź"]
    with pytest.raises(CohortError, match=r"not readable as utf-8 .*--encoding"):
        read("id,a\nP1,ä\n".encode("cp1252"), encoding="utf-8")
    with pytest.raises(CohortError, match="bytes that are no text"):
        read(b"id,a\n\x00\x00\x00\x01")


def test_commas_in_quotation_marks_separate_nothing(read):
    found = read('id;note\nP1;"a, b; c"\nP2;d, e\n')
    assert found.table["note"].tolist() == ["a, b; c", "d, e"]


def test_lines_above_the_header_are_counted(read):
    assert (
        read("#a\tb\n#STRING\tNUMBER\nid\tb\nP1\t5\n").said[1] == "2 lines of comments (#) before the header: not read"
    )
    assert read("sep=;\nid;b\nP1;5\n").table.index.tolist() == ["line 3"]


def test_rows_of_further_names_are_no_patients(read):
    found = read("bcr_patient_barcode\tage\nbarcode\tage_at\nCDE_ID:1\tCDE_ID:2\nTCGA-1\t50\n")
    assert found.table["age"].tolist() == ["50"]
    assert found.said[1] == "line 2, line 3: further names of the columns, no patients: not read"


def test_a_separator_at_the_end_of_each_line_is_no_column(read):
    assert list(read("id;b;\nP1;5;\nP2;6;\n").table) == ["id", "b"]
    assert "1 column without a name: not read" in read("id;b;\nP1;5;x\nP2;6;\n").said


COMMAS = {
    "certain": ("id;a\nP1;26,4\nP2;3\n", ["26.4", "3"], "decimal comma in a (1 cell; '26,4' in a can be nothing else)"),
    "thousands of another language": ("id;a\nP1;1.234,5\nP2;3,25\n", ["1234.5", "3.25"], "decimal comma in a (2 cells"),
    "by another column": ("id;a;b\nP1;1,000;2,5\nP2;2,000;3,5\n", ["1.000", "2.000"], "decimal comma in a, b (4 cells"),
    "open": ("id;a\nP1;1,000\nP2;2,000\n", ["1,000", "2,000"], "a: '1,000' may be a thousand or a decimal comma"),
    "mixed": ("id;a\nP1;1,5\nP2;2.5\n", ["1,5", "2.5"], "a: has numbers with commas and with points"),
    "text": ("id;a\nP1;1,5\nP2;Berlin\nP3;Köln\n", ["1,5", "Berlin", "Köln"], None),
}


@pytest.mark.parametrize("case", COMMAS)
def test_decimal_commas_are_read_where_they_can_be_nothing_else(read, case):
    content, cells, said = COMMAS[case]
    found = read(content)
    assert found.table["a"].tolist() == cells
    assert said is None or found.said[1].startswith(said)


def test_the_user_can_say_that_commas_are_decimal_ones(read):
    assert read("id;a\nP1;1,000\nP2;2,000\n", decimal_comma=True).table["a"].tolist() == ["1.000", "2.000"]


def workbook(path, sheets):
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_reads_as_it_shows(tmp_path):
    rows = [["id", "age", "dead", None], [1, 61.0, True, None], [None] * 4, ["002", 61.5, False, None]]
    found = read_clinical(workbook(tmp_path / "c.xlsx", {"data": rows, "empty": []}), Asked())
    assert found.table.to_dict("list") == {"id": ["1", "002"], "age": ["61", "61.5"], "dead": ["True", "False"]}
    assert found.table.index.tolist() == ["row 2", "row 4"]
    assert found.said == ["file: Excel workbook, sheet 'data' (1 further sheet: not read)"]


def test_of_two_tables_in_a_workbook_one_is_named(tmp_path):
    path = workbook(tmp_path / "c.xlsx", {"a": [["id"], ["x"]], "b": [["id"], ["y"]]})
    with pytest.raises(CohortError, match="tables on 'a', 'b'; expected one: name it with --sheet"):
        read_clinical(path, Asked())
    assert read_clinical(path, Asked(sheet="b")).table["id"].tolist() == ["y"]
    with pytest.raises(CohortError, match="no sheet 'c'"):
        read_clinical(path, Asked(sheet="c"))


def test_a_formula_without_its_value_is_no_empty_cell(tmp_path):
    with pytest.raises(CohortError, match="B2 of 'a' holds a formula without its value"):
        read_clinical(workbook(tmp_path / "c.xlsx", {"a": [["id", "t"], ["x", "=1+1"]]}), Asked())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.xls", b"x", r"is a \.xls file; expected CSV"),
        ("c.xlsx", b"PK no", "not readable as an Excel workbook"),
        ("c.csv", b"", "its header is empty"),
        ("c.csv", b"only one\nP1\n", "its header is 'only one'; expected several columns"),
        ("c.csv", b"id,a\nP1,2,3\nP2,4\n", "line 2 has 3 cells, the header 2"),
        ("c.csv", b"id,id\nP1,2\n", "column 'id' is there 2 times"),
        ("c.csv", b'id,a\nP1,"2\n', "its header is"),
    ],
)
def test_what_is_no_table_is_refused_by_name(read, name, content, said):
    with pytest.raises(CohortError, match=f"{name}.*{said}"):
        read(content, name)


def test_tables_that_went_wrong_before(shared):
    for case in ("utf16", "latin1", "semicolon", "deccomma_quoted"):
        found = read_clinical(shared / f"cases/tables/{case}/clinical.csv", Asked())
        assert found.table["patient_id"].iloc[0] == "P001"
        assert float(found.table["time"].iloc[0]) in (802, 26.4)


def test_what_only_another_file_has_is_refused(read, tmp_path):
    with pytest.raises(ConfigError, match=r"--sheet a: .* is no workbook"):
        read("id,a\nP1,2\n", sheet="a")
    with pytest.raises(ConfigError, match=r"--encoding utf-8: .* is no text file"):
        read_clinical(workbook(tmp_path / "c.xlsx", {"a": [["id", "t"], ["x", 1]]}), Asked(encoding="utf-8"))


def test_there_is_no_such_file():
    with pytest.raises(CohortError, match=r"nothing\.csv does not exist"):
        read_clinical(Path("nothing.csv"), Asked())
