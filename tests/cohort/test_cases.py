"""Small tables that went wrong, each in the way that a public report tells."""

import pandas as pd
import pytest

import conf
from radsurv.cohort.ready_features import match_patients, read_feature_table
from radsurv.cohort.table import read_table
from radsurv.errors import CohortError
from radsurv.stages.follow_up import doubts


@pytest.fixture
def case(shared):
    """The configuration of a case by its folder, with options."""

    def case(name, **options):
        folder = shared / "cases" / "tables" / name
        if not folder.is_dir():
            pytest.skip("needs ../shared/cases")
        ready = folder / "features.csv"
        features = str(ready) if ready.exists() else "none.csv"
        return conf.cohort(name=name, table=str(folder / "clinical.csv"), features=features, **options)

    return case


def test_one_missing_age_of_an_archive(case):
    table, _ = read_table(case("age_gdc", covariates=["age"]))
    assert table["age"].isna().sum() == 1


def test_a_typing_error_in_a_covariate(case):
    table, qc = read_table(case("cov_typo", covariates=["size_mm"]))
    assert table["size_mm"].isna().sum() == 1
    assert qc["reason"].str.startswith("size_mm: 'n.a.' is read as no value (1 patient)").any()


def test_decimal_commas_in_quotation_marks(case):
    with pytest.raises(
        CohortError, match=r"time: line 2 \(patient 'P001'\) has '26,4' \(a decimal comma: write a point\)"
    ):
        read_table(case("deccomma_quoted", time_unit="months"))


@pytest.mark.parametrize(
    ("name", "what"),
    [("zeros_lost", "leading zeros"), ("float_ids", "'1.0' for '1'"), ("short_barcode", "a part such as")],
)
def test_ids_that_match_nowhere(case, name, what):
    config = case(name)
    table, _ = read_table(config)
    with pytest.raises(CohortError, match=f"24 would match but for {what}"):
        match_patients(table, read_feature_table(config).table, config.features)


def test_an_index_is_no_feature(case):
    config = case("index_col")
    features = read_feature_table(config).table
    assert list(features) == ["patient_id", *(f"f{number}" for number in range(6))]
    assert "Unnamed: 0" not in read_table(config)[0]
    assert len(match_patients(read_table(config)[0], features, config.features).cohort) == 24


@pytest.mark.parametrize(
    ("name", "unit", "message"),
    [
        ("days_as_years", "years", "longer than people live"),
        ("excelserial", "days", "dates as Excel stores them"),
        ("tied_months", "days", "such times look like months or years"),
        ("ext_units", "days", "times are no whole numbers; such times look like months"),
        ("alltied", "days", "every time is 100"),
    ],
)
def test_times_that_cannot_be(case, name, unit, message):
    table, _ = read_table(case(name, time_unit=unit))
    assert any(message in doubt for doubt in doubts(table, unit))


def test_labels_of_events_without_case(case):
    table, _ = read_table(case("deceased", values={"event": {"1:deceased": 1, "0:living": 0}}))
    assert table["event"].sum() == 14


def test_an_export_of_an_archive(shared, tmp_path):
    path = shared / "cases" / "clinical" / "gdc_clinical.csv"
    if not path.exists():
        pytest.skip("needs ../shared/cases")
    raw = pd.read_csv(path, dtype=str)
    raw[raw["vital_status"] == "Dead"].to_csv(tmp_path / "dead.csv", index=False)
    columns = {"patient_id": "case_submitter_id", "time": "days_to_death", "event": "vital_status"}
    config = conf.cohort(
        name="gdc", table=str(tmp_path / "dead.csv"), features="none.csv", columns=columns,
        values={"event": {"dead": 1}}, covariates=["karnofsky_performance_score"],
    )  # fmt: skip
    table, _ = read_table(config)
    assert table["karnofsky_performance_score"].dtype == float
    assert table["tumor_grade"].isna().all()
