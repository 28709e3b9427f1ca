"""A cohort in object storage read as one of files: what is fetched, where from, and what it is called."""

import dataclasses

import numpy as np
import pytest
from dicom_files import series
from object_storage import BUCKET, put

import conf
from radsurv.cohort.load import load_patient
from radsurv.cohort.object_cohort import files_at_hand, tables_at_hand, versions
from radsurv.cohort.paths import image_folder
from radsurv.cohort.patient import patients
from radsurv.cohort.readers import read_image
from radsurv.cohort.ready_features import read_feature_table
from radsurv.cohort.table import read_table
from radsurv.compute.cache_use import CacheUse
from radsurv.errors import CohortError, ConfigError, PatientError
from radsurv.objects.mirror import Mirror
from radsurv.objects.storage import require_object
from radsurv.options.urls import Url

STUDY = f"memory://{BUCKET}/study"
ROWS = "".join(f"P{n:02d},images/P{n:02d}.nii.gz,masks/P{n:02d}.nii.gz,{100 + n},{n % 2}\n" for n in range(10))
TABLE = f"patient_id,image,mask,time,event\n{ROWS}"


@pytest.fixture
def at_hand(tmp_path):
    """The options by which a cohort is read here."""

    def at_hand(**options):
        asked = conf.cohort(**{"name": "test", "table": f"{STUDY}/clinical.csv", **options})
        place = tmp_path / "tables"
        place.mkdir()
        keeps = not asked.pseudonymise
        return tables_at_hand(asked, Mirror(tmp_path / "cache", None, keeps=keeps), place, CacheUse())

    return at_hand


def first(cohort, **changes):
    """The first patient of a table, with other files."""
    table = read_table(cohort)[0].head(1).assign(**changes)
    masks = ["mask", "mask_reader2"] if "mask_reader2" in table else ["mask"]
    return patients(table, image_folder(cohort), ["image"], masks)[0]


def brought(cohort, patient, tmp_path):
    """Which files are here while a patient is read: by column, the end of the path and the content."""
    with files_at_hand(cohort, patient, tmp_path, CacheUse()) as here:
        places = {**here.images, **here.outlines}
        found = {
            column: path and (path.parts[-2:], path.exists() and path.read_bytes()) for column, path in places.items()
        }
    assert not any(path and path.exists() for path in places.values())
    return found


def test_files_stay_files(tmp_path):
    asked = conf.cohort(name="test", table=str(tmp_path / "clinical.csv"))
    assert tables_at_hand(asked, Mirror(tmp_path, None), tmp_path, CacheUse()) is asked
    (tmp_path / "clinical.csv").write_text(TABLE)
    patient = first(asked)
    with files_at_hand(asked, patient, tmp_path, CacheUse()) as here:
        assert here is patient
    assert versions(asked, [tmp_path]) == []


def test_files_are_here_while_a_patient_is_read_under_the_names_of_the_table(storage, at_hand, tmp_path):
    for key, content in (("clinical.csv", TABLE), ("images/P00.nii.gz", "i"), ("masks/P00.nii.gz", "m")):
        storage.pipe_file(f"{BUCKET}/study/{key}", content.encode())
    cohort = at_hand()
    assert brought(cohort, first(cohort), tmp_path) == {
        "image": (("images", "P00.nii.gz"), b"i"),
        "mask": (("masks", "P00.nii.gz"), b"m"),
    }
    outlines = {"mask": first(cohort).outlines["mask"], "mask_reader2": None}
    assert brought(cohort, dataclasses.replace(first(cohort), outlines=outlines), tmp_path)["mask_reader2"] is None


def test_what_is_not_there_is_said_as_of_a_file(storage, at_hand, tmp_path):
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", TABLE.encode())
    cohort = at_hand()
    with (
        files_at_hand(cohort, first(cohort), tmp_path, CacheUse()) as here,
        pytest.raises(PatientError, match=r"^images/P00.nii.gz does not exist; correct the table or add the file$"),
    ):
        read_image(here.images["image"])


@pytest.mark.parametrize("cell", ["../other/x.nii", "/etc/passwd", "images/../../x", "memory://b/x"])
def test_no_cell_leads_out_of_the_folder(storage, at_hand, cell):
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", TABLE.replace("images/P00.nii.gz", cell).encode())
    if cell.startswith("memory"):  # a name as any other, of a folder that is called "memory:"
        assert first(at_hand()).images["image"].parts[-3:] == ("memory:", "b", "x")
        return
    with pytest.raises(CohortError, match="expected a path inside the table's folder"):
        read_table(at_hand())


@pytest.mark.parametrize(
    ("root", "folder"),
    [
        ("../scans/mr", "/scans/mr"),
        (f"memory://{BUCKET}/scans/mr/", "/scans/mr"),
        (".", "/study"),
        (f"memory://{BUCKET}", ""),
    ],
)
def test_images_may_start_elsewhere(storage, at_hand, tmp_path, root, folder):
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", TABLE.encode())
    storage.pipe_file(f"{BUCKET}{folder}/images/P00.nii.gz", b"i")
    cohort = at_hand(root=root)
    assert brought(cohort, first(cohort), tmp_path)["image"] == (("images", "P00.nii.gz"), b"i")


def test_a_table_of_this_machine_may_have_images_in_storage_and_the_other_way_round(storage, at_hand, tmp_path):
    (tmp_path / "clinical.csv").write_text(TABLE)
    storage.pipe_file(f"{BUCKET}/scans/images/P00.nii.gz", b"i")
    cohort = at_hand(table=str(tmp_path / "clinical.csv"), root=f"memory://{BUCKET}/scans")
    assert brought(cohort, first(cohort), tmp_path)["image"][1] == b"i"
    (tmp_path / "tables").rename(tmp_path / "earlier")
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", TABLE.encode())
    cohort = at_hand(root=str(tmp_path))
    patient = first(cohort)
    assert patient.images["image"] == tmp_path.resolve() / "images/P00.nii.gz"
    with files_at_hand(cohort, patient, tmp_path, CacheUse()) as here:
        assert here is patient


def test_a_root_outside_of_the_bucket_and_a_table_that_is_none_are_refused(storage, at_hand):
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", TABLE.encode())
    with pytest.raises(ConfigError, match=r"^cohort.root=../../x: ../../x leads out of the bucket"):
        at_hand(root="../../x")
    for name in ("nothing.csv", ""):
        with pytest.raises(CohortError, match="does not exist or is no object; expected a table"):
            require_object(Url.parse(f"{STUDY}/{name}"))


def test_joined_tables_have_the_ids_and_files_that_they_have_as_files(storage, at_hand, tmp_path):
    local = tmp_path / "local"
    for name in ("north", "south"):
        (local / name / "images").mkdir(parents=True)
        (local / name / "clinical.csv").write_text(TABLE)
        (local / name / "images/P00.nii.gz").write_text(name)
    put(storage, local, f"{BUCKET}/study")
    tables = [f"{name}/clinical.csv" for name in ("north", "south")]
    cohort = at_hand(join=[f"{STUDY}/{table}" for table in tables])
    expected, _ = read_table(conf.cohort(name="test", join=[str(local / table) for table in tables]))
    found, _ = read_table(cohort)
    assert found.equals(expected)
    south = patients(found[found.site == "south"].head(1), image_folder(cohort), ["image"], ["mask"])[0]
    assert brought(cohort, south, tmp_path)["image"] == (("images", "P00.nii.gz"), b"south")


def test_features_may_be_in_the_cohort_table_or_beside_it(storage, at_hand, tmp_path):
    lines = TABLE.splitlines()
    both = "\n".join([f"{lines[0]},f1", *(f"{line},{number}" for number, line in enumerate(lines[1:]))])
    for key in ("clinical.csv", "ready/f.csv"):
        storage.pipe_file(f"{BUCKET}/study/{key}", both.encode())
    cohort = at_hand(features=f"{STUDY}/clinical.csv", feature_columns=["f*"])
    ready = read_feature_table(cohort)
    assert list(ready.table) == ["patient_id", "f1"]  # time and event are those of the cohort table
    assert cohort.said(ready.notes[0]).startswith(f"{STUDY}/clinical.csv (the cohort table, too): 1 feature;")
    (tmp_path / "tables").rename(tmp_path / "earlier")
    cohort = at_hand(features=f"{STUDY}/ready/f.csv")
    assert cohort.said(f"{cohort.features} and {cohort.table}") == f"{STUDY}/ready/f.csv and {STUDY}/clinical.csv"


@pytest.fixture
def dicom(storage, tmp_path):
    """A series of which the storage also has another one, in a folder below; returns the volume."""
    array = np.arange(4 * 6 * 5, dtype=np.int16).reshape(4, 6, 5)
    folder = series(tmp_path / "dicom", array)
    series(folder / "below", array + 1, name="other")
    put(storage, tmp_path / "dicom", f"{BUCKET}/study/scan")
    return array


@pytest.mark.parametrize("pseudonymise", [False, True])
def test_a_series_is_its_folder_or_one_of_its_files(storage, at_hand, dicom, tmp_path, pseudonymise):
    one = sorted(path.name for path in (tmp_path / "dicom").iterdir() if path.is_file())[1]
    table = TABLE.replace("images/P00.nii.gz", "scan").replace("images/P01.nii.gz", f"scan/{one}")
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", table.encode())
    cohort = at_hand(pseudonymise=pseudonymise, pseudonym_key=str(tmp_path / "key.json"))
    table, _ = read_table(cohort)
    for patient in patients(table.head(2), image_folder(cohort), ["image"], ["mask"]):
        with files_at_hand(cohort, patient, tmp_path, CacheUse()) as here:
            path = here.images["image"]
            assert np.array_equal(read_image(path).array, dicom)
            names = [file.name for file in (path if path.is_dir() else path.parent).iterdir()]
            assert len(names) == len(dicom)
            assert (one in names) is not pseudonymise


def test_a_patient_may_lack_the_analysed_outline(storage, at_hand, tmp_path):
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", TABLE.encode())
    cohort = at_hand()
    nobody = dataclasses.replace(first(cohort), outlines={"mask": None})
    with (
        files_at_hand(cohort, nobody, tmp_path, CacheUse()) as here,
        pytest.raises(PatientError, match="the table names no outline in mask"),
    ):
        load_patient(here, None)


def test_versions_tell_objects_that_have_changed(storage, at_hand):
    storage.pipe_file(f"{BUCKET}/study/clinical.csv", TABLE.encode())
    storage.pipe_file(f"{BUCKET}/study/images/P00.nii.gz", b"1")
    cohort = at_hand()
    paths = [
        path
        for one in patients(read_table(cohort)[0], image_folder(cohort), ["image"], ["mask"])
        for path in one.images.values()
    ]
    before = versions(cohort, paths)
    assert versions(cohort, paths) == before
    assert len(before) == 10
    assert before[1:] == ["[]"] * 9
    storage.pipe_file(f"{BUCKET}/study/images/P00.nii.gz", b"2")
    assert versions(cohort, paths) != before
