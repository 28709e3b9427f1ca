"""From files to regions, each file once; two readers and perturbed outlines, on to the filter by agreement."""

import os

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from feature_tables import as_written, clean

from radsurv.cohort import itk
from radsurv.config import validate
from radsurv.errors import CohortError, ConfigError, PatientError, TooFewPatients
from radsurv.features.stability import intraclass_correlation
from radsurv.roi import outline_readings
from radsurv.roi.section import extract_region
from radsurv.stages import cohort, pipeline
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

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


def by_verdict(folder):
    qc = pd.read_csv(folder / "qc.csv", keep_default_na=False)
    return qc[qc["status"] != "warning"].set_index("patient_id")


def edit(twelve, change):
    table = pd.read_csv(twelve / "clinical.csv", dtype=str)
    table = change(table)
    table.to_csv(twelve / "clinical.csv", index=False)


def by_patient(folder, name):
    return pd.read_parquet(folder / name).set_index("patient_id")


def everything_in(folder):
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_images_may_lie_elsewhere_and_nothing_is_written_there(twelve, tmp_path, run):
    beside = run("until=cohort")
    (tmp_path / "own").mkdir()
    (twelve / "clinical.csv").rename(tmp_path / "own" / "clinical.csv")
    before = everything_in(twelve)
    table = f"cohort.table={tmp_path / 'own' / 'clinical.csv'}"
    for root in (twelve, os.path.relpath(twelve, tmp_path / "own")):
        apart = run("until=cohort", table, f"cohort.root={root}", "cohort.name=test")
        for name in ("cohort.parquet", "rois/index.parquet", "qc.csv"):
            assert (apart / name).read_bytes() == (beside / name).read_bytes()
    assert everything_in(twelve) == before
    with pytest.raises(CohortError, match=r"cohort\.root=nowhere is no folder"):
        run("until=cohort", table, "cohort.root=nowhere")


def test_the_unit_of_the_times_is_on_the_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ids = [f"P{number:02d}" for number in range(11)]
    pd.DataFrame({"patient_id": ids, "time": range(1, 12), "event": 1}).to_csv("clinical.csv", index=False)
    pd.DataFrame({"patient_id": ids, "f0": [5, 3, 9, 1, 8, 2, 10, 7, 4, 6, 0]}).to_csv("features.csv", index=False)
    tables = ["cohort.table=clinical.csv", "cohort.features=features.csv"]
    config = validate(compose([*tables, "cohort.time_unit=months", "cohort.covariates=[]", "run_dir=run"]))
    (tmp_path / "run").mkdir()
    result = cohort.run(config, RunFolder(tmp_path / "run"))
    assert result.summary == (
        "11 patients, 11 events; time in months (cohort.time_unit): median survival 6 (0.5 years) by Kaplan-Meier, median"
        " follow-up not reached by reverse Kaplan-Meier, range 1 to 11"
    )
    assert len(result.record.notes) == 1
    assert result.record.notes[0].startswith("all 11 patients have the event")
    assert len(pd.read_parquet("run/rois/index.parquet")) == 0
    assert pd.read_parquet("run/outlines.parquet").dtypes.astype(str).to_dict() == {
        "patient_id": "object",
        "volume_mm3": "float64",
    }
    assert len(pd.read_parquet("run/outlines.parquet")) == 0


def test_what_is_no_feature_of_a_table_is_a_note_of_the_stage_and_the_outcome_is_refused_all_the_same(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    ids = [f"P{number:02d}" for number in range(12)]
    times = np.random.default_rng(1).permutation(12) * 50.0 + 10
    (tmp_path / "features.csv").write_text(as_written("pyradiomics", clean("pyradiomics", ids)), encoding="utf-8")
    both = pd.read_csv("features.csv").assign(OS=times, died=[1, 0] * 6, age=60)
    both.to_csv("clinical.csv", index=False)

    def noted(name, *more):
        columns = "cohort.columns={patient_id: ID, time: OS, event: died}"
        options = [
            "cohort.table=clinical.csv",
            f"cohort.features={name}",
            columns,
            "cohort.covariates=[age]",
            "run_dir=run",
        ]
        (tmp_path / "run").mkdir(exist_ok=True)
        result = cohort.run(validate(compose([*options, *more])), RunFolder(tmp_path / "run"))
        return result.record.notes, pd.read_parquet("run/features.parquet")

    notes, table = noted("features.csv")
    pd.testing.assert_frame_equal(table, clean("pyradiomics", ids))
    assert [
        note for note in notes if note.startswith("features.csv: 3 features; not read: 2 with text ('Image', 'Mask'),")
    ]
    notes, of_one_file = noted("clinical.csv")
    pd.testing.assert_frame_equal(of_one_file, table)
    assert [
        note
        for note in notes
        if note.startswith("clinical.csv (the cohort table, too): 3 features; not read: 3 clinical")
    ]
    both.assign(original_shape_OS=times / 30).to_csv("clinical.csv", index=False)
    with pytest.raises(CohortError, match="'original_shape_OS' has the order of the follow-up times"):
        noted("clinical.csv")
    both.drop(columns="OS").assign(OS=times).to_csv("features.csv", index=False)
    with pytest.raises(CohortError, match="'OS' has the order"):  # of a table of its own: refused, not left out
        noted("features.csv")


@pytest.mark.parametrize("reader", [1, 2])
def test_volumes_are_those_of_the_analysed_outlines(run, twelve, reader):
    """ITK's count of each file times its voxels; the axes of one are in another order, and one patient cannot be used."""
    folder = twelve / ("masks" if reader == 1 else "masks_reader2")
    first, second, *_ = sorted(folder.iterdir())
    sitk.WriteImage(sitk.PermuteAxes(sitk.ReadImage(str(first)), (2, 0, 1)), str(first))
    empty = sitk.ReadImage(str(second))
    sitk.WriteImage(empty * 0, str(second))
    expected = {}
    for path in sorted(folder.iterdir()):
        mask = sitk.ReadImage(str(path))
        n_voxels = np.count_nonzero(sitk.GetArrayFromImage(mask))
        expected[path.name.removesuffix(".nii.gz")] = n_voxels * np.prod(mask.GetSpacing())
    del expected[second.name.removesuffix(".nii.gz")]
    done = run(f"roi.reader={reader}", "until=cohort")
    found = pd.read_parquet(done / "outlines.parquet")
    assert (
        found["patient_id"].tolist()
        == list(expected)
        == pd.read_parquet(done / "cohort.parquet")["patient_id"].tolist()
    )
    assert found["volume_mm3"].tolist() == pytest.approx(list(expected.values()), rel=1e-6)
    assert found["volume_mm3"].min() > 0


def test_an_outline_on_a_grid_of_its_own_has_the_volume_that_it_has_on_the_images(run, twelve):
    """Voxels half as long along x hold the same tissue: twice as many of half the size."""
    before = pd.read_parquet(run("until=cohort") / "outlines.parquet")
    for path in (twelve / "masks").iterdir():
        mask = sitk.ReadImage(str(path))
        edge = mask.GetSpacing()[0]
        fine = sitk.GetImageFromArray(sitk.GetArrayFromImage(mask).repeat(2, axis=2))
        fine.SetSpacing((edge / 2, *mask.GetSpacing()[1:]))
        fine.SetDirection(mask.GetDirection())
        fine.SetOrigin(mask.TransformContinuousIndexToPhysicalPoint((-0.25, 0.0, 0.0)))
        sitk.WriteImage(fine, str(path))
    after = pd.read_parquet(run("until=cohort", "cohort.outline_grid=resample") / "outlines.parquet")
    pd.testing.assert_frame_equal(after, before)


@pytest.fixture
def decoded(monkeypatch):
    """The files that ITK decodes, in order."""
    files = []

    class Counting(sitk.ImageFileReader):
        def Execute(self):
            files.append(self.GetFileName())
            return super().Execute()

    monkeypatch.setattr(itk.sitk, "ImageFileReader", Counting)
    return files


def test_every_file_is_decoded_once(run, twelve, decoded):
    """Image, further sequence, both readers' outlines."""
    (twelve / "flair").mkdir()
    for path in (twelve / "images").iterdir():
        image = sitk.ReadImage(str(path))
        sitk.WriteImage(sitk.Sqrt(sitk.Cast(image, sitk.sitkFloat32)), str(twelve / "flair" / path.name))
    edit(twelve, lambda table: table.assign(flair=table["image"].str.replace("images", "flair")))
    run("roi.reader=both", "patch.sections=3", "patch.channels=[image,flair,flair]", "until=evaluate")
    table = pd.read_csv(twelve / "clinical.csv", dtype=str)
    files = [
        str((twelve / path).resolve()) for path in table[["image", "mask", "flair", "mask_reader2"]].to_numpy().flat
    ]
    assert decoded == files


def test_patients_with_the_same_image_are_named(run, twelve, capsys):
    """1, 2 and 3 have one image and two outlines; 6 and 7 have one image and one outline."""
    run("until=cohort")
    assert "the same image" not in capsys.readouterr().err

    def copied(table):
        table.loc[[1, 2], ["image", "mask"]] = table.loc[0, ["image", "mask"]].to_numpy()
        table.loc[6, ["image", "mask"]] = table.loc[5, ["image", "mask"]]
        table.loc[2, "mask"] = table.loc[2, "mask_reader2"] = table.loc[0, "mask_reader2"]
        return table

    edit(twelve, copied)
    run("until=cohort")
    said = " ".join(capsys.readouterr().err.split())
    same = "patients 'SIMULATED-{}' have the same image and {}: one scan would be in a training set"
    assert same.format("001', 'SIMULATED-002', 'SIMULATED-003", "2 different outlines") in said
    assert same.format("006', 'SIMULATED-007", "the same outline") in said
    assert said.count("have the same image") == 2


def test_the_line_counts_regions(run, twelve, capsys):
    run("roi.perturbations=2", "until=cohort")
    assert "; 12 regions of interest, further readings: 24  (" in capsys.readouterr().err


def test_a_patient_who_fails_at_extraction_is_left_out_of_the_cohort(run, twelve, monkeypatch):
    taken = []

    def failing(*arguments, **options):
        taken.append(1)
        if len(taken) == 3:
            raise PatientError("the crop is odd")
        return extract_region(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(outline_readings, "extract_region", failing)
        folder = run("until=cohort")
    found = by_verdict(folder)
    assert found.query("status == 'excluded'").reset_index().to_numpy().tolist() == [
        ["SIMULATED-003", "excluded", "cohort", "the crop is odd"]
    ]
    kept = pd.read_parquet(folder / "cohort.parquet")["patient_id"].tolist()
    assert kept == [f"SIMULATED-{i:03d}" for i in range(1, 13) if i != 3]
    index = pd.read_parquet(folder / "rois/index.parquet")
    assert index["patient_id"].tolist() == kept
    assert len(list((folder / "rois").iterdir())) == 12


def test_patients_who_fail_at_extraction_count_among_too_few_and_an_earlier_run_stays(run, twelve, monkeypatch):
    folder = run("until=cohort")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    taken = []

    def failing(*arguments, **options):
        taken.append(1)
        if len(taken) <= 3:
            raise PatientError("the crop is odd")
        return extract_region(*arguments, **options)

    monkeypatch.setattr(outline_readings, "extract_region", failing)
    with pytest.raises(
        TooFewPatients, match=r"9 patients can take part \(3 left out: SIMULATED-001: the crop is odd; "
    ):
        run(f"run_dir={folder}", "until=cohort", "roi.context_pixels=3")
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after.pop(folder / "excluded.csv")
    assert after.pop(folder / ".unfinished/config.yaml")
    assert after == before
    assert not (folder / ".unfinished/.rois").exists()


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["roi.reader=both", "roi.perturbations=2"])
def test_one_worker_or_two_give_the_same_bytes(run, tmp_path, asked):
    first, second = (
        run(asked, f"compute.n_jobs={n_jobs}", f"compute.cache_dir={tmp_path / str(n_jobs)}") for n_jobs in (1, 2)
    )
    for name in TABLES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    files = sorted(path.name for path in (first / "rois").iterdir())
    assert files == sorted(path.name for path in (second / "rois").iterdir())
    n_readings = 2 if "both" in asked else 3
    assert len(files) == 12 * n_readings + 1
    stability = pd.read_parquet(first / "stability.parquet")
    assert len(stability) == 348
    assert set(stability["n_readings"]) == {n_readings}
    assert stability["n_patients"].max() == 12


@pytest.mark.slow
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

    first = hashes(run("roi.perturbations=2", "until=cohort"))
    assert first.is_unique
    edit(twelve, lambda table: table.iloc[::-1].drop(index=4))
    again = hashes(run("roi.perturbations=3", "until=cohort"))
    shared = first.drop("SIMULATED-005", level="patient_id")
    assert again.loc[shared.index].equals(shared)
    other = hashes(run("roi.perturbations=2", "until=cohort", "seed=1")).loc[shared.index]
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


def test_a_variant_that_cannot_be_used_costs_the_patient_no_more_than_the_agreement(run, twelve):
    """There are no numbers more than two pixels away from the outline: a variant that is grown and shifted reaches there."""
    path = twelve / "images/SIMULATED-002.nii.gz"
    image = sitk.Cast(sitk.ReadImage(str(path)), sitk.sitkFloat32)
    traced = sitk.GetArrayFromImage(sitk.ReadImage(str(twelve / "masks/SIMULATED-002.nii.gz")))
    section = int(np.argmax(traced.sum(axis=(1, 2))))
    _, rows, columns = (range(axis.min() - 2, axis.max() + 3) for axis in np.nonzero(traced[[section]]))
    voxels = sitk.GetArrayFromImage(image)
    spoilt = np.full_like(voxels[section], np.nan)
    spoilt[np.ix_(rows, columns)] = voxels[section][np.ix_(rows, columns)]
    voxels[section] = spoilt
    changed = sitk.GetImageFromArray(voxels)
    changed.CopyInformation(image)
    sitk.WriteImage(changed, str(path))

    folder = run("roi.perturbations=4", "until=radiomics")
    index = pd.read_parquet(folder / "rois/index.parquet")
    its = index[index["patient_id"] == "SIMULATED-002"]["reading"].tolist()
    assert its[0] == 0
    assert 1 < len(its) < 5
    assert (by_verdict(folder)["status"] == "included").all()
    readings = pd.read_parquet(folder / "radiomics_readings.parquet")
    assert readings[readings["patient_id"] == "SIMULATED-002"]["reading"].tolist() == its[1:]
    found = warnings(folder).loc[["SIMULATED-002"]]
    missing = [number for number in range(1, 5) if number not in its]
    said = [reason for reason in found if "left out of the agreement of readings only" in reason]
    assert [reason.partition(" cannot be used (")[0] for reason in said] == [
        f"variant {n} of the outline" for n in missing
    ]
    assert all("not finite (NaN or inf)" in reason for reason in said)


@pytest.mark.slow
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


def warnings(folder):
    qc = pd.read_csv(folder / "qc.csv", keep_default_na=False)
    return qc[qc["status"] == "warning"].set_index("patient_id")["reason"]


def store(path, change):
    sitk.WriteImage(change(sitk.ReadImage(str(path))), str(path))


def test_an_outline_stored_in_another_order_changes_nothing_but_a_warning(run, twelve):
    before = run("roi.reader=both", "until=radiomics")
    store(twelve / "masks/SIMULATED-001.nii.gz", lambda mask: sitk.Flip(mask, (True, False, True), False))
    store(twelve / "masks_reader2/SIMULATED-002.nii.gz", lambda mask: sitk.PermuteAxes(mask, (1, 2, 0)))
    after = run("roi.reader=both", "until=radiomics")
    for name in ("rois/index.parquet", "radiomics.parquet", "radiomics_readings.parquet"):
        assert (after / name).read_bytes() == (before / name).read_bytes()
    assert len(warnings(before)) == 0
    found = warnings(after)
    assert found["SIMULATED-001"].startswith(
        "the outline's file has its axes in another order than the image's (x, y, z "
    )
    assert found["SIMULATED-002"].startswith("mask_reader2: the outline's file has its axes in another order")


def test_an_outline_on_another_grid_is_resampled_where_asked(run, twelve):
    def finer(mask):
        """Every pixel split in two along x and y: the same outline."""
        split = sitk.Expand(mask, (2, 2, 1), sitk.sitkNearestNeighbor)
        assert split.GetSpacing() != mask.GetSpacing()
        return split

    before = run("until=radiomics")
    store(twelve / "masks/SIMULATED-001.nii.gz", finer)
    excluded = by_verdict(run("until=radiomics")).query("status == 'excluded'")
    assert excluded.index.tolist() == ["SIMULATED-001"]
    assert "cohort.outline_grid=resample" in excluded["reason"].item()
    after = run("until=radiomics", "cohort.outline_grid=resample")
    assert (after / "radiomics.parquet").read_bytes() == (before / "radiomics.parquet").read_bytes()
    assert "and was resampled onto the image's, nearest neighbour" in warnings(after)["SIMULATED-001"]


def test_a_tolerance_beyond_half_a_voxel_leaves_nobody(run):
    with pytest.raises(TooFewPatients, match=r"cohort\.geometry_tolerance_mm=1000 is more than half of the smallest"):
        run("cohort.geometry_tolerance_mm=1000", "until=cohort")


def test_a_margin_is_stored_and_changes_no_hand_crafted_feature(run):
    without, wide = run("until=radiomics"), run("until=radiomics", "patch.margin=2")
    before, after = (by_patient(folder, "radiomics.parquet") for folder in (without, wide))
    shape = [
        name for name in before if name.startswith("shape_")
    ]  # of coordinates that start elsewhere: rounding differs
    pd.testing.assert_frame_equal(after.drop(columns=shape), before.drop(columns=shape), check_exact=True)
    pd.testing.assert_frame_equal(after[shape], before[shape], rtol=1e-12)
    sizes = []
    for folder in (without, wide):
        index = pd.read_parquet(folder / "rois/index.parquet")
        with np.load(folder / "rois" / index["file"][0]) as arrays:
            sizes.append(arrays["image"].size)
    assert sizes[1] > sizes[0]
    assert set(warnings(wide).str.contains("the patch ends at the border of the image")) <= {True}
