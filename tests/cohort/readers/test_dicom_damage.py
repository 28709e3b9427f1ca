"""Files with wrong bytes: either they are read, or refused in one line that names the file and not the patient."""

import shutil

import dicom_files
import numpy as np
import pytest
from pydicom.data import get_testdata_file

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
    return shutil.copy(get_testdata_file("MR_small_RLE.dcm"), folder / "image.dcm")


def _contours(folder):
    return dicom_files.contours(folder / "RS.dcm", {"GTV": [SQUARE]})


def _segmentation(folder):
    return dicom_files.segmentation(folder / "S.dcm", [(1, (-20, 10, 4 + 3 * z), VOXELS[z] > 0) for z in range(3)])


@pytest.mark.parametrize("write", [_series, _multi_frame, _compressed, _contours, _segmentation])
def test_wrong_bytes(tmp_path, write, capfd):
    image = read_image(dicom_files.series(tmp_path / "image", VOXELS))
    path = write(tmp_path / "P1")
    content, random = path.read_bytes(), np.random.default_rng(0)
    reasons = []
    for _ in range(120):
        spoilt = bytearray(content)
        for place in random.integers(132, len(content), 3):
            spoilt[place] = random.integers(256)
        path.write_bytes(spoilt)
        try:
            read_outline(path, image) if write in {_contours, _segmentation} else read_image(path.parent)
        except PatientError as error:
            reasons.append(error.reason)
    assert reasons
    assert [reason for reason in reasons if not reason.isprintable() or "SECRET" in reason] == []
    assert [reason for reason in reasons if path.name not in reason and "P1" not in reason] == []
    assert capfd.readouterr() == ("", "")
