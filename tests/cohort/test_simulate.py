import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import conf
from radsurv.cohort.check import facts
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import patients
from radsurv.cohort.readers import read_image
from radsurv.cohort.simulate import simulate
from radsurv.cohort.table import read_table
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
        ({"sequences": {"FLAIR": 1.0}}, "no sequence 'FLAIR' to simulate; there are SE, GE"),
        ({"sequences": {"SE": 0.0}}, "must sum to 1"),
        ({"sequences": {"SE": -1.0, "GE": 2.0}}, "must sum to 1"),
        ({"sequences": {"SE": 0.3}}, "must sum to 1, .*; found SE=0.3"),
        ({"sequences": {}}, "must sum to 1"),
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
