"""Reading 0 is analysed and may exclude a patient; a further reading only ever warns."""

from pathlib import Path

import numpy as np
import pandas as pd

from radsurv.catalogue.tables import DEEP, DEEP_READINGS, RADIOMICS, RADIOMICS_READINGS
from radsurv.stages.qc import QcLog
from radsurv.stages.reading_tables import ReadingTables
from radsurv.stages.roi_store import StoredRegion
from radsurv.stages.run_folder import RunFolder


def region(patient, reading, part=""):
    return StoredRegion(patient, reading, 0, "image", Path("nowhere"), f"{patient}{reading}", 3, part)


def test_readings_are_told_apart(tmp_path):
    folder, qc = RunFolder(tmp_path), QcLog("radiomics")
    tables = ReadingTables(["x", "y"], qc)
    tables.add(region("a", 0), np.array([1.0, 2.0]), ["few levels"], cached=True)
    tables.add(region("a", 1), np.array([3.0, np.nan]), ["fewer levels"], cached=False)
    tables.add(region("b", 0), np.array([5.0, 6.0]), cached=False)
    tables.fail(region("b", 1), "one pixel")
    tables.fail(region("c", 0), "no image")
    tables.write(folder, RADIOMICS, RADIOMICS_READINGS, simulated=False)
    analysed = pd.DataFrame({"patient_id": ["a", "b"], "x": [1.0, 5.0], "y": [2.0, 6.0]})
    pd.testing.assert_frame_equal(folder.read(RADIOMICS), analysed)
    further = pd.DataFrame({"patient_id": ["a"], "reading": [1], "x": [3.0], "y": [np.nan]})
    pd.testing.assert_frame_equal(folder.read(RADIOMICS_READINGS), further)
    assert tables.summary() == "2 patients × 2 features, further readings: 1, 1 from the cache"
    rows = qc.table()[["patient_id", "status", "reason"]].values.tolist()
    assert rows[0] == ["a", "warning", "few levels"]
    assert rows[1][:2] == ["b", "warning"]
    assert rows[1][2] == (
        "reading 1 (a second outline, or a variant of the first) cannot be used (one pixel): the patient is left out of the"
        " agreement of readings only"
    )
    assert rows[2] == ["c", "excluded", "no image"]


def test_no_further_reading_is_a_table_without_rows(tmp_path):
    folder = RunFolder(tmp_path)
    tables = ReadingTables(["x"], QcLog("deep"))
    tables.add(region("a", 0), np.array([1.0], dtype=np.float32), cached=False)
    tables.write(folder, DEEP, DEEP_READINGS, simulated=False)
    empty = folder.read(DEEP_READINGS)
    assert empty.columns.tolist() == ["patient_id", "reading", "x"]
    assert len(empty) == 0
    assert tables.summary(" of resnet18") == "1 patients × 1 features of resnet18, 0 from the cache"


def test_parts_stand_side_by_side_and_who_lacks_one_is_out(tmp_path):
    folder, qc = RunFolder(tmp_path), QcLog("radiomics")
    tables = ReadingTables(["x", "y"], qc)
    for patient, start in (("a", 1.0), ("b", 10.0)):
        for reading in (0, 1):
            values = start + reading * 100 + np.arange(2.0)
            tables.add(region(patient, reading, "core"), values, ["few levels"], cached=patient == "a")
            if patient == "a":
                tables.add(region(patient, reading, "all"), values + 2, cached=reading == 0)
    tables.fail(region("b", 0, "all"), "no image")
    tables.fail(region("b", 1, "all"), "no image")
    tables.fail(region("c", 0, "core"), "one")
    tables.fail(region("c", 0, "all"), "other")
    tables.write(folder, RADIOMICS, RADIOMICS_READINGS, simulated=False)
    names = ["core_x", "core_y", "all_x", "all_y"]
    analysed = pd.DataFrame([["a", 1.0, 2.0, 3.0, 4.0]], columns=["patient_id", *names])
    pd.testing.assert_frame_equal(folder.read(RADIOMICS), analysed)
    further = pd.DataFrame([["a", 1, 101.0, 102.0, 103.0, 104.0]], columns=["patient_id", "reading", *names])
    pd.testing.assert_frame_equal(folder.read(RADIOMICS_READINGS), further)
    assert tables.summary() == "1 patients × 4 features, further readings: 1, 1 from the cache"
    rows = qc.table()
    assert rows[rows["status"] == "excluded"][["patient_id", "reason"]].values.tolist() == [
        ["b", "region all: no image"],
        ["c", "region core: one"],
    ]
    assert rows["reason"].tolist().count("region core: few levels") == 2
