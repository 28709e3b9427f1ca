import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest
from scipy import stats

import conf
from radsurv.cohort.check import facts
from radsurv.cohort.choice import Choice
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import patients
from radsurv.cohort.readers import read_image, read_outline
from radsurv.cohort.simulate import simulate
from radsurv.cohort.simulated_checks import check_sequences
from radsurv.cohort.simulated_outcomes import draw_patients
from radsurv.cohort.simulated_scans import Scanner, Scans
from radsurv.cohort.table import examine_table, read_table
from radsurv.errors import ConfigError

N_PATIENTS = 30


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated") / "cohort"
    assert simulate(out, n_patients=N_PATIENTS, n_censored=2) == out.resolve() / "clinical.csv"
    return out


@pytest.fixture(scope="module")
def sections(folder):
    """Per patient the pixels inside the largest section of the outline."""
    table = pd.read_csv(folder / "clinical.csv")
    found = []
    for image_path, mask_path in zip(table["image"], table["mask"], strict=True):
        image, mask = read_image(folder / image_path).array, read_image(folder / mask_path).array != 0
        largest = mask.sum(axis=(1, 2)).argmax()
        found.append(image[largest][mask[largest]].astype(float))
    return found


@pytest.mark.slow
def test_what_is_written(folder):
    names = [f"SIMULATED-{number:03d}.nii.gz" for number in range(1, N_PATIENTS + 1)]
    images = [f"{kind}/{name}" for kind in ("images", "masks", "masks_reader2") for name in names]
    assert sorted(content(folder)) == sorted(["README.md", "clinical.csv", "truth.csv", *images])
    assert sum(path.stat().st_size for path in folder.rglob("*")) / N_PATIENTS < 6e6 / 50
    assert "SIMULATED" in (folder / "README.md").read_text().splitlines()[0]


def test_the_cohort_reads_and_checks_without_complaint(folder):
    table, qc = read_table(conf.cohort(name="demo", table=str(folder / "clinical.csv")))
    assert len(table) == N_PATIENTS
    assert table["event"].sum() == N_PATIENTS - 2
    assert table["simulated"].all()
    assert set(table["sequence"]) == {"SE"}
    assert qc.empty
    for patient in patients(table, folder, ["image"], ["mask", "mask_reader2"]):
        loaded = load_patient(patient, Requirements())
        assert (loaded.warnings, loaded.unusable) == ([], [])
        for outline in loaded.outlines:
            found = facts(loaded.images["image"], outline)
            assert found.n_pixels > 100
            assert found.n_sections >= 2
            assert 5 <= found.spacing_z_mm <= 6
            assert 0.8 <= found.spacing_y_mm == found.spacing_x_mm <= 1


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_with_any_number_of_processes(tmp_path):
    for name, n_jobs in (("one", 1), ("two", 2)):
        simulate(tmp_path / name, n_patients=3, n_censored=1, seed=7, n_jobs=n_jobs)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    simulate(tmp_path / "other", n_patients=3, n_censored=1, seed=8)
    assert content(tmp_path / "one").keys() == content(tmp_path / "other").keys()
    assert not set(content(tmp_path / "one").values()) & set(content(tmp_path / "other").values())


def test_images_do_not_know_the_outcome(tmp_path):
    """A null cohort differs from any other of its seed in its outcomes only."""
    for name, effect in (("null", 0.0), ("real", 1.6)):
        simulate(tmp_path / name, n_patients=3, n_censored=1, effect=effect)
    null, real = content(tmp_path / "null"), content(tmp_path / "real")
    assert {name for name in real if null[name] != real[name]} == {"clinical.csv", "truth.csv", "README.md"}
    assert (pd.read_csv(tmp_path / "null" / "truth.csv")["log_hazard"] == 0).all()


def test_images_show_what_drives_the_hazard(folder, sections):
    truth, table = pd.read_csv(folder / "truth.csv"), pd.read_csv(folder / "clinical.csv")
    assert truth["patient_id"].tolist() == table["patient_id"].tolist()
    dark = [np.mean(pixels < 0.5 * np.quantile(pixels, 0.9)) for pixels in sections]
    uneven = [np.quantile(pixels, 0.95) / np.quantile(pixels, 0.75) for pixels in sections]
    assert stats.spearmanr(dark, truth["necrosis"])[0] > 0.5
    assert stats.spearmanr(uneven, truth["heterogeneity"])[0] > 0.4
    seen = stats.rankdata(dark) + stats.rankdata(uneven)
    assert stats.spearmanr(seen, truth["log_hazard"])[0] > 0.4
    assert stats.spearmanr(seen, table["time"])[0] < -0.2


def test_a_sequence_mix(tmp_path):
    table = pd.read_csv(simulate(tmp_path / "mix", n_patients=4, n_censored=0, sequences={"SE": 0.5, "GE": 0.5}))
    assert sorted(table["sequence"]) == ["GE", "GE", "SE", "SE"]


def test_the_mix_of_the_papers_second_cohort_by_numbers_of_patients():
    """128 patients of TCGA: 58, 49 and 21."""
    mix = {"SE": 58, "GE": 49, "IR": 21}
    check_sequences(mix, 128)
    patients = draw_patients(np.random.default_rng(0), n_patients=128, n_censored=31, effect=1.6, sequences=mix)
    assert patients["sequence"].value_counts().to_dict() == mix
    assert patients["event"].sum() == 97


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    """The same two patients in every form, with a second sequence, two thicknesses and two scanners."""
    found = {}
    for form in ("nifti", "seg", "rtstruct"):
        scans = Scans(
            further=("FLAIR",),
            thicknesses={3.0: 1, 6.0: 1},
            scanners={"A": Scanner(1), "B": Scanner(1, 2.5)},
            form=form,
        )
        table = simulate(
            tmp_path_factory.mktemp("forms") / form,
            n_patients=2,
            n_censored=0,
            sequences={"SE": 1, "GE": 1},
            scans=scans,
            missing={"age": 0.5},
        )
        found[form] = table, pd.read_csv(table)
    return found


@pytest.mark.parametrize("form", ["seg", "rtstruct"])
def test_dicom_holds_what_nifti_holds(forms, form):
    nifti, written = forms["nifti"]
    dicom, table = forms[form]
    assert table["image"].tolist() == ["dicom/SIMULATED-001/image", "dicom/SIMULATED-002/image"]
    other = [name for name in table if not name.startswith(("image", "mask"))]
    assert table[other].equals(written[other])
    for row in range(2):
        for column in ("image", "image_flair"):
            expected = read_image(nifti.parent / written[column][row])
            found = read_image(dicom.parent / table[column][row])
            np.testing.assert_array_equal(found.array, expected.array)
            assert found.spacing_mm == pytest.approx(expected.spacing_mm)
        for column in ("mask", "mask_reader2"):
            expected = read_outline(nifti.parent / written[column][row], expected, Choice())
            found = read_outline(
                dicom.parent / table[column][row], read_image(dicom.parent / table["image"][row]), Choice()
            )
            np.testing.assert_array_equal(found.array, expected.array)


@pytest.mark.parametrize("form", ["nifti", "seg", "rtstruct"])
def test_every_form_checks_without_complaint(forms, form):
    path, _ = forms[form]
    found = examine_table(conf.cohort(name="demo", table=str(path)), ["image_flair"])
    assert list(found.faults) == []
    for patient in patients(found.table, path.parent, ["image", "image_flair"], ["mask", "mask_reader2"]):
        loaded = load_patient(patient, Requirements())
        assert (loaded.warnings, loaded.unusable) == ([], [])


def test_mixes_are_in_the_files_and_in_the_table(forms):
    path, table = forms["nifti"]
    images = [read_image(path.parent / name) for name in table["image"]]
    assert [image.spacing_mm[0] for image in images] == table["section_mm"].tolist()
    assert sorted(table["section_mm"]) == [3.0, 6.0]
    assert table["age"].isna().sum() == 1
    by_site = dict(zip(table["site"], (np.quantile(image.array, 0.9) for image in images), strict=True))
    assert by_site["B"] / by_site["A"] == pytest.approx(2.5, rel=0.5)


def test_dicom_is_of_nobody_and_the_same_every_time(tmp_path):
    for name in ("one", "two"):
        simulate(tmp_path / name, n_patients=1, n_censored=0, scans=Scans(form="rtstruct"))
    assert content(tmp_path / "one") == content(tmp_path / "two")
    files = [pydicom.dcmread(path) for path in (tmp_path / "one").rglob("*.dcm")]
    assert len({file.SOPInstanceUID for file in files}) == len(files) == 12 + 2
    assert {(file.PatientID, str(file.PatientName), file.PatientBirthDate) for file in files} == {
        ("SIMULATED-001", "SIMULATED-001", "")
    }
    assert len({file.SeriesInstanceUID for file in files if file.Modality == "MR"}) == 1
    simulate(tmp_path / "one", n_patients=1, n_censored=0, overwrite=True)
    assert not (tmp_path / "one" / "dicom").exists()


def test_progress_sees_every_patient(tmp_path):
    seen = []

    def progress(done):
        for each in done:
            seen.append(each)
            yield each

    simulate(tmp_path / "out", n_patients=2, n_censored=0, progress=progress)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_patients": 0}, "0 patients cannot be simulated"),
        ({"n_patients": 5, "n_censored": 5}, "5 of 5 patients censored; expected 0 to 4"),
        ({"n_censored": -1}, "-1 of 50 patients censored"),
        ({"effect": -1.0}, r"an effect of -1\.0"),
        ({"effect": float("nan")}, "an effect of nan"),
        ({"sequences": {"DWI": 1.0}}, "no sequence 'DWI' to simulate; there are SE, GE, IR, T1, T2, FLAIR"),
        ({"sequences": {"SE": 0.0}}, "must sum to 1"),
        ({"sequences": {"SE": -1.0, "GE": 2.0}}, "must sum to 1"),
        ({"sequences": {"SE": 0.3}}, "must sum to 1, .*; found SE=0.3"),
        ({"sequences": {}}, "must sum to 1"),
        ({"sequences": {"SE": 20, "GE": 20}}, "or be numbers of the 50 patients; found SE=20, GE=20"),
        ({"sequences": {"SE": 24.5, "GE": 25.5}}, "or be numbers of the 50 patients"),
        ({"scans": Scans(further=("PET",))}, "no sequence 'PET'"),
        ({"scans": Scans(further=("T2", "T2"))}, "T2 is asked for twice"),
        ({"scans": Scans(thicknesses={0.1: 1.0})}, r"sections of 0\.1 mm"),
        ({"scans": Scans(thicknesses={float("nan"): 1.0})}, "sections of nan mm"),
        ({"scans": Scans(thicknesses={3.0: 0.5})}, "thickness shares must sum to 1"),
        ({"scans": Scans(scanners={"A": Scanner(1.0, 1e6)})}, r"scanner A .* expected 0\.05 to 20"),
        ({"scans": Scans(scanners={"A": Scanner(0.5)})}, "scanner shares must sum to 1"),
        ({"scans": Scans(scanners={"A\n": Scanner(1.0)})}, "no scanner can be called"),
        ({"missing": {"time": 0.1}}, "no values of 'time' can be missing; expected one of age, sex, site, sequence"),
        ({"missing": {"age": 1.1}}, r"age missing in a share of 1\.1"),
    ],
)
def test_arguments_out_of_range(tmp_path, options, message):
    with pytest.raises(ConfigError, match=message):
        simulate(tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


def test_only_a_simulated_cohort_is_replaced(tmp_path):
    out = tmp_path / "out"
    simulate(out, n_patients=2, n_censored=0)
    first = content(out)
    with pytest.raises(ConfigError, match=r"not empty.*--overwrite"):
        simulate(out, n_patients=1, n_censored=0)
    assert content(out) == first
    simulate(out, n_patients=1, n_censored=0, overwrite=True)
    assert len(content(out)) == 6
    (out / "thesis.doc").touch()
    with pytest.raises(ConfigError, match=r"holds thesis\.doc"):
        simulate(out, n_patients=1, n_censored=0, overwrite=True)
    with pytest.raises(ConfigError, match="is a file"):
        simulate(out / "thesis.doc")


def test_a_run_that_breaks_off_leaves_nothing(tmp_path):
    def interrupt(done):
        next(iter(done))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "out", n_patients=2, n_censored=0, progress=interrupt)
    assert list(tmp_path.iterdir()) == []
