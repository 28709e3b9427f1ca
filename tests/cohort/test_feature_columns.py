"""Tables as programs write them give the features of the clean table, and one note says what else is in them."""

import pandas as pd
import pytest
from feature_tables import NAMES, as_written, clean

import conf
from radsurv.cohort.ready_features import read_feature_table
from radsurv.errors import CohortError, ConfigError, TableFaults

PATIENTS = [f"P{number:02d}" for number in range(12)]
IDS = {"pyradiomics": {"feature_id": "ID"}, "MIRP": {}, "PyCERR": {"feature_id": "id"}}
TOLD = {
    "pyradiomics": "2 with text ('Image', 'Mask'), 1 of the batch file of pyradiomics ('Label'), 22 diagnostics_*",
    "MIRP": "26 image_* of MIRP",
    "PyCERR": "5 diagnostics of PyCERR ('numVoxelsOrig', 'numVoxelsInterpReseg', 'meanIntensityInterpReseg', …)",
}


@pytest.fixture
def read(tmp_path):
    """Reads a text as a feature table; `table` is that of the cohort."""

    def read(text, table="clinical.csv", name="features.csv", **options):
        if isinstance(text, str):
            (tmp_path / name).write_text(text, encoding="utf-8")
        else:
            text.to_parquet(tmp_path / name)
        return read_feature_table(
            conf.cohort(name="c", table=str(tmp_path / table), features=str(tmp_path / name), **options)
        )

    return read


@pytest.mark.parametrize("program", NAMES)
@pytest.mark.parametrize("index", [False, True])
def test_features_are_those_of_the_clean_table(read, program, index):
    expected = clean(program, PATIENTS)
    text, told = as_written(program, expected), TOLD[program]
    if index and program != "MIRP":
        lines = text.splitlines()
        text = "\n".join([f",{lines[0]}", *(f"{row},{line}" for row, line in enumerate(lines[1:]))])
        told = f"1 index column ('Unnamed: 0'), {told}"
    found = read(text, **IDS[program])
    pd.testing.assert_frame_equal(found.table, expected)
    (note,) = found.notes
    assert note.endswith(f"features.csv: 3 features; not read: {told}")
    assert read(expected.to_csv(index=False)).notes == []


@pytest.mark.parametrize("program", NAMES)
def test_so_are_those_of_a_parquet_file(read, program, tmp_path):
    expected = clean(program, PATIENTS)
    (tmp_path / "written.csv").write_text(as_written(program, expected))
    table = pd.read_csv(tmp_path / "written.csv", sep=";" if program == "MIRP" else ",")
    of_text = read(as_written(program, expected), **IDS[program])
    found = read(table, name="features.parquet", **IDS[program])
    pd.testing.assert_frame_equal(found.table, of_text.table, rtol=1e-15)
    assert found.notes[0].split(": ", 1)[1] == of_text.notes[0].split(": ", 1)[1]


def test_features_by_pattern(read):
    expected = clean("pyradiomics", PATIENTS)
    text = as_written("pyradiomics", expected)
    options = {"feature_id": "ID", "feature_columns": ["original_*", "diagnostics_Mask-original_VoxelNum"]}
    found = read(text, **options)
    assert list(found.table) == ["patient_id", "diagnostics_Mask-original_VoxelNum", *NAMES["pyradiomics"][:2]]
    assert found.notes[0].endswith(
        "3 features; not read: 25 that cohort.feature_columns does not name ('Image', 'Mask', 'Label', …)"
    )
    with pytest.raises(ConfigError, match=r"'orginal_\*' matches no column of .*features.csv; it has 'Image', 'Mask'"):
        read(text, feature_id="ID", feature_columns=["original_*", "orginal_*"])
    with pytest.raises(TableFaults, match=r"line 2: 'Image' is '/data/P00.*more such cells.*line 2: 'Mask' is "):
        read(text, feature_id="ID", feature_columns=["original_*", "Image", "Mask"])
    brackets = expected.rename(columns={"original_shape_MeshVolume": "f[1]"}).to_csv(index=False)
    assert list(read(brackets, feature_columns=["f[1]"]).table) == ["patient_id", "f[1]"]


def test_the_column_of_ids(read):
    text = "a,who,patient_id\n1,P1,P7\n2,P2,P8\n"
    assert read(text).table["patient_id"].tolist() == ["P7", "P8"]
    found = read(text, feature_id="who")
    assert found.table.to_dict("list") == {"patient_id": ["P1", "P2"], "a": [1.0, 2.0]}
    text = "a,who\n1,P1\n2,P2\n"
    assert read(text, columns={"patient_id": "who"}).table["patient_id"].tolist() == ["P1", "P2"]
    with pytest.raises(CohortError, match=r"name the one of ids with cohort.feature_id=YOURS"):
        read(text)
    with pytest.raises(CohortError, match=r"cohort\.feature_id: no column 'Who'; nearest: 'who'"):
        read(text, feature_id="Who")
    assert read(",a\nP1,1\nP2,2\n", feature_id="").table["patient_id"].tolist() == ["P1", "P2"]
    with pytest.raises(CohortError, match=r"cohort\.feature_id: no column 'P'"):
        read(pd.DataFrame({"a": [1.0]}), name="f.parquet", feature_id="P")


@pytest.fixture
def one_file():
    """Features and clinical data of twelve patients, with a second outcome that nobody asked for, and a row to leave out."""
    table = clean("pyradiomics", [*PATIENTS, "P11"])
    times = [float(100 + 37 * row % 500) for row in range(13)]
    clinical = {
        "PatientID": table.pop("patient_id"), "age": 60, "grade": [2, 3] * 6 + [2], "Survival.time": times,
        "deadstatus.event": [1, 0] * 6 + [1], "PFS_days": [time / 2 + row for row, time in enumerate(times)],
        "Histology": "adenocarcinoma", "visit": [1] * 12 + [2],
    }  # fmt: skip
    return pd.concat([pd.DataFrame(clinical), table], axis=1)


LUNG1 = {
    "columns": {"patient_id": "PatientID", "time": "Survival.time", "event": "deadstatus.event"},
    "covariates": ["age"],
    "select": {"visit": [1]},
}


@pytest.mark.parametrize("name", ["both.csv", "both.parquet"])
def test_of_one_file_the_clinical_columns_are_no_features(read, one_file, name):
    text = one_file.to_csv(index=False) if name == "both.csv" else one_file
    found = read(text, table=name, name=name, **LUNG1)
    assert list(found.table) == ["patient_id", *NAMES["pyradiomics"]]
    assert found.table["patient_id"].tolist() == PATIENTS
    assert found.notes[0].endswith(
        f"{name} (the cohort table, too): 3 features; not read: 6 clinical ('age', 'Survival.time', 'deadstatus.event', …),"
        " 1 with text ('Histology')"
    )


def test_no_pattern_makes_a_feature_of_an_outcome_or_a_covariate_of_one_file(read, one_file):
    text = one_file.drop(columns="Histology").to_csv(index=False)
    found = read(text, table="features.csv", feature_columns=["*"], **LUNG1)
    assert list(found.table) == ["patient_id", "grade", "PFS_days", *NAMES["pyradiomics"]]
    for pattern in ("Survival.time", "deadstatus*", "age"):
        with pytest.raises(
            ConfigError, match="which the cohort table is read for: an outcome or a covariate is no feature"
        ):
            read(text, table="features.csv", feature_columns=["original_*", pattern], **LUNG1)


def test_which_columns_of_one_file_are_features_is_not_guessed(read, one_file):
    names = ["T1_mean", "T1_range", "T2_mean"]
    text = one_file.rename(columns=dict(zip(NAMES["pyradiomics"], names, strict=True))).to_csv(index=False)
    expected = r"cannot be told from the names; expected 'cohort.feature_columns=\[PATTERN\]', for instance \[T1_\*\]"
    with pytest.raises(CohortError, match=expected):
        read(text, table="features.csv", **LUNG1)
    found = read(text, table="features.csv", feature_columns=["T?_*"], **LUNG1)
    assert list(found.table) == ["patient_id", *names]
