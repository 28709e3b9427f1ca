"""Files with wrong bytes: either they are read, or refused in one line that names the file and not the patient."""

import itertools
import shutil
from pathlib import Path

import dicom_files
import numpy as np
import pytest
from fuzz import bytes_spoilt, trials
from hypothesis import event, given
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from radsurv.cohort.readers import read_image, read_outline
from radsurv.errors import PatientError

SQUARE = [(-19.625, 10.25, 7), (-16.625, 10.25, 7), (-16.625, 12.25, 7), (-19.625, 12.25, 7)]
VOXELS = np.random.default_rng(0).integers(-900, 900, (3, 8, 9)).astype(np.int16)


def _series(folder):
    return next(dicom_files.series(folder, VOXELS).iterdir())


def _multi_frame(folder):
    return dicom_files.save(folder / "image.dcm", dicom_files.multi_frame(VOXELS, [2, 0, 1], [1, 2, 3]))


def _compressed(folder):
    folder.mkdir()
    return Path(shutil.copy(get_testdata_file("MR_small_RLE.dcm"), folder / "image.dcm"))


def _contours(folder):
    return dicom_files.contours(folder / "RS.dcm", {"GTV": [SQUARE]})


def _segmentation(folder):
    return dicom_files.segmentation(folder / "S.dcm", [(1, (-20, 10, 4 + 3 * z), VOXELS[z] > 0) for z in range(3)])


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """An image, and (where, content) of a file of each kind, the same in every process."""
    folder, numbers = tmp_path_factory.mktemp("sound"), itertools.count()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            dicom_files,
            "generate_uid",
            lambda entropy_srcs=None: generate_uid(entropy_srcs=entropy_srcs or [str(next(numbers))]),
        )
        image = read_image(dicom_files.series(folder / "image", VOXELS))
        paths = {
            write: write(folder / write.__name__)
            for write in (_series, _multi_frame, _compressed, _contours, _segmentation)
        }
    return image, {write: (path, path.read_bytes()) for write, path in paths.items()}


# Of a tag: other numbers, texts and lengths than it may have.
VALUES = st.sampled_from(
    [
        b"", b"0", b"-1", b"1e400", b"nan", b"inf", b"1\\0", b"0\\0\\0\\0\\0\\0", b"1\\0\\0\\1\\0\\0", b"\0" * 8, b"\xff" * 8, b"ORIGINAL",
        b"1.2.840.10008.1.2.4.70", b"1.2.840.10008.1.2.5", b"\xff\xfe\x00\xe0", b"9" * 64, b"../../x", b"=1+1", b"\x1b[31m", b"0.5\\0.75",
    ]
)  # fmt: skip


@st.composite
def elements_set(draw, content: bytes) -> bytes:
    """The value of an element here and there is another, of the length that the file says, or of its own."""
    spoilt = bytearray(content)
    starts = [place for place in range(132, len(content) - 8) if content[place + 4 : place + 6].isupper()]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.sampled_from(starts))
        length = int.from_bytes(content[start + 6 : start + 8], "little")
        value = draw(VALUES)
        match draw(st.sampled_from(["value", "value", "length", "tag", "kind"])):
            case "value":
                spoilt[start + 8 : start + 8 + length] = value[:length].ljust(length, b" ")
            case "length":
                spoilt[start + 6 : start + 8] = draw(st.integers(0, 65535)).to_bytes(2, "little")
            case "tag":
                spoilt[start : start + 4] = content[(other := draw(st.sampled_from(starts))) : other + 4]
            case "kind":
                kinds = [b"DS", b"IS", b"US", b"SQ", b"UI", b"OB", b"OW", b"UN", b"FD", b"XX"]
                spoilt[start + 4 : start + 6] = draw(st.sampled_from(kinds))
    return bytes(spoilt)


def assert_refused_or_read(sound, writes, data, capfd):
    image, files = sound
    write = data.draw(st.sampled_from(writes))
    path, content = files[write]
    path.write_bytes(data.draw(elements_set(content) | bytes_spoilt(content)))
    reason = None
    try:
        read_outline(path, image) if write in {_contours, _segmentation} else read_image(path.parent)
    except PatientError as error:
        reason = error.reason
    finally:
        path.write_bytes(content)
    assert capfd.readouterr() == ("", "")
    if reason is None:
        return
    event("refused")
    assert reason.isprintable()
    assert "SECRET" not in reason
    assert path.name in reason or path.parent.name in reason
    assert len(reason) < 1000


@trials("DICOM images", 60)
@given(st.data())
def test_images(sound, capfd, data):
    assert_refused_or_read(sound, [_series, _series, _multi_frame, _compressed], data, capfd)


@trials("RTSTRUCT files", 40)
@given(st.data())
def test_contours(sound, capfd, data):
    assert_refused_or_read(sound, [_contours], data, capfd)


@trials("DICOM-SEG files", 40)
@given(st.data())
def test_segmentations(sound, capfd, data):
    assert_refused_or_read(sound, [_segmentation], data, capfd)
