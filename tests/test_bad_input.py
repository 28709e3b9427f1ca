"""What is said of input with faults, and docs/bad-input.md, which says the same."""

import contextlib
import io
import warnings

import pandas as pd
import pytest
from bad_input import PAGE, TAKEN, Bad, Row, all_rows, written
from bad_input_files import IMAGE, MASK, MASKS, put
from doc_pages import REWRITE, holds

from radsurv.cli import main

ROWS = all_rows()
N_SOUND = 4
FAULTS = {"error", "excluded"}


def test_what_is_said_of_patients_and_that_nobody_else_is_at_fault(tmp_path):
    """One look at a cohort of all of them, and some sound ones."""
    rows, table = {}, []
    for number in range(N_SOUND):
        own = tmp_path / f"sound{number}"
        own.mkdir()
        table.append((own.name, put(own, "image.nii", IMAGE + number), put(own, "mask.nii", MASK)))
    for number, row in enumerate(row for row in ROWS if isinstance(row, Bad)):
        if row.shared and not MASKS.is_dir():
            continue
        own = tmp_path / f"B{number:02d}"
        own.mkdir()
        with warnings.catch_warnings(action="ignore"):  # what pydicom says of values that it is made to write
            table.append((own.name, *row.make(own)))
        rows[own.name] = row
    frame = pd.DataFrame(table, columns=["patient_id", "image", "mask"]).assign(time=100, event=1)
    frame.to_csv(tmp_path / "clinical.csv", index=False)
    status, said, checks = looked_at(tmp_path)
    assert status == 1
    assert "Traceback" not in said
    assert not checks["what"].str.contains("\n|Traceback|unexpected").any()
    missed, at_fault = {}, {patient for patient, row in rows.items() if row.severity in FAULTS and row.said != TAKEN}
    for patient, row in rows.items():
        its = checks[(checks["patient_id"] == patient) & (checks["severity"] == row.severity)]
        shown = "; ".join(its["what"] + "; " + its["remedy"])
        if row.said not in shown and row.said != TAKEN:
            missed[f"{row.kind}: {row.given}"] = shown
    assert missed == {}
    assert set(checks.loc[checks["severity"].isin(FAULTS), "patient_id"]) == at_fault


def looked_at(folder):
    """Exit status of `radsurv check`, all that it says, and the rows that it writes."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        status = main(["check", f"cohort.table={folder / 'clinical.csv'}", f"run_dir={folder / 'out'}",
                       "backbone=none", "compute.n_jobs=1", "cohort.covariates=[]"])  # fmt: skip
    return status, said.getvalue(), pd.read_csv(folder / "out/checks.csv", dtype=str, keep_default_na=False)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if isinstance(row, Row)], ids=lambda row: f"{row.kind}: {row.given}"[:100]
)
def test_of_a_table_or_an_option(row, tmp_path):
    said = row.say(tmp_path)
    assert row.said in said
    assert "Traceback" not in said


def test_the_page_is_what_the_tests_say():
    assert holds(PAGE, written(ROWS)), f"{REWRITE}=1 pytest tests/test_bad_input.py writes it again"


def test_no_input_stands_there_twice():
    given = [(row.kind, row.given) for row in ROWS]
    assert len(set(given)) == len(given) >= 60
