import pytest

import conf
from radsurv.cohort.paths import image_folder, patient_file
from radsurv.errors import CohortError, PatientError


def test_a_path_starts_at_the_folder(tmp_path):
    assert patient_file(tmp_path, "images/a.nii") == tmp_path.resolve() / "images" / "a.nii"
    assert patient_file(tmp_path, "images/../a.nii") == tmp_path.resolve() / "a.nii"


@pytest.mark.parametrize("cell", ["/a.nii", "../a.nii", "x/../../a.nii", "a\\b.nii", "C:\\a.nii", "a\0.nii", "a\n.nii"])
def test_no_way_out(tmp_path, cell):
    with pytest.raises(PatientError):
        patient_file(tmp_path, cell)


def test_a_folder_that_only_begins_alike_is_outside(tmp_path):
    (tmp_path / "cohort").mkdir()
    with pytest.raises(PatientError, match="leads out of the cohort folder"):
        patient_file(tmp_path / "cohort", "../cohort2/a.nii")


def test_a_circle_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(PatientError, match="circle of links"):
        patient_file(tmp_path, "a/x.nii")


def test_a_name_that_is_too_long_is_refused_in_few_words(tmp_path):
    with pytest.raises(PatientError, match=r"^'x{39}…' cannot be followed \(too long"):
        patient_file(tmp_path / "clinical.csv", "x" * 5000 + ".nii")


def test_a_linked_cohort_folder_is_fine(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    assert patient_file(tmp_path / "data", "a.nii") == (tmp_path / "disk" / "a.nii").resolve()


@pytest.mark.parametrize("target", ["elsewhere/a.nii", "/dev/zero", "elsewhere/nothing.nii"])
def test_a_link_out_of_the_folder_is_not_followed(tmp_path, target):
    """Nor one of a folder on the way, nor a link to a link."""
    folder = tmp_path / "cohort"
    (folder / "images").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.nii").touch()
    (folder / "images" / "a.nii").symlink_to(tmp_path / target)
    (folder / "b.nii").symlink_to(folder / "images" / "a.nii")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    for cell in ("images/a.nii", "b.nii", "linked/a.nii"):
        with pytest.raises(PatientError, match=f"^{cell} leads out of the cohort folder"):
            patient_file(folder, cell)


@pytest.mark.parametrize("root", ["../share", "images", ".", "{tmp_path}/share"])
def test_a_root_is_seen_from_the_folder_of_the_table(tmp_path, monkeypatch, root):
    for name in ("share", "cohort/images", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    root = root.format(tmp_path=tmp_path)
    found = image_folder(conf.cohort(table="../cohort/clinical.csv", root=root))
    assert found.resolve() == (tmp_path / "cohort" / root).resolve()


def test_without_a_root_paths_start_from_the_table(tmp_path):
    assert image_folder(conf.cohort(table=str(tmp_path / "clinical.csv"))) == tmp_path


@pytest.mark.parametrize("root", ["nothing", "a.csv", "x" * 5000, "~/images"])
def test_a_root_that_is_no_folder_is_refused(tmp_path, root):
    (tmp_path / "a.csv").touch()
    with pytest.raises(CohortError, match=r"^cohort\.root=.* is no folder .*: correct it, or mount it"):
        image_folder(conf.cohort(table=str(tmp_path / "clinical.csv"), root=root))


def test_a_root_is_as_closed_as_the_table_s_folder(tmp_path):
    for name in ("share", "cohort"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.nii").touch()
    (tmp_path / "share" / "link.nii").symlink_to(tmp_path / "cohort" / "a.nii")
    folder = image_folder(conf.cohort(table=str(tmp_path / "cohort" / "clinical.csv"), root="../share"))
    assert patient_file(folder, "a.nii") == (tmp_path / "share" / "a.nii").resolve()
    for cell in ("../cohort/a.nii", "link.nii", str(tmp_path / "share" / "a.nii")):
        with pytest.raises(PatientError):
            patient_file(folder, cell)
