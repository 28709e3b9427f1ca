import numpy as np
import pytest
from reliability import INPUTS, Fault, by_case

from radsurv.errors import PatientError
from radsurv.roi.region import Region
from radsurv.stages import roi_store
from radsurv.stages.run_folder import RunFolder

REGION = Region(np.arange(12.0).reshape(3, 4), np.eye(3, 4, dtype=bool), (0.5, 0.75), 6.0, 7)

AGAIN = "run that stage again: the same bytes"
LEFT_OUT = "that patient, with the reason in `qc.csv`"
FAULTS = [
    Fault(
        kind=INPUTS, fault="a region that stage cohort stored is another when its features are computed (pixels, outline or voxel size)",
        status=None, said="has changed since stage cohort stored it; run stage cohort again", lost=LEFT_OUT, then=AGAIN, case="changed",
    ),
    Fault(
        kind=INPUTS, fault="the file of such a region is empty, cut short, another archive, a pickle, or gone", status=None,
        said="; run stage cohort again", lost=LEFT_OUT, then=AGAIN, case="unreadable",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_region_comes_back(tmp_path):
    folder = RunFolder(tmp_path)
    with roi_store.begun(folder) as place:
        row = roi_store.save(place, "a", 0, REGION)
        assert not folder.rois.exists()
    roi_store.write_index(folder, [row], simulated=False)
    (stored,) = roi_store.read_index(folder)
    loaded = stored.load()
    np.testing.assert_array_equal(loaded.image, REGION.image)
    np.testing.assert_array_equal(loaded.outline, REGION.outline)
    assert (loaded.spacing_mm, loaded.slice_mm, loaded.section) == ((0.5, 0.75), 6.0, 7)
    assert stored.content_hash == loaded.content_hash() == REGION.content_hash()


def test_regions_of_a_run_that_fails_are_gone_and_those_of_an_earlier_one_stay(tmp_path):
    folder = RunFolder(tmp_path)
    with roi_store.begun(folder) as place:
        row = roi_store.save(place, "a", 0, REGION)
    roi_store.write_index(folder, [row], simulated=False)
    before = content(tmp_path)

    def fail():
        with roi_store.begun(folder) as place:
            roi_store.save(place, "b", 0, REGION)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert content(tmp_path) == before


def test_what_a_killed_run_left_does_not_get_into_the_store(tmp_path):
    folder = RunFolder(tmp_path)
    left = tmp_path / roi_store.BEGUN / "left.npz"
    left.parent.mkdir()
    left.touch()
    with roi_store.begun(folder) as place:
        row = roi_store.save(place, "a", 0, REGION)
    assert [path.name for path in folder.rois.iterdir()] == [row["file"]]
    assert not left.exists()


def test_the_index_removes_what_it_does_not_name(tmp_path):
    folder = RunFolder(tmp_path)
    with roi_store.begun(folder) as place:
        rows = [roi_store.save(place, patient, 0, REGION) for patient in "ab"]
    roi_store.write_index(folder, rows[1:], simulated=False)
    assert sorted(path.name for path in folder.rois.iterdir()) == sorted([rows[1]["file"], "index.parquet"])


@pytest.fixture
def stored(tmp_path):
    folder = RunFolder(tmp_path)
    with roi_store.begun(folder) as place:
        row = roi_store.save(place, "a", 0, REGION)
    roi_store.write_index(folder, [row], simulated=False)
    return roi_store.read_index(folder)[0]


@pytest.mark.parametrize(
    "change",
    [
        {"image": REGION.image + 1e-9},
        {"outline": ~REGION.outline},
        {"spacing_mm": np.array([0.5, 0.76, 6.0])},
        {"image": REGION.image.astype(np.float32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_region_that_has_changed_since_is_refused(stored, change):
    """Features would be filed, and cached, under the hash of what it was."""
    arrays = {
        "image": REGION.image, "outline": REGION.outline, "spacing_mm": np.array([0.5, 0.75, 6.0]), "section": np.array(7)
    }  # fmt: skip
    np.savez_compressed(stored.path, **arrays)
    assert stored.load().content_hash() == REGION.content_hash()
    np.savez_compressed(stored.path, **(arrays | change))
    with pytest.raises(PatientError, match=rf"^rois/.*\.npz {ROW['changed'].said}"):
        stored.load()


@pytest.mark.parametrize("content", [b"", b"not an archive", None, "half", "other arrays", "pickle"], ids=str)
def test_a_region_that_cannot_be_read_is_refused(stored, content):
    whole = stored.path.read_bytes()
    if content == "half":
        content = whole[: len(whole) // 2]
    if content is None:
        stored.path.unlink()
    elif content == "other arrays":
        np.savez(stored.path, image=REGION.image)
    elif content == "pickle":
        np.savez(stored.path, image=np.array([{}], dtype=object), outline=0, spacing_mm=np.ones(3), section=0)
    else:
        stored.path.write_bytes(content)
    with pytest.raises(
        PatientError,
        match=rf"^rois/.*\.npz of the run folder (is missing|cannot be read \(\w+\)){ROW['unreadable'].said}",
    ):
        stored.load()
