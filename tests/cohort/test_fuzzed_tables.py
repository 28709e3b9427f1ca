"""Cohort and feature tables that nobody should write: read, or refused in one line that names the file; no row is lost."""

import io

import numpy as np
import pandas as pd
import pytest
from fuzz import bytes_spoilt, trials
from hypothesis import event, given
from hypothesis import strategies as st

import conf
from radsurv.cohort.magnitudes import LARGEST
from radsurv.cohort.ready_features import read_feature_table
from radsurv.cohort.table import examine_table, read_table
from radsurv.errors import CohortError

N = 12
CELLS = (
    "", " ", "0", "1", "-1", "1.0", "1e3", "1e400", "-1e400", "1e-320", "nan", "NaN", "inf", "-inf", "NA", "N/A", "null", "None", "#N/A",
    "true", "FALSE", "yes", "dead", "alive", "0x10", "1_000", "1,5", "1.000,5", ">90", "12 months", "2009-01-01", "01/02/2003", "=1+1",
    "=HYPERLINK(\"http://x\")", "@SUM(1)", "+1", "-", "<b>x</b>", "<script>alert(1)</script>", "{{ 7 * 7 }}", "%s%n", "a,b", "a\nb", "a\rb",
    "\"", "'", "\\", "/etc/passwd", "../../x", "~", "C:\\x", "\\\\host\\x", "http://x/y.nii", "\x00", "\x1b[31m", "\u202e", "ß→𝔘", "P01",
    "p01", " P01 ", "P01.0", "x" * 300, "9" * 400, "²", "١٢", "1e", "+", "1 2", "１２", "−5", "event", "patient_id", ".", "*",
)  # fmt: skip
NAMES = (
    *CELLS[:12], "patient_id", "Patient_ID", "time", "event", "image", "mask", "age", "sex", "site", "Unnamed: 0", "index", "<i>",
)  # fmt: skip
HARM = ["cell", "cell", "cell", "name", "column", "row twice", "row gone", "length", "length", "column gone"]


def sound(n_rows=N):
    rows = [
        (f"P{number:02d}", 100 + 7 * number % 50, number % 2, 50 + number, "FM"[number % 2], "AB"[number % 3 == 0])
        for number in range(1, n_rows + 1)
    ]
    return [["patient_id", "time", "event", "age", "sex", "site"], *([str(cell) for cell in row] for row in rows)]


@st.composite
def rows_spoilt(draw, rows):
    """Cells, names, rows and columns changed, gone, there twice, in another order."""
    rows = [list(row) for row in rows]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(rows) - 1, 0)))
        if not rows or not rows[0] or not rows[at]:
            break
        where = draw(st.integers(0, len(rows[at]) - 1))
        match draw(st.sampled_from(HARM)):
            case "cell":
                rows[at][where] = draw(st.sampled_from(CELLS) | st.text(max_size=5))
            case "name":
                rows[0][where % len(rows[0])] = draw(st.sampled_from(NAMES) | st.text(max_size=5))
            case "column":
                cell = draw(st.sampled_from(CELLS))
                rows = [
                    [cell if place == where and number else old for place, old in enumerate(row)]
                    for number, row in enumerate(rows)
                ]
            case "row twice":
                rows.insert(at, list(rows[draw(st.integers(0, len(rows) - 1))]))
            case "row gone":
                del rows[at]
            case "length":
                rows[at] = [*rows[at], draw(st.sampled_from(CELLS))][: draw(st.integers(0, len(rows[at]) + 1))]
            case "column gone":
                rows = [row[:where] + row[where + 1 :] for row in rows]
    return rows


def as_csv(rows, mark=",", end="\n", quote=True):
    def cell(text):
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if quote and any(c in text for c in ',"\n\r') else text

    return end.join(mark.join(map(cell, row)) for row in rows) + end


@st.composite
def csv_files(draw, rows):
    """Rows spoilt or sound, written as nobody does, in encodings that nobody uses, cut off or with bytes changed."""
    text = as_csv(
        draw(rows_spoilt(rows) | st.just(rows)),
        draw(st.sampled_from([",", ",", ",", ",", ";", "\t", "|"])),
        draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n"])),
        draw(st.sampled_from([True, True, True, False])),
    )
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp037"]))
    content = text.encode(encoding, "replace" if encoding not in ("utf-8", "utf-8-sig") else "surrogatepass")
    return draw(bytes_spoilt(content)) if draw(st.sampled_from([False, False, True])) else content


def or_said(path, read):
    """What is read, or None where the table is refused: in sentences that name it."""
    try:
        return read()
    except CohortError as error:
        said = str(error)
    event("refused")
    assert path.name in said
    assert "\n" not in said
    assert "\x00" not in said
    assert "\x1b" not in said
    assert len(said) < 4000
    return None


@trials("cohort tables", 100)
@given(st.data())
def test_cohort_table(tmp_path, data):
    features = tmp_path / "features.csv"
    path = tmp_path / "clinical.csv"
    path.write_bytes(data.draw(csv_files(sound())))
    options = {
        "covariates": data.draw(st.sampled_from([[], ["age"], ["age", "sex"]])),
        "columns": data.draw(st.sampled_from([{}, {}, {"time": "age"}, {"patient_id": ""}])),
        "values": data.draw(st.sampled_from([{}, {}, {"event": {"yes": 1}}, {"sex": {"F": "female"}}])),
        "select": data.draw(st.sampled_from([{}, {}, {"site": ["A"]}])),
        "time_unit": data.draw(st.sampled_from(["days", "months"])),
        "landmark_days": data.draw(st.sampled_from([None, None, 20.0])),
        "event_of_interest": data.draw(st.sampled_from([None, None, 1])),
        "min_patients": 5,
    }
    cohort = conf.cohort(name="toy", table=str(path), features=str(features), **options)
    examined = or_said(path, lambda: examine_table(cohort))
    read = or_said(path, lambda: read_table(cohort))
    if examined is None:
        assert read is None
        return
    if read is None:
        return
    table, qc = read
    # Whoever is left can be analysed, and whoever is not is in the other table with a reason.
    assert not examined.faults
    assert table["patient_id"].is_unique
    assert (table["patient_id"].str.strip() != "").all()
    assert (np.isfinite(table["time"]) & (table["time"] > 0)).all()
    assert set(table["event"]) == {0, 1} or set(table["event"]) == {1}
    assert (qc["reason"].str.len() > 0).all()
    out = set(qc.loc[qc["status"] == "excluded", "patient_id"])
    assert not out & set(table["patient_id"])
    # Every row of the file is there once.
    if path.read_bytes().startswith(b"patient_id,") and path.read_bytes().isascii():
        rows = pd.read_csv(io.BytesIO(path.read_bytes()), dtype=str, keep_default_na=False, skip_blank_lines=True)
        if options["columns"].get("patient_id") is None:
            given_ids = {name.strip() for name in rows["patient_id"]}
            assert given_ids == out | set(table["patient_id"])


def features_of(n_rows=N):
    values = np.random.default_rng(0).normal(size=(n_rows, 4))
    return [["patient_id", *"abcd"]] + [
        [f"P{number:02d}", *map(repr, map(float, row))] for number, row in enumerate(values, start=1)
    ]


def assert_features(table):
    assert table.columns[0] == "patient_id"
    assert table["patient_id"].is_unique
    assert (table["patient_id"] != "").all()
    values = table.drop(columns="patient_id").to_numpy()
    assert values.dtype == np.float64
    assert values.shape[1]
    assert (np.isnan(values) | (np.abs(values) <= LARGEST)).all()


@trials("feature tables, CSV", 80)
@given(csv_files(features_of()))
def test_feature_table(tmp_path, content):
    path = tmp_path / "features.csv"
    path.write_bytes(content)
    found = or_said(path, lambda: read_feature_table(conf.cohort(features=str(path))))
    if found is not None:
        assert_features(found.table)


@pytest.fixture(scope="module")
def parquet():
    frame = pd.DataFrame(features_of()[1:], columns=["patient_id", *"abcd"]).astype(dict.fromkeys("abcd", float))
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


COLUMNS = st.sampled_from(
    [
        [1.0, 2.0, 3.0], [1, 2, 3], [True, False, True], [1.0, np.nan, np.inf], [1e200, 1.0, 2.0], [1e-300, 0.0, 0.0], ["1", "2", "3"],
        [None, None, None], [b"a", b"b", b"c"], [2**63 - 1, 0, 1], [[1], [2], [3]], [{"a": 1}] * 3, ["P1", "P1", "P2"], ["", " ", "P1"],
        list(pd.date_range("2020-01-01", periods=3)), pd.Categorical(["a", "b", "a"]), list(pd.to_timedelta([1, 2, 3], unit="D")),
        pd.array([1, None, 3], dtype="Int64"), np.array([1, 2, 3], "f4"), np.array([1, 2, 3], "f2"), np.array([1, 2, 3], "u8"),
        [complex(1), complex(2), complex(3)][:0] or ["c"] * 3,
    ]
)  # fmt: skip


@trials("feature tables, Parquet", 60)
@given(st.data())
def test_parquet(tmp_path, parquet, data):
    path = tmp_path / "features.parquet"
    if data.draw(st.booleans()):
        path.write_bytes(data.draw(bytes_spoilt(parquet)))
    else:
        names = data.draw(
            st.lists(st.sampled_from(["patient_id", "a", "b", "", "<b>", "x\ny"]), min_size=1, max_size=4, unique=True)
        )
        names = ["patient_id", *names] if data.draw(st.booleans()) and "patient_id" not in names else names
        frame = pd.DataFrame({name: data.draw(COLUMNS) for name in names})
        frame.to_parquet(path, index=data.draw(st.sampled_from([None, True, False])))
    found = or_said(path, lambda: read_feature_table(conf.cohort(features=str(path))))
    if found is not None:
        assert_features(found.table)
