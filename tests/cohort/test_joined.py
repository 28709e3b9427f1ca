import shutil
from pathlib import Path

import pandas as pd
import pytest

import conf
from radsurv.catalogue.tables import OUTLINES
from radsurv.cohort.patient import patients
from radsurv.cohort.table import examine_table, read_table
from radsurv.config import validate
from radsurv.errors import CohortError
from radsurv.stages import pipeline
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder

HEADER = "patient_id,image,mask,time,event"


def write(folder: Path, n: int = 6, header: str = HEADER, more: str = "", later: int = 0) -> Path:
    """A table whose patients have the same ids in every folder, and were followed up for `later` days more."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"P{k},images/{k}.nii,masks/{k}.nii,{10 + later + k},{k % 2}{more}" for k in range(1, n + 1)]
    (folder / "clinical.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder / "clinical.csv"


def cohort(*tables: Path, **options):
    return conf.cohort(join=[*map(str, tables)], **{"name": None, "min_patients": 4, **options})


def test_ids_begin_with_the_name_of_their_table_which_is_the_site(tmp_path):
    options = cohort(write(tmp_path / "tcga"), write(tmp_path / "upenn", later=10))
    table, qc = read_table(options)
    assert qc.empty
    assert table["patient_id"].tolist() == [f"{name}-P{k}" for name in ("tcga", "upenn") for k in range(1, 7)]
    assert table["site"].tolist() == ["tcga"] * 6 + ["upenn"] * 6
    assert table["time"].tolist() == [11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26]
    assert (options.name, options.source) == (
        "tcga + upenn",
        f"{tmp_path}/tcga/clinical.csv + {tmp_path}/upenn/clinical.csv",
    )


def test_images_stay_beside_their_own_table(tmp_path):
    options = cohort(write(tmp_path / "deep" / "tcga"), write(tmp_path / "upenn"))
    table, _ = read_table(options)
    found = patients(table, options.place.parent, ["image"], ["mask"])
    assert found[0].images["image"] == (tmp_path / "deep/tcga/images/1.nii").resolve()
    assert found[-1].outlines["mask"] == (tmp_path / "upenn/masks/6.nii").resolve()


def test_order_changes_nothing_but_the_order(tmp_path):
    tables = [write(tmp_path / "a"), write(tmp_path / "b", more=",60", header=f"{HEADER},age")]
    one, _ = read_table(cohort(*tables))
    other, _ = read_table(cohort(*tables[::-1]))
    assert other.sort_values("patient_id", ignore_index=True)[list(one)].equals(one)
    assert one["age"].isna().tolist() == [True] * 6 + [False] * 6


def test_a_site_of_its_own_stays_and_one_that_is_in_two_tables_is_told(tmp_path):
    tables = [
        write(tmp_path / name, header=f"{HEADER},site", more=",1", later=later)
        for name, later in {"a": 0, "b": 10}.items()
    ]
    tables.append(write(tmp_path / "c", later=20))
    table, qc = read_table(cohort(*tables))
    assert table["site"].tolist() == ["1"] * 12 + ["c"] * 6
    assert qc["patient_id"].tolist() == ["b-P1"]
    assert "site '1' is in a and b, and taken for one" in qc["reason"][0]
    _, qc = read_table(cohort(*tables, select={"patient_id": [f"{name}-P{k}" for name in "ac" for k in range(1, 7)]}))
    assert set(qc["status"]) == {"excluded"}  # nobody of b takes part, so it has no site either


def test_one_patient_in_two_tables_is_told(tmp_path):
    tables = [write(tmp_path / "a"), write(tmp_path / "b", later=10)]
    tables[1].write_text(tables[1].read_text().replace(",22,0", ",12.0,FALSE").replace(",23,1", ",13,0"))
    _, qc = read_table(cohort(*tables))
    assert qc[["patient_id", "status"]].to_numpy().tolist() == [["b-P2", "warning"]]
    assert (
        qc["reason"][0] == "has id, time and event of 'a-P2': if they are one patient, leave one out with cohort.select"
    )
    _, qc = read_table(cohort(*tables, select={"site": ["a"]}))
    assert set(qc["status"]) == {"excluded"}


def test_columns_values_and_select_are_of_all_tables(tmp_path):
    tables = [write(tmp_path / name, header=HEADER.replace("event", "died")) for name in "ab"]
    table, qc = read_table(cohort(*tables, columns={"event": "died"}, select={"site": ["b"]}))
    assert set(table["site"]) == {"b"}
    assert set(qc["reason"]) == {"not selected: site=a"}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("../a/images/1.nii", "../a/images/1.nii"),
        ("images\\3.nii", "images\\3.nii"),
        ("/etc/passwd", "/etc/passwd"),
        ("link/1.nii", "/link/1.nii"),
    ],
)
def test_no_path_leads_from_one_folder_into_another(tmp_path, cell, shown):
    tables = [write(tmp_path / name) for name in "ab"]
    (tmp_path / "b" / "link").symlink_to(tmp_path / "a" / "images")
    tables[1].write_text(tables[1].read_text().replace("images/3.nii", cell))
    [fault] = examine_table(cohort(*tables)).faults
    assert f"{tables[1]} line 4 (patient 'b-P3') has {shown!r}; expected a path inside the table's folder" in fault.said


def test_a_fault_names_its_table(tmp_path):
    tables = [write(tmp_path / name) for name in "ab"]
    tables[1].write_text(
        tables[1].read_text().replace("P2,images/2.nii,masks/2.nii,12", "P2,images/2.nii,masks/2.nii,-4")
    )
    with pytest.raises(CohortError, match=r"time: \S+/b/clinical.csv line 3 \(patient 'b-P2'\) has '-4'"):
        read_table(cohort(*tables))
    tables[0].write_text(tables[0].read_text().replace("event", "status"))
    with pytest.raises(CohortError, match=r"^\S+/a/clinical.csv: cohort.columns.event: no column 'event'"):
        read_table(cohort(*tables, columns={"event": "event"}))
    tables[0].unlink()
    with pytest.raises(CohortError, match=r"a/clinical.csv does not exist"):
        read_table(cohort(*tables))


def test_one_id_twice_is_a_fault_within_a_table_only(tmp_path):
    tables = [write(tmp_path / name) for name in "ab"]
    tables[0].write_text(tables[0].read_text().replace("P2,", "P1,"))
    with pytest.raises(CohortError, match=r"line 2 \(patient 'a-P1'\) .*; expected one row per patient"):
        read_table(cohort(*tables))


def test_tables_in_one_folder_are_called_by_their_own_names(tmp_path):
    one = write(tmp_path / "both")
    other = one.rename(tmp_path / "both" / "first.csv")
    write(tmp_path / "both")
    table, _ = read_table(cohort(other, one))
    assert table["site"].unique().tolist() == ["first", "clinical"]


def test_a_table_in_a_folder_above_is_called_by_that_folder(tmp_path, monkeypatch):
    write(tmp_path / "above")
    write(tmp_path / "above" / "here", later=10)
    monkeypatch.chdir(tmp_path / "above" / "here")
    options = cohort(Path("../clinical.csv"), Path("clinical.csv"))
    assert read_table(options)[0]["site"].unique().tolist() == ["above", "here"]
    assert options.name == "above + here"
    assert conf.cohort(name=None, table="../clinical.csv").name == "above"


def test_tables_that_nothing_tells_apart(tmp_path):
    one, other = write(tmp_path / "x" / "data"), write(tmp_path / "y" / "data")
    for tables in ((one, other), (one, one)):
        with pytest.raises(CohortError, match="no two are called alike: rename a folder"):
            read_table(cohort(*tables))


def test_joined_cohorts_run_to_the_volumes_of_the_whole(twelve, tmp_path, monkeypatch):
    """Ids say whose region it is, and change nothing of it."""
    monkeypatch.chdir(tmp_path)
    whole = pd.read_csv(twelve / "clinical.csv").drop(columns="site")
    for name, half in (("a", whole[:6]), ("b", whole[6:])):
        for file in half[["image", "mask", "mask_reader2"]].to_numpy().ravel():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(twelve / file, tmp_path / name / file)
        half.to_csv(tmp_path / name / "clinical.csv", index=False)
    tables = {"whole": f"cohort.table={twelve}/clinical.csv", "joined": "cohort.join=[a/clinical.csv,b/clinical.csv]"}
    for run, option in tables.items():
        pipeline.run(validate(compose([option, f"run_dir={run}", "until=cohort", "compute.n_jobs=1"])))
    joined = pd.read_parquet(tmp_path / "joined" / "cohort.parquet")
    assert joined["site"].tolist() == ["a"] * 6 + ["b"] * 6
    assert joined["patient_id"].str[2:].tolist() == whole["patient_id"].tolist()
    of = {run: RunFolder(run).read(OUTLINES) for run in tables}
    assert of["joined"]["volume_mm3"].tolist() == of["whole"]["volume_mm3"].tolist()
