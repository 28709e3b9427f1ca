"""A cohort in object storage gives, byte for byte, the tables of the same cohort in a folder."""

import json
import sys

import pandas as pd
import pytest
import SimpleITK as sitk
from object_storage import BUCKET, put, s3

from radsurv.cli import main
from radsurv.compute.cache_contents import contents
from radsurv.config import validate
from radsurv.errors import CohortError
from radsurv.objects.mirror import Mirror
from radsurv.stages import pipeline, terminal
from radsurv.stages.compose import compose
from radsurv.stages.finished_runs import inputs_hash

QUICK = (
    "cohort=table",
    "tracking=none",
    "backbone=none",
    "quantization=uniform32_native",
    "compute.n_jobs=1",
    "until=cohort",
)


@pytest.fixture
def config(tmp_path):
    """Of a cohort at an address or in a folder, with a cache and a run folder of the test's own."""

    def config(table, run_dir, *overrides):
        where = (f"cohort.table={table}", f"run_dir={tmp_path / run_dir}", f"compute.cache_dir={tmp_path / 'cache'}")
        return validate(compose([*QUICK, *where, "cohort.name=test", *overrides]))

    return config


def results(folder):
    """Tables, regions and provenance of a run, by name; what tells how a run went, and where its files are, is left out."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        str(name): path.read_bytes()
        for name, path in found.items()
        if not str(name).startswith(("execution", "config.yaml"))
    }


def brighter(image):
    """The bytes of an image with other intensities; the file is as it was."""
    changed = image.with_name("brighter.nii.gz")
    sitk.WriteImage(sitk.ReadImage(str(image)) + 1, str(changed))
    return changed.read_bytes()


def in_storage(kind, folder, scheme="memory"):
    put(kind, folder, f"{BUCKET}/study")
    return f"{scheme}://{BUCKET}/study/clinical.csv"


def test_the_tables_are_those_of_files_and_the_next_run_fetches_nothing_that_has_not_changed(
    storage, config, twelve, tmp_path
):
    address = in_storage(storage, twelve)
    pipeline.run(config(twelve / "clinical.csv", "files"))
    pipeline.run(config(address, "objects"))
    assert results(tmp_path / "objects") == results(tmp_path / "files")
    assert len(results(tmp_path / "files")) > 15
    kept = contents(Mirror(tmp_path / "cache", None).folder)
    execution = json.loads((tmp_path / "objects/execution/cohort.json").read_text())
    assert (execution["cache_read"], execution["cache_written"]) == (0, 25) == (0, len(kept.entries))

    storage.pipe_file(f"{BUCKET}/study/images/SIMULATED-001.nii.gz", brighter(twelve / "images/SIMULATED-001.nii.gz"))
    storage.rm(f"{BUCKET}/study/masks/SIMULATED-003.nii.gz")
    pipeline.run(config(address, "changed"))
    execution = json.loads((tmp_path / "changed/execution/cohort.json").read_text())
    assert (execution["cache_read"], execution["cache_written"]) == (
        22,
        1,
    )  # nothing came of the patient who is left out
    qc = pd.read_csv(tmp_path / "changed/qc.csv", keep_default_na=False)
    lost = qc[qc["status"] == "excluded"].to_dict("records")
    reason = "masks/SIMULATED-003.nii.gz does not exist; correct the table or add the file"
    assert lost == [{"patient_id": "SIMULATED-003", "status": "excluded", "stage": "cohort", "reason": reason}]


def test_faults_and_notes_name_the_address(storage, config, twelve, tmp_path, capsys):
    table = pd.read_csv(twelve / "clinical.csv", dtype=str)
    noise = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
    table[["patient_id"]].assign(f1=noise, note="x").to_csv(twelve / "features.csv", index=False)
    address = in_storage(storage, twelve)
    ready = f"cohort.features={address.replace('clinical', 'features')}"
    pipeline.run(config(address, "run", ready))
    (told,) = [
        note
        for note in json.loads((tmp_path / "run/provenance/cohort.json").read_text())["notes"]
        if "not read" in note
    ]
    assert told.startswith(f"memory://{BUCKET}/study/features.csv: ")
    table.assign(event="perhaps").to_csv(twelve / "clinical.csv", index=False)
    in_storage(storage, twelve)
    with pytest.raises(CohortError, match=rf"^memory://{BUCKET}/study/clinical.csv: .*perhaps"):
        pipeline.run(config(address, "faulty"))
    capsys.readouterr()
    where = (f"cohort.table={address}", f"run_dir={tmp_path / 'check'}", f"compute.cache_dir={tmp_path / 'cache'}")
    assert main(["check", *QUICK, *where]) == 1
    assert "perhaps" in capsys.readouterr().out
    assert BUCKET not in (tmp_path / "check/passport.html").read_text()
    assert "/tables/" not in (tmp_path / "check/checks.csv").read_text()


def test_under_pseudonyms_nothing_that_names_a_patient_is_kept(storage, config, twelve, tmp_path):
    address = in_storage(storage, twelve)
    storage.rm(f"{BUCKET}/study/masks/SIMULATED-003.nii.gz")
    named = ("cohort.pseudonymise=true", f"cohort.pseudonym_key={tmp_path / 'key.json'}")
    folder = pipeline.run(config(address, "run", *named))
    qc = pd.read_csv(folder.qc, keep_default_na=False)
    assert qc.loc[qc["status"] == "excluded", "reason"].tolist() == [
        "mask does not exist; correct the table or add the file"
    ]
    files = [path for place in (folder.home, tmp_path / "cache") for path in place.rglob("*") if path.is_file()]
    assert len(files) > 15
    assert not any(b"SIMULATED-0" in path.read_bytes() or "SIMULATED-0" in path.name for path in files)
    assert not Mirror(tmp_path / "cache", None).folder.exists()
    assert b"SIMULATED-003" in (tmp_path / "key.json").read_bytes()


def test_a_run_is_finished_while_its_objects_are_the_same(storage, config, twelve):
    asked = config(in_storage(storage, twelve), "run")
    first = inputs_hash(asked)
    storage.pipe_file(f"{BUCKET}/study/images/other.nii.gz", b"nobody's image")
    assert inputs_hash(asked) == first
    for name in ("images/SIMULATED-001.nii.gz", "masks_reader2/SIMULATED-001.nii.gz", "clinical.csv"):
        storage.pipe_file(f"{BUCKET}/study/{name}", (twelve / name).read_bytes() + b"\n")
        assert inputs_hash(asked) != first
        first = inputs_hash(asked)


def test_a_finished_model_reads_images_of_storage_by_a_table_of_this_machine(capsys):
    with pytest.raises(SystemExit):
        main(["predict", "--model", "m.json", "--cohort", "s3://b/new.csv", "--out", "o.csv"])
    assert "copy the table; cohort.root=s3://" in capsys.readouterr().err


@pytest.mark.slow
def test_s3_with_workers(config, twelve, tmp_path, monkeypatch):
    """moto answers as S3 does; the driver, the credentials and the processes are those of a run."""
    monkeypatch.setattr(terminal, "PATIENTS_WORTH_PROCESSES", 2)
    monkeypatch.setattr(sys, "argv", ["radsurv"])
    with s3(monkeypatch) as bucket:
        address = in_storage(bucket, twelve, "s3")
        pipeline.run(config(twelve / "clinical.csv", "files", "until=radiomics"))
        pipeline.run(config(address, "objects", "until=radiomics", "compute.n_jobs=2"))
        assert results(tmp_path / "objects") == results(tmp_path / "files")
        bucket.rm(f"{BUCKET}/study/images/SIMULATED-003.nii.gz")
        changed_image = brighter(twelve / "images/SIMULATED-001.nii.gz")
        bucket.pipe_file(f"{BUCKET}/study/images/SIMULATED-001.nii.gz", changed_image)
        folder = pipeline.run(config(address, "changed"))
        qc = pd.read_csv(folder.qc, keep_default_na=False)
        assert qc.loc[qc["status"] == "excluded", "patient_id"].tolist() == ["SIMULATED-003"]
        before, after = (
            pd.read_parquet(tmp_path / run / "cohort.parquet").set_index("patient_id") for run in ("files", "changed")
        )
        changed = before.loc[after.index, "image_hash"] != after["image_hash"]
        assert changed[changed].index.tolist() == ["SIMULATED-001"]
        with pytest.raises(CohortError, match=f"^s3://{BUCKET}/nothing.csv does not exist"):
            pipeline.run(config(f"s3://{BUCKET}/nothing.csv", "nothing"))
