"""`cohort.pseudonymise`: a DICOM cohort with identifiers in every text element, in names of files and in the table, and every byte that
a run leaves searched for them. Without it: of the same cohort nothing but the ids of the table."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import dicom_files
import numpy as np
import pandas as pd
import pydicom.config
import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import RTStructureSetStorage

from radsurv.cli import main
from radsurv.cohort.dicom import pixels, sections, segments, series
from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.compose import compose

pytestmark = pytest.mark.slow  # whole runs

N = 14
IDS = [f"QXZ{1000 + 37 * number}" for number in range(N)]
WORD = "PLANTED"  # by which most of what is planted is known; it is nowhere else in a run
DIGITS = "8642097"  # by which UIDs, dates and numbers are
# By value representation, what is planted in each element that has it.
TEXTS = {
    **{kind: f"{WORD}{kind}" for kind in ("AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT")},
    **{
        "PN": f"{WORD}^Maria",
        "UI": f"1.2.826.0.1.{DIGITS}.9",
        "AS": "777Y",
        "DA": "19370707",
        "DT": "19370707073737.864209",
    },
    **{"TM": "073737.864209", "DS": f"0.{DIGITS}", "IS": DIGITS},
}
WHOLLY = (0, 12, 13)  # who have all of them; the others have those that name somebody
NEEDED = {
    *(*series.WANTED, *pixels.STORED, *sections.GEOMETRY, *segments.WANTED),
    *("SOPClassUID", "SpecificCharacterSet", "StructureSetROISequence", "ROIContourSequence"),
}
PLANTED = [WORD, DIGITS, "19370707", "073737.864209", "777Y", "Maria"]
OPTIONS = (
    *(
        "backbone=none",
        "quantization=uniform32_native",
        "radiomics=vallieres",
        "compute.n_jobs=1",
        "cohort.covariates=[age]",
    ),
    *("reduction.icc=null", "reduction.cindex=0.55", "significance=naive", "comparison=none", "attribution=none"),
    *("cohort.structure=[GTV.*]", "cohort.select={arm: [A]}", "cohort.min_patients=8"),
    f"cohort.values={{patient_id: {{{WORD}-old: {IDS[3]}}}, called: {{{WORD}: Maria}}}}",
)


def plant(found: FileDataset, *, everywhere: bool) -> FileDataset:
    """Identifiers in every text element of the dictionary, in a private one, in sequences, in the preamble and in the file's own group."""
    for tag, (kind, _, _, retired, keyword) in DicomDictionary.items():
        asked = everywhere or keyword.startswith(("Patient", "Institution", "Accession", "Referring", "Study"))
        if asked and keyword not in ("", *NEEDED) and kind in TEXTS and not retired and tag >> 16 > 2:
            setattr(found, keyword, TEXTS[kind])
    inner = Dataset()
    inner.PatientID, inner.AccessionNumber = f"{WORD}LO", f"{WORD}SH"
    found.OtherPatientIDsSequence = found.RequestAttributesSequence = [inner]
    found.private_block(0x0011, f"{WORD} maker", create=True).add_new(1, "LO", f"{WORD}PRIVATE")
    found.preamble = f"{WORD}PREAMBLE".encode().ljust(128, b"\0")
    found.file_meta.SourceApplicationEntityTitle = found.file_meta.ImplementationVersionName = f"{WORD}AE"
    return found


def make(folder: Path) -> None:
    """Twelve patients who can be used, one whose folder holds two series, and one whose file lacks its size; of the twelve, one is of
    another arm, and each is described by a name, dates and numbers."""
    rng = np.random.default_rng(3)
    rows = []
    for number, patient in enumerate(IDS):
        place = folder / f"{WORD}_Maria_{number}" / f"{WORD} scan"
        array = rng.integers(100 + 20 * number, 600, size=(3, 16, 16)).astype(np.int16)
        frame, uid = f"1.2.826.0.1.{DIGITS}.1.{number}", f"1.2.826.0.1.{DIGITS}.2.{number}"
        for z, plane in enumerate(array):
            found = dicom_files.section(plane, (-20, 10, 4 + 3 * z), f"{WORD} T1 {number}", SeriesInstanceUID=uid)
            found.FrameOfReferenceUID = frame
            if number == 12 and z:
                found.SeriesInstanceUID, found.SeriesDescription = f"{uid}.5", f"{WORD} T2"
            if number == 13:
                del found.Rows
            dicom_files.save(place / f"{WORD}_{patient}_{z}.dcm", plant(found, everywhere=z == 0 and number in WHOLLY))
        mask = dicom_files.dataset(RTStructureSetStorage)
        mask.StructureSetROISequence, mask.ROIContourSequence = [], []
        for structure in (1, 2):
            roi, drawn = Dataset(), Dataset()
            roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = structure, f"GTV {WORD} {structure}", frame
            drawn.ReferencedROINumber, drawn.ContourSequence = structure, []
            for z in range(3):
                contour, corners = Dataset(), [(2, 2), (9 + z, 2), (9 + z, 9 + number % 3), (2, 9 + number % 3)]
                contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", 4
                points = [(-20 + 0.75 * x, 10 + 0.5 * y, 4 + 3 * z) for x, y in corners]
                contour.ContourData = [f"{value:.4f}" for point in points for value in point]
                drawn.ContourSequence.append(contour)
            mask.StructureSetROISequence.append(roi)
            mask.ROIContourSequence.append(drawn)
        dicom_files.save(place.parent / f"{WORD}-contours.dcm", plant(mask, everywhere=number in WHOLLY))
        rows.append(
            {
                "patient_id": f"{WORD}-old" if number == 3 else patient,
                "image": f"{place.parent.name}/{place.name}",
                "mask": f"{place.parent.name}/{WORD}-contours.dcm",
                "time": 40 + 61 * number + number**2,
                "event": int(number % 4 > 0),
                "age": 50 + number % 7,
                "arm": "B" if number == 11 else "A",
                "called": f"{WORD}, Maria {number}",
                "born": f"19370707-{number}",
                "record": int(f"{DIGITS}00") + number,
                "doctor": f"Dr. {WORD} {number % 2}",
                "twice": f"{WORD} remark" if number in (4, 5) else None,
            }
        )
    pd.DataFrame(rows).to_csv(folder / "clinical.csv", index=False)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pseudonymise")
    before = pydicom.config.settings.writing_validation_mode
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    try:
        (folder / "cohort").mkdir()
        make(folder / "cohort")
    finally:
        pydicom.config.settings.writing_validation_mode = before
    return folder


@pytest.fixture(scope="module")
def run(study) -> tuple[Path, str]:
    """The folder where a run with pseudonyms was made, and all that it said."""
    options = [*OPTIONS, "cohort.table=cohort/clinical.csv", "run_dir=run", "compute.cache_dir=cache", "tracking=wandb"]
    code = "import sys; from radsurv.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "run", *options, "cohort.pseudonymise=true"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    done = subprocess.run(command, cwd=study, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return study, done.stdout + done.stderr


@pytest.fixture(scope="module")
def plain(run) -> Path:
    """The folder of the same run without, from a copy of the cache: nothing in it is another patient's for another name."""
    study, _ = run
    shutil.copytree(study / "cache", study / "plain_cache")
    folder = study / "plain"
    options = [*OPTIONS, f"cohort.table={study}/cohort/clinical.csv", f"run_dir={folder}", "tracking=none"]
    pipeline.run(validate(compose([*options, f"compute.cache_dir={study}/plain_cache"])))
    return folder


def found(folder: Path, words: list[str]) -> dict[str, list[str]]:
    """Which of some words are in which file, be it in its bytes, its name, or the cells of its table."""
    there = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = (str(path.relative_to(folder)) + "\n").encode() + path.read_bytes()
        if path.suffix == ".parquet":  # pages may be compressed
            content += pd.read_parquet(path).to_csv().encode()
        its = [word for word in words if word.lower().encode() in content.lower()]
        if its:
            there[path.relative_to(folder).as_posix()] = its
    return there


def key_of(study: Path) -> dict[str, str]:
    """Pseudonyms by id."""
    content = json.loads((study / "cohort/clinical.pseudonyms.json").read_text(encoding="utf-8"))
    return {patient: pseudonym for pseudonym, patient in content["patients"].items()}


def test_no_identifier_is_in_anything_that_a_run_leaves_or_says(run):
    study, said = run
    planted = [*PLANTED, *IDS]
    assert found(study / "run", planted) == {}
    assert found(study / "cache", planted) == {}
    assert [word for word in planted if word.lower() in said.lower()] == []
    assert len(list((study / "run").rglob("*"))) > 40
    assert sorted(path.name for path in study.iterdir()) == ["cache", "cohort", "run"]
    # The search finds what is there.
    assert set(found(study / "cohort", planted)["clinical.csv"]) >= {WORD, *IDS[:3]}


def test_everybody_is_accounted_for_and_reasons_still_say_what_to_do(run):
    study, said = run
    names = key_of(study)
    qc = pd.read_csv(study / "run/qc.csv", keep_default_na=False)
    verdicts = qc[qc["status"] != "warning"].set_index("patient_id")
    assert list(verdicts.index.sort_values()) == sorted(names[patient] for patient in IDS)
    assert verdicts.loc[names[IDS[11]], "reason"] == "not selected: arm"
    assert verdicts.loc[names[IDS[12]], "reason"] == (
        "image holds 2 series ('…' of 2 sections, UID; '…' of 1 section, UID); expected one: choose it with cohort.series, or"
        " name one of its files in the table"
    )
    assert verdicts.loc[names[IDS[13]], "reason"] == (
        "a file of image is cut short or damaged, or breaks the rules of DICOM; copy or export it again"
    )
    warnings = set(qc.loc[qc["status"] == "warning", "reason"])
    assert "merged 2 structures: 1 '…', 2 '…'" in warnings
    page = (study / "run/report.html").read_text(encoding="utf-8")
    assert names[IDS[0]] in page
    assert f"3 patients excluded: {names[IDS[11]]}, {names[IDS[12]]}, {names[IDS[13]]}" in said
    assert re.fullmatch("S[A-Z2-7]{10}", names[IDS[0]])


def test_columns_that_lead_to_a_person_are_left_out_and_named(run):
    cohort = pd.read_parquet(run[0] / "run/cohort.parquet")
    assert {"patient_id", "time", "event", "age", "image_hash"} <= set(cohort)
    assert "8 columns that no later stage needs may lead to a person, not written: image, mask, arm, called" in run[1]
    assert not {"image", "mask", "called", "born", "record", "twice", "doctor"} & set(cohort)


def test_numbers_are_those_of_the_run_without(run, plain):
    study, _ = run
    names = key_of(study)
    assert (study / "run/metrics.json").read_bytes() == (plain / "metrics.json").read_bytes()
    for table in ("radiomics", "predictions", "selections", "folds", "outlines"):
        with_ids = pd.read_parquet(plain / f"{table}.parquet")
        if "patient_id" in with_ids:
            with_ids["patient_id"] = with_ids["patient_id"].map(names)
        pd.testing.assert_frame_equal(with_ids, pd.read_parquet(study / f"run/{table}.parquet"), check_exact=True)


def test_without_pseudonyms_nothing_of_an_element_but_what_one_must_choose_by(plain):
    """The table and what it names are the user's own; of the files, descriptions and UIDs of series and names of structures are shown."""
    for name in ("report.html", "model.json", "metrics.json", "qc.csv"):
        content = (plain / name).read_text(encoding="utf-8")
        for word in [
            *(text for kind, text in TEXTS.items() if kind not in ("UI", "IS", "DS")),
            f"{WORD}PRIVATE",
            f"{WORD}PREAMBLE",
        ]:
            assert word not in content, (name, word)
    assert IDS[0] in (plain / "report.html").read_text(encoding="utf-8")
    assert f"{WORD} T2" in (plain / "qc.csv").read_text(encoding="utf-8")


def test_the_same_key_gives_the_same_bytes(run, study, monkeypatch):
    monkeypatch.chdir(study)
    for name in ("again", "once_more"):
        options = [
            *OPTIONS,
            "cohort.table=cohort/clinical.csv",
            f"run_dir={name}",
            "until=cohort",
            "compute.cache_dir=cache",
        ]
        pipeline.run(validate(compose([*options, "cohort.pseudonymise=true", "tracking=none"])))
    for table in ("cohort.parquet", "qc/cohort.csv", "rois/index.parquet"):
        assert (study / "again" / table).read_bytes() == (study / "once_more" / table).read_bytes()
        assert (study / "again" / table).read_bytes() == (study / "run" / table).read_bytes()


def test_check_tells_the_terminal_alone_who_it_is(run, study, monkeypatch, capfd):
    monkeypatch.chdir(study)
    options = [*OPTIONS, "cohort.table=cohort/clinical.csv", "run_dir=checked", "cohort.pseudonymise=true"]
    assert main(["check", *options]) == 0
    said = capfd.readouterr().out
    assert f"{IDS[12]}: {WORD} scan holds 2 series ('{WORD} T2' of 2 sections" in said
    assert found(study / "checked", [*PLANTED, *IDS]) == {}
    rows = pd.read_csv(study / "checked/checks.csv", keep_default_na=False)
    assert set(rows.loc[rows["severity"] == "excluded", "patient_id"]) == {
        key_of(study)[IDS[at]] for at in (11, 12, 13)
    }


def test_faults_of_the_table_are_told_and_not_written(study, monkeypatch, capfd):
    monkeypatch.chdir(study)
    options = [*OPTIONS, "cohort.table=cohort/clinical.csv", "run_dir=few", "cohort.pseudonymise=true", "tracking=none"]
    status = main(["run", *options, "cohort.select={arm: [B]}", "compute.cache_dir=cache"])
    assert status == 1
    assert "1 patient can take part" in capfd.readouterr().err
    assert found(study / "few", [*PLANTED, *IDS]) == {}
    assert len(pd.read_csv(study / "few/excluded.csv")) == N - 1
