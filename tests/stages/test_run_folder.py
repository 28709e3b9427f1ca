"""Files of a run: whole or absent."""

import json
import math

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from reliability import EARLIER, Fault

from radsurv.catalogue.record import StageExecution, StageRecord
from radsurv.catalogue.stages import BY_NAME, STAGES
from radsurv.catalogue.tables import COHORT, FEATURES, PERMUTATIONS, QC_COLUMNS, ROI_INDEX
from radsurv.config import Config
from radsurv.errors import ConfigError, RadsurvError
from radsurv.stages.run_folder import RunFolder

AGAIN = "run that stage and those after it again, or `radsurv run`: the same bytes"
FAULTS = [
    Fault(
        kind=EARLIER, fault=f"`{file}` is cut short, and a later stage is to read it", status=None, lost="that file", then=AGAIN, case=file,
        said=f"{file} is damaged (",
    )
    for file in ("qc/cohort.csv", "metrics/evaluate.json", "provenance/cohort.json", "rois/index.parquet")
]  # fmt: skip
TABLE = pd.DataFrame({"patient_id": ["a", "b"], "x": [1.0, math.nan]})


def test_tables_come_back_and_equal_tables_have_equal_bytes(tmp_path):
    first, second = RunFolder(tmp_path / "1"), RunFolder(tmp_path / "2")
    for folder in (first, second):
        folder.write(TABLE, COHORT, simulated=False)
    pd.testing.assert_frame_equal(first.read(COHORT), TABLE)
    assert first.path(COHORT).read_bytes() == second.path(COHORT).read_bytes()


def test_a_simulated_table_says_so_in_its_schema(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write(TABLE, COHORT, simulated=True)
    folder.write(TABLE, FEATURES, simulated=False)
    assert pq.read_schema(folder.path(COHORT)).metadata[b"radsurv"] == b"SIMULATED"
    assert b"radsurv" not in pq.read_schema(folder.path(FEATURES)).metadata


def test_json_has_null_where_nothing_can_be_computed(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json(
        {"a": math.nan, "b": np.float32("inf"), "c": [np.int64(3), {"d": np.bool_(True)}]}, folder.metrics
    )
    assert json.loads(folder.metrics.read_text()) == {"a": None, "b": None, "c": [3, {"d": True}]}


def test_quality_control_has_the_ids_of_the_cohort_whatever_they_begin_with(tmp_path):
    """The files are opened in spreadsheets, and read back by the stages that follow."""
    folder, ids = RunFolder(tmp_path), ["=cmd|' /C calc'!A0", "-3", "'=1", "P1"]
    rows = pd.DataFrame({"patient_id": ids, "status": "excluded", "stage": "cohort", "reason": "@x"})
    folder.write_csv(rows, folder.stage_qc("cohort"))
    assert "\n=" not in folder.stage_qc("cohort").read_text()
    pd.testing.assert_frame_equal(folder.read_qc(), rows)
    folder.write_refusal(rows)
    assert "\n=" not in folder.refusal.read_text()


def test_an_unfinished_run_has_all_of_its_files_in_a_folder_of_its_own(tmp_path):
    """But for who was left out of a run that could not be: that is for the user's eyes, and no result."""
    folder, unfinished = RunFolder(tmp_path), RunFolder(tmp_path, unfinished=True)
    unfinished.opened_for(BY_NAME["cohort"]).write(TABLE, COHORT, simulated=False)
    unfinished.write_refusal(TABLE)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {".unfinished/cohort.parquet", "excluded.csv"}
    assert len(folder.outputs()) == len(unfinished.outputs())
    assert {path.relative_to(unfinished.root) for path in unfinished.outputs() if path != folder.refusal} == {
        path.relative_to(folder.root) for path in folder.outputs() if path != folder.refusal
    }
    with pytest.raises(ConfigError) as error:
        unfinished.read(FEATURES)
    assert str(error.value).startswith(f"{tmp_path / 'features.parquet'} is missing")


def test_what_a_stage_needs_of_earlier_ones_must_be_there(tmp_path):
    folder = RunFolder(tmp_path)
    report = folder.opened_for(BY_NAME["report"])
    for stage in ("cohort", "radiomics", "deep"):
        folder.write_csv(pd.DataFrame(columns=list(QC_COLUMNS)), folder.stage_qc(stage))
        folder.write_json(StageRecord(), folder.stage_provenance(stage))
    assert folder.read_qc().empty
    assert list(folder.records()) == ["cohort", "radiomics", "deep"]
    folder.write_metrics()
    for read, file in (
        (report.read_qc, "qc/evaluate.csv"),
        (report.write_metrics, "metrics/evaluate.json"),
        (report.records, "provenance/evaluate.json"),
    ):
        with pytest.raises(ConfigError, match=rf"{file} is missing, which stage evaluate writes"):
            read()
    with pytest.raises(AssertionError, match="does not read the metrics of evaluate"):
        folder.opened_for(BY_NAME["deep"]).read_metrics("evaluate")


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.case)
def test_a_damaged_file_names_itself_and_the_stage_that_writes_it(tmp_path, row):
    folder = RunFolder(tmp_path)
    rows = pd.DataFrame([("P1", "excluded", "cohort", 'a "quoted" reason')], columns=list(QC_COLUMNS))
    folder.write_csv(rows, folder.stage_qc("cohort"))
    folder.write_json({"harrell_c": 0.5}, folder.stage_metrics("evaluate"))
    folder.write_json(StageRecord(), folder.stage_provenance("cohort"))
    folder.write(pd.DataFrame(columns=list(ROI_INDEX.columns)), ROI_INDEX, simulated=False)
    path = tmp_path / row.case
    path.write_bytes(path.read_bytes()[:-5])
    stage = row.case.partition("/")[2].removesuffix(".csv").removesuffix(".json").replace("index.parquet", "cohort")
    read = {
        "qc/cohort.csv": folder.read_qc,
        "metrics/evaluate.json": lambda: folder.read_metrics("evaluate"),
        "provenance/cohort.json": folder.records,
        "rois/index.parquet": lambda: folder.read(ROI_INDEX),
    }
    with pytest.raises(RadsurvError) as error:
        read[row.case]()
    assert row.said in str(error.value)
    assert str(error.value).endswith(
        f": run stage {stage}, which writes it, and those after it again (dvc repro, or radsurv run)"
    )
    assert "\n" not in str(error.value)


def test_a_missing_table_names_the_command_that_makes_it(tmp_path):
    folder = RunFolder(tmp_path)
    with pytest.raises(ConfigError, match=r"cohort\.parquet is missing.*dvc repro"):
        folder.read(COHORT)


def test_a_stage_gets_only_what_the_catalogue_gives_it(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write(TABLE, COHORT, simulated=False)
    attribution = folder.opened_for(BY_NAME["attribution"])
    pd.testing.assert_frame_equal(attribution.read(COHORT), TABLE)
    with pytest.raises(AssertionError, match="does not read permutations"):
        attribution.read(PERMUTATIONS)
    with pytest.raises(AssertionError, match="does not write cohort"):
        attribution.write(TABLE, COHORT, simulated=False)
    with pytest.raises(AssertionError, match="permutations"):  # other columns than the catalogue's
        folder.opened_for(BY_NAME["significance"]).write(TABLE, PERMUTATIONS, simulated=False)


def test_metrics_of_the_stages_become_one_file_in_the_order_of_the_catalogue(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json({"simulated": 1, "harrell_c": math.nan, "n_patients": 3}, folder.stage_metrics("evaluate"))
    folder.write_json({"permutation_p": 0.5}, folder.stage_metrics("significance"))
    folder.write_metrics()
    found = json.loads(folder.metrics.read_text())
    assert list(found.items()) == [("n_patients", 3), ("harrell_c", None), ("permutation_p", 0.5), ("simulated", 1)]


def test_the_page_is_written_anew_for_every_option():
    """It shows all of them, also one whose change has moved no table."""
    assert set(STAGES[-1].params) == set(Config.model_fields)


def test_how_a_stage_went_is_told_of_its_own_results_alone(tmp_path):
    """DVC puts earlier results back, and no record of the run that made them."""
    folder = RunFolder(tmp_path)
    folder.write(TABLE, COHORT, simulated=False)
    folder.write_json(StageRecord(), folder.stage_provenance("cohort"))
    went = StageExecution(seconds=1.5, cache_dir="/cache", results=folder.results_hash("cohort"))
    folder.write_json(went, folder.stage_execution("cohort"))
    assert folder.executions() == {"cohort": went}
    folder.write(TABLE.assign(x=2.0), COHORT, simulated=False)
    assert folder.executions() == {}
    folder.write(TABLE, COHORT, simulated=False)
    assert folder.executions() == {"cohort": went}
    folder.write_json(StageRecord(notes=["another"]), folder.stage_provenance("cohort"))
    assert folder.executions() == {}
