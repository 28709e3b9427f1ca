"""What the network sees, from the images to the table: sections, sequences, faults, and a run that was killed."""

import shutil

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

import conf
from radsurv.config import validate
from radsurv.deep.extract import extract
from radsurv.deep.layers import FeatureExtractor
from radsurv.errors import CohortError, ConfigError
from radsurv.roi.patch import cnn_patch
from radsurv.roi.region import Region
from radsurv.stages import deep, deep_features, pipeline, roi_store
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

NETWORK = (
    *("backbone=torchvision", "backbone.name=squeezenet1_1", "backbone.weights=random", "backbone.batch_size=4"),
    *("patch.size=64", "roi.context_pixels=4"),
)
SIZE, N_PATIENTS = 64, 8
SEQUENCES = "patch.channels=[image,image_flair,image_t2]"


def configured(cohort, folder, *overrides):
    where = (
        f"cohort.table={cohort / 'clinical.csv'}",
        f"run_dir={folder}",
        f"compute.cache_dir={folder.parent / 'cache'}",
    )
    quick = (
        "tracking=none",
        "radiomics=none",
        "compute.n_jobs=1",
        "compute.accelerator=cpu",
        "until=deep",
        "cohort.min_patients=4",
    )
    return validate(compose([*where, *quick, *NETWORK, *overrides]))


@pytest.fixture
def eight(twelve):
    """The first eight patients."""
    table = pd.read_csv(twelve / "clinical.csv", dtype=str)
    table.head(N_PATIENTS).to_csv(twelve / "clinical.csv", index=False)
    return twelve


@pytest.fixture
def run(eight, tmp_path):
    """Run on the eight patients up to the deep features, in a folder of its own with a cache that all share."""
    count = iter(range(9))

    def run(*overrides: str):
        folder = tmp_path / f"run{next(count)}"
        pipeline.run(configured(eight, folder, *overrides))
        return folder

    return run


@pytest.fixture
def sequences(eight):
    """Two more columns of images: the first one mirrored in intensity, and squared."""
    table = pd.read_csv(eight / "clinical.csv", dtype=str)
    for column, change in (("image_flair", lambda a: a.max() - a), ("image_t2", np.square)):
        (eight / column).mkdir()
        table[column] = [f"{column}/{patient}.nii.gz" for patient in table["patient_id"]]
        for image, path in zip(table["image"], table[column], strict=True):
            write(eight / path, change(array_of(eight / image).astype(np.float32)), like=eight / image)
    table.to_csv(eight / "clinical.csv", index=False)
    return eight


def array_of(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def write(path, array, like, shift_mm=0.0):
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(sitk.ReadImage(str(like)))
    image.SetOrigin([coordinate + shift_mm for coordinate in image.GetOrigin()])
    sitk.WriteImage(image, str(path))


def features(folder, name="deep.parquet"):
    return pd.read_parquet(folder / name).set_index("patient_id")


def verdicts(folder):
    qc = pd.read_csv(folder / "qc.csv", keep_default_na=False)
    return qc[qc["status"] != "warning"].set_index("patient_id")


def by_hand(cohort, columns, offsets):
    """Features of one patient after the other, from the files, without the ROI store: mean over sections."""
    patches = {}
    for row in pd.read_csv(cohort / "clinical.csv", dtype=str).to_dict("records"):
        mask = array_of(cohort / row["mask"]) > 0
        areas = mask.sum(axis=(1, 2))
        for section in areas.argmax() + np.array(offsets):
            if areas[section] < 16:
                continue
            planes = [array_of(cohort / row[column])[section].astype(float) for column in columns]
            shown = [cnn_patch(Region(plane, mask[section], (1, 1), 1, 0), conf.patch(), SIZE) for plane in planes]
            patches[row["patient_id"], section] = shown[0] if len(shown) == 1 else np.stack(shown)
    backbone = conf.backbone("squeezenet1_1", weights="random", batch_size=4)
    found = extract(
        {str(key): patch for key, patch in patches.items()},
        backbone,
        conf.section("compute", accelerator="cpu"),
        seed=0,
    )
    table = pd.DataFrame(found.values.astype(np.float64))
    return table.groupby([patient for patient, _ in patches], sort=False).mean().astype(np.float32)


def test_features_are_means_over_the_sections_that_hold_outline(run, eight):
    folder = run("patch.sections=5")
    expected = by_hand(eight, ["image"], [-2, -1, 0, 1, 2])
    np.testing.assert_array_equal(features(folder).to_numpy(), expected.to_numpy())
    alone = run()
    np.testing.assert_array_equal(features(alone).to_numpy(), by_hand(eight, ["image"], [0]).to_numpy())


@pytest.mark.slow
def test_a_section_that_cannot_be_shown_is_a_warning_and_the_mean_goes_on(run, eight):
    path = eight / "images/SIMULATED-002.nii.gz"
    areas = (array_of(eight / "masks/SIMULATED-002.nii.gz") > 0).sum(axis=(1, 2))
    pixels, spoilt = array_of(path).astype(np.float32), areas.argmax() + 1
    assert areas[spoilt] >= 16
    pixels[spoilt] = 7
    write(path, pixels, like=path)
    folder = run("patch.sections=3")
    qc = pd.read_csv(folder / "qc.csv", keep_default_na=False)
    warned = qc[(qc["status"] == "warning") & (qc["stage"] == "deep")]
    assert warned["patient_id"].tolist() == ["SIMULATED-002"]
    assert f"section {spoilt}, beside the largest, is not shown to the network (all " in warned["reason"].item()
    pixels[spoilt] = np.nan
    write(path, pixels, like=path)
    again = run("patch.sections=3")
    checked = pd.read_csv(again / "qc/cohort.csv", keep_default_na=False)
    warned = checked[checked["status"] == "warning"]
    assert warned["patient_id"].tolist() == ["SIMULATED-002", "SIMULATED-002"]
    assert warned["reason"].str.contains("none of them where features are computed").tolist() == [True, False]
    assert warned["reason"].str.contains(f"section {spoilt}, beside the largest, .* not finite").tolist() == [
        False,
        True,
    ]
    pd.testing.assert_frame_equal(features(again), features(folder))
    assert (verdicts(again)["status"] == "included").all()


@pytest.mark.slow
def test_sections_change_neither_radiomics_nor_the_variants_of_the_outline(run):
    asked = ("roi.perturbations=1", "radiomics=vallieres", "quantization=equal16_1mm")
    one, three = run(*asked), run(*asked, "patch.sections=3")
    for name in ("cohort.parquet", "radiomics.parquet", "radiomics_readings.parquet"):
        assert (one / name).read_bytes() == (three / name).read_bytes(), name
    assert not features(one).equals(features(three))
    index = pd.read_parquet(three / "rois/index.parquet")
    sections = index.groupby(["patient_id", "reading"])["section"].agg(list).unstack()
    assert sections[0].equals(sections[1])
    largest = index[index["offset"] == 0].drop(columns=["file"])
    pd.testing.assert_frame_equal(
        largest.reset_index(drop=True), pd.read_parquet(one / "rois/index.parquet").drop(columns=["file"])
    )


@pytest.mark.slow
def test_three_sequences_are_the_three_channels(run, sequences):
    folder = run(SEQUENCES)
    expected = by_hand(sequences, ["image", "image_flair", "image_t2"], [0])
    np.testing.assert_array_equal(features(folder).to_numpy(), expected.to_numpy())
    alone, thrice = run(), run("patch.channels=[image,image,image]")
    pd.testing.assert_frame_equal(features(thrice), features(alone))
    other = run("patch.channels=[image_flair]", "patch.sections=3")
    np.testing.assert_array_equal(
        features(other).to_numpy(), by_hand(sequences, ["image_flair"], [-1, 0, 1]).to_numpy()
    )


def test_without_a_usable_further_sequence_a_patient_is_excluded(run, sequences):
    table = pd.read_csv(sequences / "clinical.csv", dtype=str)
    table.loc[0, "image_flair"] = ""
    table.to_csv(sequences / "clinical.csv", index=False)
    (sequences / "image_flair/SIMULATED-002.nii.gz").unlink()
    path = sequences / "image_t2/SIMULATED-003.nii.gz"
    write(path, array_of(path), like=path, shift_mm=5.0)
    path = sequences / "image_t2/SIMULATED-004.nii.gz"
    write(path, np.full_like(array_of(path), np.nan), like=path)
    folder = run(SEQUENCES)
    excluded = verdicts(folder).query("status == 'excluded'")
    reasons = (
        "the table names no image_flair",
        "image_flair: image_flair/SIMULATED-002.nii.gz does not exist",
        "image_t2: image and this sequence differ in geometry",
        "image_t2: .* not finite",
    )
    assert excluded.index.tolist() == [f"SIMULATED-{i:03d}" for i in range(1, 5)]
    assert set(excluded["stage"]) == {"cohort"}
    for found, reason in zip(excluded["reason"], reasons, strict=True):
        assert pd.Series([found]).str.contains(reason).all(), found
    assert features(folder).index.tolist() == [f"SIMULATED-{i:03d}" for i in range(5, 9)]
    assert set(verdicts(run("until=cohort"))["status"]) == {"included"}


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("patch.sections=2", r"patch.sections: .*an odd number is needed.*found 2"),
        ("patch.channels=[image,image_flair]", r"patch.channels: .*one column of images, shown three times, or three"),
        ("patch.channels=[image,mask,image]", "mask is a column of the cohort table that holds no images"),
    ],
)
def test_options_that_cannot_be(override, answer):
    with pytest.raises(ConfigError, match=answer):
        validate(compose([override]))


def test_a_column_that_the_cohort_lacks(run, sequences):
    with pytest.raises(CohortError, match=r"no column 'image_flare'; nearest: 'image_flair'.*cohort.columns="):
        run("patch.channels=[image,image_flare,image_t2]")
    table = pd.read_csv(sequences / "clinical.csv", dtype=str).assign(image_t2="../other/t2.nii.gz")
    table.to_csv(sequences / "clinical.csv", index=False)
    with pytest.raises(
        CohortError, match=r"image_t2: line 2 .*'\.\./other/t2.nii.gz' and 3 more; expected a path inside"
    ):
        run(SEQUENCES)


class Killed(BaseException):
    """As a signal would come: past every handler of errors."""


@pytest.mark.slow
def test_killed_in_the_middle_only_the_missing_patients_are_computed(run, eight, tmp_path, monkeypatch):
    whole = run(f"compute.cache_dir={tmp_path / 'other'}", "patch.sections=3")
    batches, n_batches = [], 3

    class Dying(FeatureExtractor):
        def forward(self, images):
            if len(batches) == n_batches:
                raise Killed
            batches.append(len(images))
            return super().forward(images)

    with monkeypatch.context() as patched:
        patched.setattr("radsurv.deep.layers.FeatureExtractor", Dying)
        with pytest.raises(Killed):
            run("patch.sections=3")
    computed = []

    def counted(patches, *args, **kwargs):
        computed.append(len(patches))
        return extract(patches, *args, **kwargs)

    monkeypatch.setattr(deep_features, "extract", counted)
    again, third = run("patch.sections=3"), run("patch.sections=3")
    n_views = len(pd.read_parquet(whole / "rois/index.parquet"))
    assert computed == [n_views - 4 * n_batches, 0]
    for folder in (again, third):
        assert (folder / "deep.parquet").read_bytes() == (whole / "deep.parquet").read_bytes()


def square(**changes):
    """A region with nothing wrong with it, but for the changes."""
    outline = np.zeros((12, 12), dtype=bool)
    outline[3:9, 3:9] = True
    image = np.random.default_rng(0).normal(size=(12, 12))
    return Region(
        **({"image": image, "outline": outline, "spacing_mm": (1.0, 1.0), "slice_mm": 5.0, "section": 3} | changes)
    )


def with_nan():
    image = square().image.copy()
    image[4, 4] = np.nan
    return image


FAULTS = {
    "empty crop": (square(image=np.empty((0, 0)), outline=np.empty((0, 0), dtype=bool)), "outline is empty"),
    "no outline": (square(outline=np.zeros((12, 12), dtype=bool)), "outline is empty"),
    "NaN": (square(image=with_nan()), "1 of the 36 pixels shown to the network are NaN or infinite"),
    "one pixel": (square(outline=np.arange(144).reshape(12, 12) == 50), "one pixel"),
    "constant": (square(image=np.ones((12, 12))), "all 36 pixels shown to the network have intensity 1"),
    "larger than the image": (square(outline=np.ones((20, 20), dtype=bool)), "does not fit the image"),
}


def test_every_reason_for_failure_is_a_row_and_the_others_go_on(run, eight, tmp_path):
    base = run()
    folder = RunFolder(tmp_path / "faulty")
    shutil.copytree(base, folder.root)
    rows = [roi_store.save(folder.rois, name, 0, region) for name, (region, _) in FAULTS.items()]
    rows.append(roi_store.save(folder.rois, "sound", 0, square()))
    roi_store.write_index(folder, rows, simulated=True)
    result = deep.run(configured(eight, folder.root), folder)
    qc = pd.read_csv(folder.stage_qc("deep"), keep_default_na=False).set_index("patient_id")
    assert qc.index.tolist() == list(FAULTS)
    assert set(qc["status"]) == {"excluded"}
    for name, (_, reason) in FAULTS.items():
        assert reason in qc.loc[name, "reason"]
    assert features(folder.root).index.tolist() == ["sound"]
    assert any("6 patients excluded" in note for note in result.record.notes)


def test_batches_that_do_not_fit_are_halved_and_the_report_is_told(run, monkeypatch):
    class Crammed(FeatureExtractor):
        def forward(self, images):
            if len(images) > 2:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return super().forward(images)

    monkeypatch.setattr("radsurv.deep.layers.FeatureExtractor", Crammed)
    folder = run()
    assert "went on with backbone.batch_size=2" in (folder / "execution/deep.json").read_text("utf-8")
    assert len(features(folder)) == N_PATIENTS
