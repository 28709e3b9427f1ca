"""The registry: which reader takes which path, and what is said where none does."""

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from radsurv.cohort import readers
from radsurv.cohort.choice import Choice
from radsurv.cohort.reader import Reader
from radsurv.cohort.readers import read_image
from radsurv.cohort.volume import Volume
from radsurv.errors import PatientError

GRID = Volume(np.zeros((2, 2, 2)), (1.0, 1.0, 1.0), np.zeros(3), np.eye(3)[:, ::-1])


class Named(Reader):
    """Answers with a volume that says which reader it was."""

    def __init__(self, name, suffixes=(), holds=("image", "outline"), recognised=()):
        self.name, self.suffixes, self.holds, self.recognised = name, suffixes, frozenset(holds), recognised

    def recognises(self, path):
        return super().recognises(path) or path.name in self.recognised

    def read_image(self, path, choice):
        return (self.name, "image")

    def read_outline(self, path, grid, choice):
        assert grid is GRID
        return (self.name, "outline", choice.label)


@pytest.fixture
def formats(monkeypatch):
    """The real formats between some that are to come."""
    series = Named("DICOM", holds=["image"], recognised=["folder"])
    contours = Named("RTSTRUCT", suffixes=(".rt",), holds=["outline"], recognised=["folder"])
    segments = Named("NRRD segmentation", (".seg.nrrd",), holds=["outline"])
    real = [reader for reader in readers.READERS if reader.name in {"NIfTI", "NRRD"}]
    monkeypatch.setattr(readers, "READERS", (series, *real, contours, segments))


def test_each_module_of_the_folder_is_a_format_in_the_order_of_their_names():
    modules = sorted(path.stem for path in Path(readers.__file__).parent.glob("[!_]*.py"))
    assert [type(reader).__module__.rsplit(".", 1)[1] for reader in readers.READERS] == modules
    assert {"dicom_series", "nifti", "nrrd"} <= set(modules)


def test_one_more_module_is_one_more_format(tmp_path, monkeypatch):
    (tmp_path / "another.py").write_text(
        "from radsurv.cohort.readers.nrrd import NrrdReader\n"
        "class Another(NrrdReader):\n    name, suffixes = 'Another', ('.another',)\n"
        "READER = Another()\n"
    )
    monkeypatch.setattr(readers, "__path__", [*readers.__path__, str(tmp_path)])
    found = readers.discover()
    assert [reader.description for reader in found] == ["Another (.another)", *(r.description for r in readers.READERS)]


def test_the_reader_that_knows_most_of_the_name_reads(formats):
    assert readers.read_outline(Path("a.SEG.nrrd"), GRID, Choice(3)) == ("NRRD segmentation", "outline", 3)


def test_of_a_folder_with_both_each_reader_reads_what_it_holds(formats):
    assert readers.read_image(Path("folder")) == ("DICOM", "image")
    assert readers.read_outline(Path("folder"), GRID) == ("RTSTRUCT", "outline", None)


def test_an_outline_in_place_of_an_image_is_refused(formats):
    with pytest.raises(
        PatientError, match=r"^a\.seg\.nrrd is NRRD segmentation \(\.seg\.nrrd\), which holds no image; expected"
    ):
        readers.read_image(Path("a.seg.nrrd"))


def test_what_no_reader_knows_is_answered_with_what_there_is(tmp_path):
    (tmp_path / "image.png").touch()
    with pytest.raises(
        PatientError, match=r"^image\.png is neither .*, NIfTI \(\.nii, \.nii\.gz\).* nor NRRD \(\.nrrd\); convert it$"
    ):
        readers.read_image(tmp_path / "image.png")


def test_the_answer_names_the_formats_that_hold_what_is_asked_for(tmp_path, formats):
    (tmp_path / "image.png").touch()
    with pytest.raises(
        PatientError,
        match=r"neither NIfTI \(.*\), NRRD \(\.nrrd\), RTSTRUCT \(\.rt\) nor NRRD segmentation \(\.seg\.nrrd\); convert",
    ):
        readers.read_outline(tmp_path / "image.png", GRID)


@pytest.mark.parametrize("name", ["missing.nii.gz", "missing.nrrd", "missing"])
def test_what_is_not_there(tmp_path, name):
    with pytest.raises(
        PatientError, match=f"^{tmp_path.name}/{name} does not exist; correct the table or add the file$"
    ):
        readers.read_image(tmp_path / name)


def test_what_cannot_be_opened(tmp_path):
    (tmp_path / "folder.nii").mkdir()
    with pytest.raises(
        PatientError, match=r"^folder\.nii cannot be opened \(Is a directory\); check the file and its rights$"
    ):
        readers.read_image(tmp_path / "folder.nii")


def test_a_pipe_is_not_waited_for(tmp_path):
    """Whoever opens one waits until somebody writes to it, which may be never."""
    os.mkfifo(tmp_path / "pipe.nii.gz")
    with pytest.raises(PatientError, match=r"^pipe\.nii\.gz is a pipe, a socket or a device; expected a file"):
        read_image(tmp_path / "pipe.nii.gz")


def test_a_device_is_not_read(tmp_path):
    """No cell of a table leads to one (see paths), but for a table in such a folder."""
    (tmp_path / "endless.nrrd").symlink_to("/dev/zero")
    with pytest.raises(PatientError, match=r"^endless\.nrrd is a pipe, a socket or a device"):
        read_image(tmp_path / "endless.nrrd")


@pytest.mark.parametrize("name", ["x.nii.gz", "x.nii", "x.nrrd"])
def test_a_folder_with_the_name_of_a_file(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(PatientError, match=rf"^{name} (cannot be opened \(Is a directory\)|is empty)"):
        read_image(tmp_path / name)


@pytest.mark.parametrize("name", ["x.nii.gz", "x.nrrd"])
@pytest.mark.parametrize("how", ["another size", "another time", "another file", "gone"])
def test_a_file_that_changes_while_it_is_read(save, monkeypatch, name, how):
    """Between the look at it and the decoding, for instance."""
    path = save(np.arange(60, dtype=np.int16).reshape(3, 4, 5), name)
    decode = sitk.ImageFileReader.Execute

    def change(reader):
        image = decode(reader)
        if how == "another size":
            with path.open("ab") as file:
                file.write(b"\0")
        elif how == "another time":
            os.utime(path, ns=(0, 0))
        else:
            path.unlink()
        if how == "another file":
            path.write_bytes(b"")
        return image

    read_image(path)
    monkeypatch.setattr(sitk.ImageFileReader, "Execute", change)
    with pytest.raises(PatientError, match=rf"^{name} changed while it was read; run again"):
        read_image(path)


@pytest.mark.parametrize("reader", readers.READERS, ids=lambda reader: reader.name)
def test_a_reader_reads_what_it_holds(reader):
    """The base has no method for it."""
    methods = {"image": "read_image", "outline": "read_outline"}
    assert reader.holds
    for content in reader.holds:
        assert getattr(type(reader), methods[content]) is not getattr(Reader, methods[content])
