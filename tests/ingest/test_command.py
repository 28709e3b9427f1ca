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


GDC = """\
case_submitter_id,project_id,vital_status,days_to_death,days_to_last_follow_up,age_at_index,age_at_diagnosis,gender,tumor_grade
{rows}
TCGA-02-0013,TCGA-GBM,Not Reported,397,'--,80,29351,male,Not Reported
TCGA-02-0014,TCGA-GBM,Alive,'--,'--,73,26802,male,Not Reported
TCGA-02-0099,TCGA-GBM,Dead,120,'--,66,24107,female,Not Reported
"""


def transcripts(ingest, root):
    """What docs/ingest.md shows, by the command."""
    rows = []
    for n, (days, event) in enumerate(zip(DAYS, EVENT, strict=True), 1):
        who = f"TCGA-02-00{n:02d}"
        follow_up = f"Dead,{days},'--" if event else f"Alive,'--,{days}"
        rows.append(
            f"{who},TCGA-GBM,{follow_up},{40 + n},{(40 + n) * 365},{'male' if n % 3 else 'female'},Not Reported"
        )
    write("gdc.csv", GDC.format(rows="\n".join(rows)))
    for n in range(1, 15):
        who = f"TCGA-02-00{n:02d}-01A"
        for name in ("t1ce", "flair"):
            write_volume(root / f"images/{who}/{who}_{name}.nii.gz", outline=False, seed=n)
        if n != 5:
            write_volume(root / f"images/{who}/{who}_seg.nii.gz", outline=True)
            write_volume(root / f"brats/{who}/{who}_t1ce.nii.gz", outline=False, seed=n)
            write_volume(root / f"brats/{who}/{who}_seg.nii.gz", outline=True, labels=(1, 2))
    write("dates.csv", "id,Date of diagnosis,Date of death,Last contact\nTCGA-02-0001,01/02/2015,,03/04/2016\n")
    runs = (("images", "gdc.csv", "cohort"), ("images", "dates.csv", "other"), ("brats", "gdc.csv", "other"))
    for folder, clinical, out in runs:
        _, said, errors = ingest(folder, clinical, out)
        yield f"$ radsurv ingest {folder} --clinical {clinical} --out {out}\n{said or errors}"


def test_every_decision_is_printed_as_the_page_shows_it_and_is_a_comment_of_the_options(ingest, tmp_path):
    page = (Path(__file__).parents[2] / "docs/ingest.md").read_text("utf-8")
    shown = list(transcripts(ingest, tmp_path))
    for transcript in shown:
        assert transcript in page
    options = Path("cohort/cohort.yaml").read_text("utf-8")
    assert options in page
    decided = shown[0].partition("\n")[2].partition("left out:")[0].splitlines()
    assert len(decided) == 14
    for line in decided:
        assert f"# - {line}\n" in options
    table = Path("cohort/clinical.csv").read_text("utf-8")
    assert "\n".join(table.splitlines()[:3]) in page
    assert Path("cohort/left_out.csv").read_text("utf-8") in page


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
