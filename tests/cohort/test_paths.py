import pytest

from radsurv.cohort.paths import patient_file
from radsurv.errors import PatientError


def test_a_path_starts_at_the_table(tmp_path):
    assert patient_file(tmp_path / "clinical.csv", "images/a.nii") == tmp_path.resolve() / "images" / "a.nii"
    assert patient_file(tmp_path / "clinical.csv", "images/../a.nii") == tmp_path.resolve() / "a.nii"


@pytest.mark.parametrize("cell", ["/a.nii", "../a.nii", "x/../../a.nii", "a\\b.nii", "C:\\a.nii", "a\0.nii", "a\n.nii"])
def test_no_way_out(tmp_path, cell):
    with pytest.raises(PatientError):
        patient_file(tmp_path / "clinical.csv", cell)


def test_a_folder_that_only_begins_alike_is_outside(tmp_path):
    (tmp_path / "cohort").mkdir()
    with pytest.raises(PatientError, match="leads out of the cohort folder"):
        patient_file(tmp_path / "cohort" / "clinical.csv", "../cohort2/a.nii")


def test_a_circle_of_links_is_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(PatientError, match="circle of links"):
        patient_file(tmp_path / "clinical.csv", "a/x.nii")


def test_a_name_that_is_too_long_is_refused_in_few_words(tmp_path):
    with pytest.raises(PatientError, match=r"^'x{39}…' cannot be followed \(too long"):
        patient_file(tmp_path / "clinical.csv", "x" * 5000 + ".nii")


def test_a_linked_cohort_folder_is_fine(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "disk")
    assert patient_file(tmp_path / "data" / "clinical.csv", "a.nii") == (tmp_path / "disk" / "a.nii").resolve()


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
            patient_file(folder / "clinical.csv", cell)
