"""``radsurv ingest`` from the shell to a run: what it prints, what it writes, and that the command it ends with works."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
import yaml
from ingest.conftest import write_volume
from survival_shapes import DAYS, EVENT, IDS, SHAPES, delimited

from radsurv.cli import main

QUICK = ("until=cohort", "tracking=none", "backbone=none", "compute.n_jobs=1")


@pytest.fixture
def ingest(tmp_path, monkeypatch, capfd):
    """Run the command; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def ingest(folder="images", clinical="clinical.csv", out="cohort", *options):
        status = main(["ingest", str(folder), "--clinical", str(clinical), "--out", str(out), *options])
        said = capfd.readouterr()
        return status, said.out, said.err

    return ingest


def printed_command(said):
    """The last line, as a shell would take it apart; without the program's name."""
    program, *arguments = shlex.split(said.rstrip("\n").rpartition("\n")[2])
    assert program == "radsurv"
    return arguments


def patients(root, ids=IDS, outline=True):
    for seed, one in enumerate(ids):
        write_volume(root / f"{one}_t1ce.nii.gz", outline=False, seed=seed)
        if outline:
            write_volume(root / f"{one}_seg.nii.gz", outline=True)


def write(path, text):
    Path(path).write_text(text, encoding="utf-8")


def test_the_printed_command_runs_stage_cohort_on_the_twelve(ingest, tmp_path):
    patients(tmp_path / "images")
    write("clinical.csv", SHAPES["TCGA biotab"])
    status, said, errors = ingest()
    assert (status, errors) == (0, "")
    assert main([*printed_command(said), *QUICK]) == 0
    cohort = pd.read_parquet("results/cohort.parquet")
    assert cohort["patient_id"].tolist() == IDS
    assert cohort["time"].tolist() == DAYS
    assert cohort["event"].tolist() == EVENT


HOSTILE = ["sp ace é", "[1]=x", 'a\'b "c"', "${seed}", "q?*#", "käse: {a}, 50%", "-+~@"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_a_folder_breaks_the_printed_command(ingest, tmp_path, name):
    patients(tmp_path / f"in {name}" / "images")
    write("clinical.csv", SHAPES["Lung1"])
    status, said, errors = ingest(f"in {name}", "clinical.csv", f"./{name}")
    assert (status, errors) == (0, "")
    assert main([*printed_command(said), *QUICK]) == 0
    assert pd.read_parquet("results/cohort.parquet")["patient_id"].tolist() == IDS


def test_hostile_ids_are_kept_or_left_out_by_name(ingest, tmp_path):
    kept = ["a b", "é", "[2]", "x=y", "it's", "${seed}", "#7", "=1+1", *IDS[:4]]
    patients(tmp_path / "images", kept)
    for bad in ("back\\slash", "line\nbreak"):
        patients(tmp_path / "images", [bad])
    rows = [["id", "time", "event"], *([f'"{one}"', "50", "1"] for one in [*kept, "back\\slash"])]
    write("clinical.csv", delimited(rows))
    status, said, _ = ingest()
    assert status == 0
    assert main([*printed_command(said), *QUICK]) == 0
    assert sorted(pd.read_parquet("results/cohort.parquet")["patient_id"]) == sorted(kept)
    left_out = pd.read_csv("cohort/left_out.csv").set_index("patient_id")["reason"]
    assert left_out["back\\slash"].startswith("the id is no 1 to 128 printable characters")
    assert "line\\nbreak" in left_out
    assert yaml.safe_load(Path("cohort/cohort.yaml").read_text("utf-8"))["cohort"]["table"] == "cohort/clinical.csv"


PRINTED = """\
clinical table: file: ASCII, columns separated by commas
clinical table: id column: 'Patient' (the column with most ids of the images): 11 of 12 patients with images, 12 ids in the table
clinical table: ids that are the same: 10
clinical table: ids that differ in upper and lower case: 1 matched, first 'p11' (images) with 'P11' (table)
follow-up: rule 'time_and_event': time is Survival.time, in days (assumed, its name has no unit; else --time-unit months or years); \
event is deadstatus.event: '1' = 1 (8 rows), '0' = 0 (4 rows)
follow-up: 10 patients take part: 6 events, 4 censored; time in days (cohort.time_unit): median survival 736 (2.0 years) by Kaplan-Meier, \
median follow-up 974 (2.7 years) by reverse Kaplan-Meier, range 72 to 1,379
images: 23 files in images, laid out as by the names of files and folders
images: image: t1ce, the default (--sequence asks for another), of t1ce (12 files)
images: 20 files linked into cohort/ingested_images (hard links: no space is taken)
columns: not carried over, since they tell the outcome or are its source: Patient, Survival.time, deadstatus.event
left out: 3 patients, each with the reason in left_out.csv
  P01: no outline among its files (P01_t1ce.nii.gz)
  Q13: no row of clinical.csv has this id
  1 patient of the clinical table without an image: P12

written: cohort; look at cohort.yaml, then run

  radsurv run --config-dir=cohort --config-name=cohort
"""


def test_every_decision_is_printed_and_is_a_comment_of_the_options(ingest, tmp_path):
    patients(tmp_path / "images", [*IDS[1:10], "p11", "Q13"])
    patients(tmp_path / "images", ["P01"], outline=False)
    write("clinical.csv", SHAPES["Lung1"])
    status, said, _ = ingest()
    assert status == 0
    assert said == PRINTED
    options = Path("cohort/cohort.yaml").read_text("utf-8")
    for line in PRINTED.splitlines()[:11]:
        assert f"# - {line}\n" in options
    assert pd.read_csv("cohort/clinical.csv")["clinical_id"].tolist() == IDS[1:11]


def test_images_below_the_cohort_are_named_where_they_are(ingest, tmp_path):
    patients(tmp_path / "data/images")
    write("data/table.csv", SHAPES["Lung1"])
    status, said, _ = ingest("data/images", "data/table.csv", "data")
    assert status == 0
    assert "linked" not in said
    assert pd.read_csv("data/clinical.csv")["image"].iloc[0] == "images/P01_t1ce.nii.gz"


def test_links_are_the_files_themselves(ingest, tmp_path):
    patients(tmp_path / "images")
    write("clinical.csv", SHAPES["Lung1"])
    ingest()
    assert Path("cohort/ingested_images/P01_t1ce.nii.gz").samefile("images/P01_t1ce.nii.gz")


def test_a_file_below_the_cohort_that_is_a_link_out_of_it_is_linked_as_well(ingest, tmp_path):
    """As git-annex and DVC keep files; a run refuses links that lead out of the cohort's folder."""
    patients(tmp_path / "data/images")
    (tmp_path / "store").mkdir()
    image = tmp_path / "data/images/P01_t1ce.nii.gz"
    image.rename(tmp_path / "store/1.nii.gz")
    image.symlink_to(tmp_path / "store/1.nii.gz")
    write("clinical.csv", SHAPES["Lung1"])
    status, said, _ = ingest("data/images", "clinical.csv", "data")
    assert status == 0
    assert "1 file linked into data/ingested_images" in said
    assert main([*printed_command(said), *QUICK]) == 0
    assert len(pd.read_parquet("results/cohort.parquet")) == 12


def test_another_disk_gets_copies_and_says_so(ingest, tmp_path, monkeypatch):
    def another_disk(*_):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", another_disk)
    patients(tmp_path / "images")
    write("clinical.csv", SHAPES["Lung1"])
    _, said, _ = ingest()
    assert "24 files copied into cohort/ingested_images: another disk" in said
    assert Path("cohort/ingested_images/P01_t1ce.nii.gz").read_bytes() == Path("images/P01_t1ce.nii.gz").read_bytes()


def test_what_is_there_is_not_overwritten_unless_asked(ingest, tmp_path):
    patients(tmp_path / "images")
    write("clinical.csv", SHAPES["Lung1"])
    assert ingest()[0] == 0
    write("cohort/cohort.yaml", "mine")
    status, _, errors = ingest()
    assert status == 1
    assert "cohort has clinical.csv and left_out.csv and cohort.yaml already, perhaps edited" in errors
    assert Path("cohort/cohort.yaml").read_text() == "mine"
    assert ingest("images", "clinical.csv", "cohort", "--overwrite")[0] == 0
    status, _, errors = ingest("images", "cohort/clinical.csv", "cohort", "--overwrite")
    assert status == 1
    assert "would be overwritten by the cohort table" in errors


REFUSED = {
    "several labels": (
        lambda root: write_volume(root / "P03_seg.nii.gz", outline=True, labels=(1, 2)),
        [],
        r"the outlines of 1 of 12 patients have several labels, first P03_seg\.nii\.gz: 1, 2 \(1 patient\).*--mask-label N",
    ),
    "a column that tells the outcome": (
        lambda root: None,
        ["--keep", "Survival.time"],
        "--keep Survival.time: the follow-up",
    ),
    "a column that is not there": (
        lambda root: None,
        ["--keep", "x"],
        "--keep x: the clinical table has no such column",
    ),
    "no role": (
        lambda root: None,
        ["--column", "when=x"],
        "--column when=x: expected ROLE=NAME, ROLE being one of id, time",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_decided_is_one_line_and_nothing_is_written(ingest, tmp_path, case):
    change, options, expected = REFUSED[case]
    patients(tmp_path / "images")
    change(tmp_path / "images")
    write("clinical.csv", SHAPES["Lung1"])
    status, said, errors = ingest("images", "clinical.csv", "cohort", *options)
    assert (status, said) == (1, "")
    assert re.search(expected, errors)
    assert errors.count("\n") == 1
    assert not Path("cohort").exists()


def test_a_label_that_is_named_is_in_the_options(ingest, tmp_path):
    patients(tmp_path / "images")
    write_volume(tmp_path / "images/P03_seg.nii.gz", outline=True, labels=(1, 2))
    write("clinical.csv", SHAPES["Lung1"])
    status, _, _ = ingest("images", "clinical.csv", "cohort", "--mask-label", "1")
    assert status == 0
    assert yaml.safe_load(Path("cohort/cohort.yaml").read_text())["cohort"]["mask_label"] == 1


def test_a_cohort_that_is_too_small_is_written_and_said_to_stop(ingest, tmp_path):
    patients(tmp_path / "images", IDS[:4])
    write("clinical.csv", SHAPES["Lung1"])
    status, said, _ = ingest()
    assert status == 0
    assert (
        "doubtful: stage cohort will stop: cohort/clinical.csv: 4 patients can take part; expected at least 10" in said
    )


def test_nobody_in_common_with_usable_follow_up_is_refused(ingest, tmp_path):
    patients(tmp_path / "images", IDS, outline=False)
    write("clinical.csv", SHAPES["Lung1"])
    status, _, errors = ingest()
    assert status == 1
    assert "nobody has an image, an outline and follow-up; 12 left out" in errors


def test_exports_of_archives_that_went_wrong(ingest, shared, tmp_path):
    """The counts were taken from the files by hand: 105 rows, Not Reported and missing days among them."""
    table = pd.read_csv(shared / "cases/clinical/gdc_clinical.csv")
    dead = (table["vital_status"] == "Dead") & (table["days_to_death"] != "'--")
    alive = (table["vital_status"] == "Alive") & (table["days_to_last_follow_up"] != "'--")
    first = table["case_submitter_id"][:20].tolist()
    patients(tmp_path / "images", first)
    status, _, _ = ingest("images", shared / "cases/clinical/gdc_clinical.csv")
    assert status == 0
    cohort = pd.read_csv("cohort/clinical.csv").set_index("patient_id")
    expected = table[dead | alive].set_index("case_submitter_id")
    taking_part = [one for one in first if one in expected.index]
    assert sorted(cohort.index) == sorted(taking_part)
    assert cohort["event"].sum() == (expected.loc[taking_part, "vital_status"] == "Dead").sum()
    ingest("images", shared / "cases/clinical/cbioportal_patient.txt", "portal")
    portal = pd.read_csv("portal/clinical.csv").set_index("patient_id")
    assert portal.loc[first[0], "time"] == pytest.approx(4.70 * 30.4375)
    assert portal.loc[first[0], "event"] == 1
