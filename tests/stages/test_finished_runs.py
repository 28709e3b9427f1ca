"""Which runs count as finished: by options, data, code, and every file that they left."""

import numpy as np
import pytest

from radsurv.config import validate
from radsurv.stages import finished_runs
from radsurv.stages.compose import compose
from radsurv.stages.finished_runs import inputs_hash, is_finished, is_marked, mark


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Of two patients, one of them with a folder for an image."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cohort/series").mkdir(parents=True)
    for name in ("a.nii.gz", "mask.nii.gz", "series/1.dcm", "other.nii.gz"):
        (tmp_path / "cohort" / name).write_bytes(name.encode())
    table = "patient_id,image,mask,time,event,next to\nP1,a.nii.gz,mask.nii.gz,3,1,../x\nP2,series,mask.nii.gz,4,0,.\n"
    (tmp_path / "cohort/clinical.csv").write_text(table)

    def composed(*overrides):
        return validate(compose(["cohort.table=cohort/clinical.csv", *overrides]))

    return composed


def test_options_data_and_code_make_another_hash(config, tmp_path, monkeypatch):
    first = inputs_hash(config())
    for overrides in (["compute.n_jobs=1"], ["compute.cache_dir=elsewhere"], ["compute.cache_limit=null"]):
        assert inputs_hash(config(*overrides)) == first
    (tmp_path / "cohort/other.nii.gz").write_bytes(b"nobody's image")
    assert inputs_hash(config()) == first
    found = {first, inputs_hash(config("seed=1")), inputs_hash(config("compute.precision=bf16"))}
    for name in ("a.nii.gz", "series/1.dcm", "clinical.csv"):
        path = tmp_path / "cohort" / name
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        found.add(inputs_hash(config()))
        path.write_bytes(before)
    (tmp_path / "features.csv").write_text("patient_id,a\nP1,1\nP2,2\n")
    ready = config("cohort.features=features.csv")
    found.add(inputs_hash(ready))
    (tmp_path / "features.csv").write_text("patient_id,a\nP1,1\nP2,3\n")
    found.add(inputs_hash(ready))
    monkeypatch.setattr(finished_runs, "code_hash", lambda: "other code")
    found.add(inputs_hash(config()))
    assert len(found) == 9
    assert inputs_hash(config()) in found


def test_images_of_joined_tables_count_and_those_of_the_table_in_whose_place_they_are_do_not(config, tmp_path):
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "i.nii.gz").write_bytes(name.encode())
        (tmp_path / name / "clinical.csv").write_text("patient_id,image,mask,time,event\nP1,i.nii.gz,i.nii.gz,3,1\n")
    joined = config("cohort.join=[x/clinical.csv,y/clinical.csv]")
    first = inputs_hash(joined)
    (tmp_path / "cohort/a.nii.gz").write_bytes(b"of a table that is not read")
    assert inputs_hash(joined) == first
    found = {first}
    for name in ("x", "y"):
        (tmp_path / name / "i.nii.gz").write_bytes(b"another scan")
        found.add(inputs_hash(joined))
    assert len(found) == 3


def test_a_run_is_finished_while_its_files_are_what_they_were(tmp_path):
    folder = tmp_path / "seed=1"
    (folder / "rois").mkdir(parents=True)
    (folder / "metrics.json").write_text("{}")
    np.savez(folder / "rois/1.npz", a=1)
    assert not is_finished(folder, "abc")
    mark(folder, "abc")
    (folder / "remarks.txt").write_text("the user's own")
    assert is_marked(folder)
    assert is_finished(folder, "abc")
    assert not is_finished(folder, "abd")
    for name in ("metrics.json", "rois/1.npz", "report.html", "being_replaced.json"):
        path = folder / name
        before = path.read_bytes() if path.is_file() else None
        path.write_text("other")
        assert not is_finished(folder, "abc"), name
        path.unlink()
        if before is not None:
            assert not is_finished(folder, "abc"), name
            path.write_bytes(before)
    assert is_finished(folder, "abc")
    (tmp_path / ".seed=1.finished.json").write_text("{}")
    assert not is_finished(folder, "abc")
