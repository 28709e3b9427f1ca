"""Nobody vanishes: one verdict per patient, by the first stage that gave up."""

import random

import pandas as pd

from radsurv.catalogue.tables import QC_COLUMNS
from radsurv.stages.qc import QcLog, excluded_note, merged, write_merged
from radsurv.stages.run_folder import RunFolder


def log(stage, *rows):
    qc = QcLog(stage)
    for row in rows:
        qc.add(*row)
    return qc.table()


def test_every_patient_has_one_verdict_and_all_their_warnings(tmp_path):
    folder = RunFolder(tmp_path)
    tables = {
        "cohort": log("cohort", ("a", "included", ""), ("b", "excluded", "no image"), ("c", "included", "")),
        "radiomics": log("radiomics", ("a", "warning", "few levels"), ("a", "warning", "two islands")),
        "deep": log("deep", ("c", "excluded", "one pixel")),
        "evaluate": log("evaluate", ("c", "excluded", "later, not the reason")),
    }
    for stage, table in tables.items():
        folder.write_csv(table, folder.stage_qc(stage))
    write_merged(folder)
    merged = pd.read_csv(folder.qc, keep_default_na=False)
    assert merged.values.tolist() == [
        ["a", "included", "", ""],
        ["a", "warning", "radiomics", "few levels"],
        ["a", "warning", "radiomics", "two islands"],
        ["b", "excluded", "cohort", "no image"],
        ["c", "excluded", "deep", "one pixel"],
    ]
    assert merged.columns.tolist() == list(QC_COLUMNS)


def test_the_note_names_the_excluded_and_is_silent_without():
    assert excluded_note(log("deep")) == []
    rows = [(f"p{number}", "excluded", "empty") for number in range(7)]
    assert excluded_note(log("deep", *rows)) == ["7 patients excluded: p0, p1, p2, p3, p4, … (reasons in qc.csv)"]


def test_merging_is_that_of_going_through_the_patients_one_by_one():
    draw = random.Random(0)
    rows = [
        (
            draw.choice("cab ☃"),
            draw.choice(["included", "warning", "excluded"]),
            f"stage {number % 3}",
            f"reason {number}",
        )
        for number in range(60)
    ]
    rows += [("late", "warning", "deep", "alone")]
    expected = []
    for patient in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == patient]
        verdict = next((row for row in own if row[1] == "excluded"), (patient, "included", "", ""))
        expected += [verdict, *(row for row in own if row[1] == "warning")]
    found = merged(pd.DataFrame(rows, columns=list(QC_COLUMNS)))
    assert [*found.itertuples(index=False, name=None)] == expected
    assert found.index.tolist() == [*range(len(expected))]
    assert merged(pd.DataFrame([], columns=list(QC_COLUMNS))).columns.tolist() == list(QC_COLUMNS)
