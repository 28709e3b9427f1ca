"""The patient of `misleading_geometry` without a fault, and one head stored in other ways."""

import numpy as np
import pytest
from misleading_geometry import Files

import conf
from radsurv.cohort.load import Requirements, load_patient
from radsurv.cohort.patient import Patient
from radsurv.radiomics.vector import radiomics_features
from radsurv.roi.outline_readings import readings


@pytest.mark.parametrize("name", ["flipped", "sagittal", "mask09999", "nanbg", "mask_u8slope", "offset_neg"])
def test_one_head_stored_in_other_ways_has_the_features_of_the_reference(shared, name):
    """Axis reversed, sagittal, labels off by rounding, background of NaN, scaled labels, 1300 below: not a bit differs."""
    folder = shared / "cases" / "images"

    def features(name):
        paths = (folder / kind / f"{name}.nii.gz" for kind in "im")
        loaded = load_patient(Patient(name, {"image": next(paths)}, {"mask": next(paths)}), Requirements())
        (reading,) = readings(loaded.images, loaded.outlines, conf.roi(), conf.patch(), seed=0)
        return radiomics_features(reading.regions[0].region, conf.quantization(), conf.radiomics())[0]

    np.testing.assert_array_equal(features(name), features("ref"))


def test_what_is_said_where_nothing_is_wrong(tmp_path):
    assert Files(tmp_path).said() == "included without a warning"
