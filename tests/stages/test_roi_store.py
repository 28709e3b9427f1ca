import numpy as np
import pytest

from radsurv.roi.region import Region
from radsurv.stages import roi_store
from radsurv.stages.run_folder import RunFolder

REGION = Region(np.arange(12.0).reshape(3, 4), np.eye(3, 4, dtype=bool), (0.5, 0.75), 6.0, 7)


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
