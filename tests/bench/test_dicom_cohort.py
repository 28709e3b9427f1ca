"""bench/dicom_cohort.py."""

import dicom_cohort
import numpy as np
import pytest

from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient


@pytest.mark.slow
def test_the_stage_beside_plain_simpleitk(printed, tmp_path):
    text = printed(dicom_cohort.main, "--tiny", "--workers", "1", "--folder", str(tmp_path))
    rows = {line[:26].strip(): [float(number) for number in line[26:].split()] for line in text.splitlines()[3:]}
    assert list(rows) == ["SimpleITK, images alone", "stage cohort, 1 worker"]
    assert rows["SimpleITK, images alone"][2:] == [1, 1]
    peak, _, processor, passed = rows["stage cohort, 1 worker"]
    assert peak > 50
    assert min(processor, passed) > 0
    assert not list(tmp_path.iterdir())


def test_an_outline_has_the_volume_that_was_drawn(tmp_path):
    """Circles whose radius is that of an ellipsoid: 4/3 π r² h of the volume, h being 6 sections of 5 mm."""
    dicom_cohort.write_patients(tmp_path, 1)
    folder = tmp_path / "MADE-UP-0000"
    loaded = load_patient(Patient("P", {"image": folder / "T1"}, {"mask": folder / "RS.dcm"}), Requirements())
    mask = loaded.outlines[0].mask.array
    rng = np.random.default_rng(0)
    rng.uniform(70, 80)
    rng.uniform(-25, 25, 2)
    radius_mm = rng.uniform(10, 22) * dicom_cohort.PIXEL_MM
    volume = mask.sum() * dicom_cohort.PIXEL_MM**2 * dicom_cohort.APART_MM
    assert abs(volume / (4 / 3 * np.pi * radius_mm**2 * 6 * dicom_cohort.APART_MM) - 1) < 0.02
