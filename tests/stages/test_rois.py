"""Two readers and perturbed outlines, from the images to the filter by agreement."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radsurv.config import validate
from radsurv.errors import CohortError, ConfigError
from radsurv.features.stability import intraclass_correlation
from radsurv.stages import pipeline
from radsurv.stages.compose import compose

TABLES = (
    "rois/index.parquet", "radiomics.parquet", "radiomics_readings.parquet", "deep_readings.parquet", "stability.parquet",
    "predictions.parquet", "selections.parquet", "folds.parquet", "metrics.json", "qc.csv",
)  # fmt: skip


@pytest.fixture
def run(twelve, tmp_path):
    """Run on the twelve patients up to `evaluate`, in a folder of its own; returns the folder."""
    count = iter(range(9))

    def run(*overrides: str):
        folder = tmp_path / f"run{next(count)}"
        where = (
            f"cohort.table={twelve / 'clinical.csv'}",
            f"run_dir={folder}",
            f"compute.cache_dir={tmp_path / 'cache'}",
        )
        quick = ("tracking=none", "backbone=none", "compute.n_jobs=1", "reduction.cindex=0.6", "until=evaluate")
        pipeline.run(validate(compose([*where, *quick, *overrides])))
        return folder

    return run


def edit(twelve, change):
    table = pd.read_csv(twelve / "clinical.csv", dtype=str)
    table = change(table)
    table.to_csv(twelve / "clinical.csv", index=False)


def by_patient(folder, name):
    return pd.read_parquet(folder / name).set_index("patient_id")


@pytest.mark.parametrize("readings", ["roi.reader=both", "roi.perturbations=2"])
def test_one_worker_or_two_give_the_same_bytes(run, tmp_path, readings):
    first, second = (
        run(readings, f"compute.n_jobs={n_jobs}", f"compute.cache_dir={tmp_path / str(n_jobs)}") for n_jobs in (1, 2)
    )
    for name in TABLES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    files = sorted(path.name for path in (first / "rois").iterdir())
    assert files == sorted(path.name for path in (second / "rois").iterdir())
    n_readings = 2 if "both" in readings else 3
    assert len(files) == 12 * n_readings + 1
    stability = pd.read_parquet(first / "stability.parquet")
    assert len(stability) == 348
    assert set(stability["n_readings"]) == {n_readings}
    assert stability["n_patients"].max() == 12


def test_each_readers_numbers_are_those_of_a_run_with_that_reader_alone(run):
    both, first, second = (run(f"roi.reader={reader}") for reader in ("both", 1, 2))
    for name in ("radiomics.parquet", "predictions.parquet", "selections.parquet"):
        assert (both / name).read_bytes() == (first / name).read_bytes()
    further = by_patient(both, "radiomics_readings.parquet")
    assert (further.pop("reading") == 1).all()
    pd.testing.assert_frame_equal(further, by_patient(second, "radiomics.parquet"))
    for folder in (first, second):
        assert len(pd.read_parquet(folder / "radiomics_readings.parquet")) == 0
        assert len(pd.read_parquet(folder / "stability.parquet")) == 0
    values = np.stack([by_patient(folder, "radiomics.parquet") for folder in (first, second)])
    expected = intraclass_correlation(values, np.ones((1, 12), dtype=int))
    assert np.array_equal(pd.read_parquet(both / "stability.parquet")["icc2"], expected.icc2[0], equal_nan=True)


def test_a_perturbed_outline_depends_on_the_patient_and_the_seed_alone(run, twelve):
    def hashes(folder):
        return pd.read_parquet(folder / "rois/index.parquet").set_index(["patient_id", "reading"])["content_hash"]

    first = hashes(run("roi.perturbations=2", "until=rois"))
    assert first.is_unique
    edit(twelve, lambda table: table.iloc[::-1].drop(index=4))
    again = hashes(run("roi.perturbations=3", "until=rois"))
    shared = first.drop("SIMULATED-005", level="patient_id")
    assert again.loc[shared.index].equals(shared)
    other = hashes(run("roi.perturbations=2", "until=rois", "seed=1")).loc[shared.index]
    assert ((other == shared) == (other.index.get_level_values("reading") == 0)).all()


def test_without_a_usable_second_outline_a_patient_stays_with_a_warning(run, twelve):
    edit(twelve, lambda table: table.assign(mask_reader2=table["mask_reader2"].where(table.index != 0)))
    (twelve / "masks_reader2/SIMULATED-002.nii.gz").unlink()
    path = str(twelve / "masks_reader2/SIMULATED-003.nii.gz")
    mask = sitk.ReadImage(path)
    mask.SetOrigin([coordinate + 5 for coordinate in mask.GetOrigin()])
    sitk.WriteImage(mask, path)
    folder = run("roi.reader=both")
    assert len(pd.read_parquet(folder / "predictions.parquet")) == 12
    qc = pd.read_csv(folder / "qc.csv", keep_default_na=False)
    assert (qc["status"] == "included").sum() == 12
    warned = qc[qc["reason"].str.contains("left out of the agreement of readings only")].set_index("patient_id")
    assert warned.index.tolist() == ["SIMULATED-001", "SIMULATED-002", "SIMULATED-003"]
    for reason, found in zip(("names no outline", "does not exist", "mm apart"), warned["reason"], strict=True):
        assert reason in found
    assert set(pd.read_parquet(folder / "stability.parquet")["n_patients"]) == {9}


def test_features_that_agree_too_little_in_a_training_set_are_not_selected_there(run):
    folder = run("roi.reader=both", "reduction.icc=0.8")
    selections = pd.read_parquet(folder / "selections.parquet")
    assert len(selections)
    first, second = (by_patient(folder, name) for name in ("radiomics.parquet", "radiomics_readings.parquet"))
    values = np.stack([first, second[first.columns]])
    free = pd.read_parquet(run("roi.reader=both") / "selections.parquet")
    n_refused = 0
    for fold in range(12):
        alone = intraclass_correlation(np.delete(values, fold, axis=1), np.ones((1, 11), dtype=int)).icc2[0]
        reliable = set(first.columns[alone >= 0.8])
        assert set(selections.loc[selections["fold"] == fold, "feature"]) <= reliable
        n_refused += len(set(free.loc[free["fold"] == fold, "feature"]) - reliable)
    assert n_refused > 0


@pytest.mark.parametrize(
    ("overrides", "answer"),
    [
        (["reduction.icc=0.75"], r"reduction.icc=0.75 needs a second reading.*roi.reader=both.*roi.perturbations=3"),
        (["reduction.icc=0.75", "cohort.features=x.csv", "roi.reader=both"], "cohort.features does not have"),
        (["roi.reader=both", "roi.perturbations=1"], "choose one"),
        (["roi.reader=3"], "roi.reader"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_any_work(overrides, answer):
    with pytest.raises(ConfigError, match=answer):
        validate(compose(overrides))


def test_a_cohort_without_second_outlines_says_what_to_do(run, twelve):
    edit(twelve, lambda table: table.assign(mask_reader2=table["mask_reader2"].where(table.index < 4)))
    with pytest.raises(CohortError, match=r"only 4 of 12 patients have a second reading; expected at least 10"):
        run("roi.reader=both", "reduction.icc=0.5")
    edit(twelve, lambda table: table.drop(columns="mask_reader2"))
    with pytest.raises(ConfigError, match=r"needs a column mask_reader2 in .*roi.perturbations=3"):
        run("roi.reader=both")
