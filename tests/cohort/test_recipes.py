"""The recipes of conf/cohort, each by the command in its first comment, on a miniature of what the archive hands out."""

import copy
import re
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest
import SimpleITK as sitk

import conf
from radsurv.cli import main
from radsurv.cohort.choice import Choice
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.parts import WHOLE
from radsurv.cohort.paths import image_folder
from radsurv.cohort.patient import patients
from radsurv.cohort.simulate import simulate
from radsurv.cohort.simulated_scans import Scans
from radsurv.cohort.table import examine_table, read_table
from radsurv.config import validate
from radsurv.stages.compose import compose

DAYS = [161, 736, 435, 72, 437, 397, 321, 746, 487, 1379, 974, 12]
EVENT = [1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]
N = len(DAYS)


def volume(path: Path, *labels: int) -> None:
    """An image, or an outline with labels in blocks beside each other."""
    array = np.zeros((3, 24, 24), np.uint8)
    array[...] = 0 if labels else np.arange(24)
    for at, label in enumerate(labels):
        array[1, 4:12, 4 + 4 * at : 8 + 4 * at] = label
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(sitk.GetImageFromArray(array), str(path))


def table(path: Path, header: str, rows: Sequence[Sequence[object]], mark: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = header.split(",")
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False, sep=mark)


def upenn_gbm(at: Path) -> None:
    """The columns of version 2.1; a scan after treatment; the days of the living in a column of their own."""
    rows: list[Sequence[object]] = []
    for n, (days, event) in enumerate(zip(DAYS, EVENT, strict=True), start=1):
        patient = f"UPENN-GBM-{n:05d}_11"
        volume(at / f"upenn_gbm/images_structural/{patient}/{patient}_T1GD.nii.gz")
        volume(at / f"upenn_gbm/images_structural/{patient}/{patient}_FLAIR.nii.gz")
        volume(at / f"upenn_gbm/automated_segm/{patient}_automated_approx_segm.nii.gz", 1, 2, 4)
        volume(at / f"upenn_gbm/images_segm/{patient}_segm.nii.gz", 1, 2, 4)
        alive = "Alive" if n % 2 else "Lost to Follow-up"
        status = ["Deceased", days, "Not Available"] if event else [alive, "Not Available", days]
        if n == 7:
            status[0] = "Deceased - uncertain date of death"
        rows.append([patient, "MF"[n % 2], 50.5 + n, *status, "Wildtype", "Not Available"])
    later = "UPENN-GBM-00001_21"
    volume(at / f"upenn_gbm/images_structural/{later}/{later}_T1GD.nii.gz")
    rows.append([later, "F", 52.5, "Deceased", 100, "Not Available", "Wildtype", "Not Available"])
    header = "ID,Gender,Age_at_scan_years,Survival_Status,Survival_from_surgery_days_UPDATED,Survival_Censor,IDH1,KPS"
    table(at / "UPENN-GBM_clinical_info_v2.1.csv", header, rows)


def ucsf_pdgm(at: Path) -> None:
    """Ids of three digits in the table and four in folders; bias-corrected images; a second scan of a patient."""
    rows: list[Sequence[object]] = []
    for n, (days, event) in enumerate(zip(DAYS, EVENT, strict=True), start=4):
        scans = [f"UCSF-PDGM-{n:04d}", *([f"UCSF-PDGM-{n:04d}_FU007d"] if n == 5 else [])]
        for scan in scans:
            for what in ("T1c", "T1c_bias", "FLAIR"):
                volume(at / f"ucsf_pdgm/{scan}_nifti/{scan}_{what}.nii.gz")
            volume(at / f"ucsf_pdgm/{scan}_nifti/{scan}_tumor_segmentation.nii.gz", 1, 2, 4)
            volume(at / f"ucsf_pdgm/{scan}_nifti/{scan}_brain_segmentation.nii.gz", 1)
        for patient in (f"UCSF-PDGM-{n:03d}", *scans[1:]):
            rows.append([patient, "MF"[n % 2], 40 + n, 4, "Glioblastoma, IDH-wildtype", "wildtype", event, days, "GTR"])
    header = "ID,Sex,Age at MRI,WHO CNS Grade,Diagnosis,IDH,1-dead 0-alive,OS,EOR"
    table(at / "UCSF-PDGM-metadata_v5.csv", header, rows)
    path = at / "UCSF-PDGM-metadata_v5.csv"
    path.write_text(path.read_text().replace("Diagnosis", "Final pathologic diagnosis (WHO 2021)"))


def brats(at: Path) -> None:
    rows: list[Sequence[object]] = []
    for n, (days, event) in enumerate(zip(DAYS, EVENT, strict=True), start=1):
        patient = f"BraTS20_Training_{n:03d}"
        for what in ("t1", "t1ce", "t2", "flair"):
            volume(at / f"brats/{patient}/{patient}_{what}.nii.gz")
        volume(at / f"brats/{patient}/{patient}_seg.nii.gz", 1, 2, 4)
        rows.append([patient, 60.5 + n, days if event else f"ALIVE ({days} days later)", "GTR"])
    table(at / "survival_info.csv", "Brats20ID,Age,Survival_days,Extent_of_Resection", rows)


def tcga(at: Path, which: str) -> None:
    """Some patients with an outline by a program beside the one of a reader."""
    rows: list[Sequence[object]] = []
    for n, (days, event) in enumerate(zip(DAYS, EVENT, strict=True), start=1):
        patient, date = f"TCGA-02-{n:04d}", f"1996.08.{n + 10}"
        for what in ("t1", "t1Gd", "t2", "flair"):
            volume(at / f"{which}/{patient}/{patient}_{date}_{what}.nii.gz")
        for what in ("GlistrBoost", "GlistrBoost_ManuallyCorrected"):
            volume(at / f"{which}/{patient}/{patient}_{date}_{what}.nii.gz", 1, 2, 4)
        status = ["Dead", days, "'--"] if event else ["Alive", "'--", days]
        rows.append([patient, f"TCGA-{which[-3:].upper()}", 50 + n, ("male", "female")[n % 2], *status])
    header = "case_submitter_id,project_id,age_at_index,gender,vital_status,days_to_death,days_to_last_follow_up"
    table(at / f"gdc_{which}.tsv", header, rows, mark="\t")


def lung1(at: Path) -> None:
    """Series as `radsurv download` lays them out, an RTSTRUCT with lungs beside the tumour, a SEG nobody asks for."""
    made = at / "made"
    for form in ("rtstruct", "seg"):
        simulate(made / form, n_patients=N, n_censored=0, scans=Scans(form=form), n_jobs=1)
    rows: list[Sequence[object]] = []
    for n, (days, event) in enumerate(zip(DAYS, EVENT, strict=True), start=1):
        patient, source = f"LUNG1-{n:03d}", f"dicom/SIMULATED-{n:03d}"
        to = at / "lung1" / patient
        to.mkdir(parents=True)
        (made / "rtstruct" / source / "image").rename(to / "CT_1.2.3")
        for form, name in (("rtstruct", "RTSTRUCT_1.2.4"), ("seg", "SEG_1.2.5")):
            (to / name).mkdir()
            _called(made / form / source / "mask.dcm").rename(to / name / "1.dcm")
        rows.append([patient, 60 + n, 2, 1, 0, "IIIb", "adenocarcinoma", ("male", "female")[n % 2], days, event])
    header = (
        "PatientID,age,clinical.T.Stage,Clinical.N.Stage,Clinical.M.Stage,Overall.Stage,Histology,gender,Survival.time"
        ",deadstatus.event"
    )
    table(at / "NSCLC-Radiomics-Lung1.clinical-version3-Oct-2019.csv", header, rows)


def _called(path: Path) -> Path:
    """An outline whose structure is called as in Lung1, with another one beside it."""
    found = pydicom.dcmread(path)
    if found.Modality == "RTSTRUCT":
        lung, drawn = copy.deepcopy(found.StructureSetROISequence[0]), copy.deepcopy(found.ROIContourSequence[0])
        found.StructureSetROISequence[0].ROIName = "GTV-1"
        lung.ROIName, lung.ROINumber, drawn.ReferencedROINumber = "Lung-Left", 2, 2
        found.StructureSetROISequence.append(lung)
        found.ROIContourSequence.append(drawn)
        found.save_as(path)
    return path


MADE: dict[str, Callable[[Path], None]] = {
    "upenn_gbm": upenn_gbm,
    "ucsf_pdgm": ucsf_pdgm,
    "brats": brats,
    "tcga_gbm": lambda at: tcga(at, "tcga_gbm"),
    "tcga_lgg": lambda at: tcga(at, "tcga_lgg"),
    "lung1": lung1,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE)
def test_the_command_of_a_recipe_makes_the_cohort_that_it_reads(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    MADE[name](tmp_path / "downloads")
    text = (conf.CONF / "cohort" / f"{name}.yaml").read_text()
    [command] = re.findall(r"^#   radsurv (ingest .*)$", text, flags=re.MULTILINE)
    assert main(shlex.split(command)) == 0, capsys.readouterr().err
    cohort = validate(compose([f"cohort={name}"])).cohort
    found, qc = read_table(cohort)
    assert len(found) == N
    expected = EVENT if name != "upenn_gbm" else [*EVENT[:6], 0, *EVENT[7:]]
    assert found["time"].tolist() == DAYS
    assert found["event"].tolist() == expected
    assert set(qc["status"]) <= {"warning"}
    assert found["age"].notna().all()
    if name != "brats":
        assert found["sex"].nunique() == 2
    choice = Choice(cohort.mask_label, cohort.structure, cohort.series)
    for patient in patients(found, image_folder(cohort), ["image"], ["mask"])[:2]:
        loaded = load_patient(patient, Requirements({WHOLE: choice}))
        assert loaded.unusable == []
        [outline] = loaded.outlines
        # The blocks of labels 1 and 4, of 8 × 4 pixels each, without that of label 2.
        assert outline.mask.array.sum() == 64 or name == "lung1"


def test_a_file_of_conf_cohort_is_a_recipe_or_has_its_own_test():
    assert {path.stem for path in (conf.CONF / "cohort").glob("*.yaml")} == {
        *(*MADE, "table", "demo", "han2020", "han2020_data1", "han2020_data2")
    }


@pytest.mark.parametrize(
    ("experiment", "n", "n_other"), [("han2020_data1", 5, 0), ("han2020_data2", 9, 0), ("han2020_data3", 5 + 4, 5)]
)
def test_the_papers_three_cohorts_are_made_of_two(tmp_path, monkeypatch, experiment, n, n_other):
    """The join and the experiments of the paper, with five and nine patients for 50 and 128."""
    monkeypatch.chdir(tmp_path)
    for name, sequences in (("hospital", ["SE"] * 5), ("tcga", ["SE"] * 4 + ["GE"] * 3 + ["IR"] * 2)):
        rows = [
            [f"P{k}", f"images/{k}.nii", f"masks/{k}.nii", 10 + k, k % 2, sequence]
            for k, sequence in enumerate(sequences)
        ]
        table(tmp_path / "data" / name / "clinical.csv", "patient_id,image,mask,time,event,sequence", rows)
    text = (conf.CONF / "cohort" / "han2020.yaml").read_text()
    [command] = re.findall(rf"^# radsurv run (experiment={experiment}) ", text, flags=re.MULTILINE)
    found = examine_table(validate(compose([command])).cohort)
    assert list(found.faults) == []
    assert len(found.table) == n
    assert len(found.excluded) == n_other
