"""``radsurv check``: what it writes, how it ends, and what it leaves alone."""

import hashlib
import os
import re

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from feature_tables import as_written, clean

from radsurv.catalogue.checks import Check
from radsurv.cli import main
from radsurv.cohort.simulate import simulate
from radsurv.stages.check import MOST_PRINTED, SCRATCH, summary
from radsurv.stages.run_lock import CHECK, locked

QUICK = ("backbone=none", "compute.n_jobs=1", "cohort.covariates=[]")
HOSTILE = "<img src=x onerror=alert(1)> {{ 7 * 7 }}"


@pytest.fixture
def check(twelve, tmp_path, monkeypatch, capfd):
    """Check the twelve patients; returns exit status, what was printed, and the rows of checks.csv by severity."""
    monkeypatch.chdir(tmp_path)

    def check(*overrides):
        status = main(["check", f"cohort.table={twelve / 'clinical.csv'}", "run_dir=out", *QUICK, *overrides])
        rows = pd.read_csv("out/checks.csv", dtype=str, keep_default_na=False)
        assert list(rows) == ["patient_id", "column", "severity", "what", "remedy"]
        assert not (tmp_path / "out" / SCRATCH).exists()
        return status, capfd.readouterr().out, rows

    return check


def edit(folder, change):
    table = pd.read_csv(folder / "clinical.csv", dtype=str, keep_default_na=False)
    change(table)
    table.to_csv(folder / "clinical.csv", index=False)


def of(rows, severity):
    found = rows[rows["severity"] == severity]
    return list(zip(found["patient_id"], found["column"], found["what"], strict=True))


def page(tmp_path):
    return (tmp_path / "out/passport.html").read_text(encoding="utf-8")


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_sound_cohort(check, tmp_path):
    status, said, rows = check()
    assert status == 0
    assert said.splitlines()[0].startswith("12 SIMULATED patients, 10 events; time in days")
    assert said.splitlines()[-1] == "a run could start"
    assert of(rows, "error") == of(rows, "excluded") == []
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["checks.csv", "passport.html"]
    shown = page(tmp_path)
    assert shown.count("data:image/jpeg;base64,") == 12
    assert "SIMULATED.</strong> These patients are made up." in shown
    for section in ("check_findings", "patient_flow", "cohort_survival", "contact_sheet", "acquisition", "grey_levels"):
        assert f'<section id="{section}">' in shown
    assert "Predicted short" not in shown
    assert "predicted groups" not in shown
    first = contents(tmp_path / "out")
    check()
    assert contents(tmp_path / "out") == first


def test_all_faults_of_all_patients_and_columns_at_once_and_a_finished_run_stays_as_it_is(check, twelve, tmp_path):
    """Seven cells of one column, three others, a missing file, an empty outline, and two options that have to do with neither."""
    table = f"cohort.table={twelve / 'clinical.csv'}"
    assert main(["run", table, "run_dir=out", *QUICK, "until=cohort", "tracking=none"]) == 0
    before = contents(tmp_path / "out")
    assert "cohort.parquet" in before

    def spoil(table):
        table.loc[:6, "time"] = "never"
        table.loc[7, "event"] = "perhaps"
        table.loc[8, "age"] = "old"
        table.loc[9, "image"] = "../elsewhere.nii.gz"

    edit(twelve, spoil)
    ids = pd.read_csv(twelve / "clinical.csv")["patient_id"].tolist()
    (twelve / f"images/{ids[10]}.nii.gz").unlink()
    path = twelve / f"masks/{ids[0]}.nii.gz"  # of one whose time is wrong as well
    sitk.WriteImage(sitk.ReadImage(str(path)) * 0, str(path))
    status, said, rows = check("radiomics=none", "validation.inner_folds=absent.csv")
    assert status == 1
    errors = of(rows, "error")
    assert [(patient, column) for patient, column, _ in errors if patient] == [
        *((patient, "time") for patient in ids[:7]),
        (ids[7], "event"),
        (ids[8], "age"),
        (ids[9], "image"),
    ]
    whole = [what for patient, _, what in errors if not patient]
    assert any("no features to analyse" in what for what in whole)
    assert any("absent.csv does not exist" in what for what in whole)
    assert len(whole) == 2
    out = {patient: what for patient, _, what in of(rows, "excluded")}
    assert "does not exist" in out.pop(ids[10])
    assert out == {}  # the one with two faults is an error already; that its outline is empty is on the page
    assert said.splitlines()[-1] == "no run can start before the errors are mended"
    shown = page(tmp_path)
    assert "<b>12</b> in the cohort table" in shown
    assert "<b>11</b> excluded at <em>cohort</em>" in shown
    assert "<b>1</b> analysed" in shown
    after = contents(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"checks.csv", "passport.html"}


def test_a_wrong_option_is_answered_as_by_a_run(twelve, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(["check", f"cohort.table={twelve / 'clinical.csv'}", "run_dir=out", "modle=cox"]) == 1
    assert "no option is called 'modle' (did you mean model" in capfd.readouterr().err
    assert main(["check", "-m", "seed=0,1"]) == 1
    assert "one cohort at a time" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_run_dir_that_is_a_file(twelve, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").write_text("mine")
    assert main(["check", f"cohort.table={twelve / 'clinical.csv'}", "run_dir=out", *QUICK]) == 1
    assert "run_dir=out is a file" in capfd.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_two_checks_at_once_leave_each_other_alone(twelve, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    regions = tmp_path / "out" / SCRATCH / "regions"
    monkeypatch.setattr("radsurv.stages.run_lock.PATIENCE_S", 0.0)
    with locked(tmp_path / "out", tmp_path / "out", CHECK):
        regions.mkdir(parents=True)
        assert main(["check", f"cohort.table={twelve / 'clinical.csv'}", "run_dir=out", *QUICK]) == 1
        assert regions.exists()
    assert f"run_dir=out is in use by another radsurv (process {os.getpid()} on " in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [SCRATCH]


def test_hostile_names_stay_text(check, twelve, tmp_path):
    def rename(table):
        table.loc[0, "patient_id"] = HOSTILE
        table.loc[1, ["patient_id", "time"]] = [HOSTILE + "2", HOSTILE]
        table.loc[2:6, "site"] = HOSTILE

    edit(twelve, rename)
    path = twelve / "masks/SIMULATED-001.nii.gz"
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    image = sitk.ReadImage(str(path))
    mask[:, 0, 0] = mask.any(axis=(1, 2))  # an island at the border: the hostile id is marked
    again = sitk.GetImageFromArray(mask)
    again.CopyInformation(image)
    sitk.WriteImage(again, str(path))
    _, _, rows = check(f"cohort.name='{HOSTILE.replace('{', '').replace('}', '')}'")
    assert HOSTILE in rows.loc[rows["severity"] == "outlier", "patient_id"].tolist()
    shown = page(tmp_path)
    assert "<img" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt; {{ 7 * 7 }}" in shown


def test_ready_features_have_no_pictures(twelve, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    ids = pd.read_csv(twelve / "clinical.csv")["patient_id"].tolist()
    values = np.random.default_rng(0).normal(size=(12, 3))
    values[4, 1] = np.nan
    pd.DataFrame(values, columns=["a", "b", "c"]).assign(patient_id=ids)[["patient_id", "a", "b", "c"]].iloc[1:].to_csv(
        "features.csv", index=False
    )
    status = main(
        ["check", f"cohort.table={twelve / 'clinical.csv'}", "cohort.features=features.csv", "run_dir=out",
         "cohort.covariates=[]", "reduction.max_missing=0.2"]
    )  # fmt: skip
    capfd.readouterr()
    rows = pd.read_csv("out/checks.csv", dtype=str, keep_default_na=False)
    assert status == 0
    assert [(patient, what[:40]) for patient, _, what in of(rows, "excluded")] == [
        (ids[0], "not in the feature table"),
        (ids[4], "1 of 3 features could not be computed, f"),
    ]
    shown = page(tmp_path)
    assert "<b>10</b> analysed" in shown
    assert "none: a ready feature table" in shown
    for section in ("contact_sheet", "acquisition", "grey_levels"):
        assert f'<section id="{section}">' not in shown


def test_the_summary_is_short_and_counts_what_it_hides():
    checks = [
        Check(patient_id=f"P{number}", column="time", severity="error", what="x") for number in range(MOST_PRINTED + 3)
    ]
    lines = summary([*checks, Check(severity="note", what="y")])
    assert lines[0].split() == ["error", str(MOST_PRINTED + 3)]
    assert lines[1].strip() == "P0, time: x"
    assert lines[MOST_PRINTED + 1].strip() == "and 3 more"
    assert lines[-1].split() == ["note", "1"]
    assert not any("y" in line for line in lines)


def test_all_faulty_feature_columns_are_errors_and_what_is_no_feature_is_a_note(twelve, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    ids = pd.read_csv(twelve / "clinical.csv")["patient_id"].tolist()
    text = as_written("PyCERR", clean("PyCERR", ids))
    options = [
        "check", f"cohort.table={twelve / 'clinical.csv'}", "cohort.features=features.csv", "cohort.feature_id=id", "run_dir=out",
        "cohort.covariates=[]", "cohort.name=c",
    ]  # fmt: skip

    def rows(text, severity):
        (tmp_path / "features.csv").write_text(text, encoding="utf-8")
        status = main(options)
        capfd.readouterr()
        return status, of(pd.read_csv("out/checks.csv", dtype=str, keep_default_na=False), severity)

    status, notes = rows(text, "note")
    assert status == 0
    assert [what for _, _, what in notes if "3 features; not read: 5 diagnostics of PyCERR ('numVoxelsOrig'," in what]
    lines = text.splitlines()
    lines[3] = ",".join([*lines[3].split(",")[:-2], "none of it", '"1,5"'])
    status, errors = rows("\n".join(lines), "error")
    assert status == 1
    assert errors == [
        (ids[2], "original_firstOrder_skewness", "line 4: 'original_firstOrder_skewness' is 'none of it'"),
        (
            ids[2],
            "original_glcm_jointMax_3D_avg",
            "line 4: 'original_glcm_jointMax_3D_avg' is '1,5' (a decimal comma: write a point)",
        ),
    ]


@pytest.mark.slow
def test_three_images_of_another_contrast_are_found(tmp_path, monkeypatch, capfd):
    """What was dark becomes bright, as in T2: bone and fluid above grey matter, that above white. Nobody else of twenty is marked."""
    monkeypatch.chdir(tmp_path)
    table = simulate(tmp_path / "cohort", n_patients=20, n_censored=4, seed=3)
    options = ["check", f"cohort.table={table}", "run_dir=out", *QUICK]

    def marked():
        assert main(options) == 0
        capfd.readouterr()
        rows = pd.read_csv("out/checks.csv", dtype=str, keep_default_na=False)
        return rows[rows["severity"] == "outlier"]

    assert list(marked()["patient_id"]) == []
    ids = ["SIMULATED-004", "SIMULATED-011", "SIMULATED-017"]
    for patient in ids:
        path = str(tmp_path / f"cohort/images/{patient}.nii.gz")
        image = sitk.ReadImage(path)
        array = sitk.GetArrayFromImage(image).astype(float)
        white = np.median(array[array > 0])
        other = sitk.GetImageFromArray(
            np.round(white * np.minimum(white / np.maximum(array, 1), 3) * (array > 0)).astype(np.int16)
        )
        other.CopyInformation(image)
        sitk.WriteImage(other, path)
    found = marked()
    assert found["patient_id"].tolist() == ids
    assert found["what"].str.contains("intensities unlike those of the others").all()
    sheet = page(tmp_path).partition('<section id="contact_sheet">')[2].partition("</section>")[0]
    pictures = re.findall(r"<li( class=\"marked\")?.*?(SIMULATED-\d+)", sheet, re.DOTALL)
    assert len(pictures) == 20
    assert [patient for mark, patient in pictures if mark] == ids
