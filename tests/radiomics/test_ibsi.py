"""IBSI: consensus values of the digital phantom; pyradiomics' own baselines; layout and degenerate regions."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

import conf
from radsurv.radiomics.ibsi import (
    IBSI,
    ibsi_histogram_features,
    ibsi_shape_features,
    ibsi_texture_features,
)
from radsurv.radiomics.vector import feature_names, radiomics_features
from radsurv.roi.region import Region

DATA = Path(__file__).parent / "data"
BY_IBSI = conf.radiomics("ibsi")
# pyradiomics/data/baseline/baseline_shape2D.csv
SHAPE_BASELINES = {
    "brain1": [600.28076171875, 35.579054802299055, 0.8591480496460207, 0.7026288930220511],
    "brain2": [138.244628906, 16.3129789202, 0.8666947794872987, 0.6616075094978898],
}


def _read(file):
    return sitk.GetArrayFromImage(sitk.ReadImage(file))


def _three_digits(value):
    return float(f"{value:.3g}")


def test_consensus_values_of_the_digital_phantom(shared):
    """IBSI's "2D, averaged": features of each section, then the mean over sections."""
    folder = shared / "images" / "ibsi_digital_phantom"
    levels, mask = _read(folder / "phantom.nii.gz"), _read(folder / "mask.nii.gz") > 0
    consensus = pd.read_csv(DATA / "ibsi_digital_phantom.csv")
    sections = [np.where(inside, section, 0).astype(np.int32) for section, inside in zip(levels, mask, strict=True)]
    flat = levels.reshape(len(levels), -1)
    computed = [
        *ibsi_histogram_features(flat, mask.reshape(flat.shape)),
        *np.mean([ibsi_texture_features(section) for section in sections], axis=0),
    ]
    names = [(family.removeprefix("ibsi"), name) for family, names in IBSI.textures.items() for name in names]
    assert names == list(zip(consensus.family, consensus.feature, strict=True))
    assert [_three_digits(value) for value in computed] == consensus.value.tolist()


@pytest.mark.parametrize("case", ["brain1", "brain2"])
@pytest.mark.parametrize("family", ["glcm", "glrlm", "glszm", "ngtdm", "firstorder"])
def test_the_installed_pyradiomics_gives_its_published_baselines(shared, case, family):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from radiomics import getFeatureClasses

        image, mask = (
            sitk.ReadImage(shared / "images" / "pyradiomics" / f"{case}_{kind}.nrrd") for kind in ("image", "label")
        )
        calculator = getFeatureClasses()[family](image, mask, binWidth=25, force2D=True)
        baselines = pd.read_csv(DATA / "pyradiomics_baselines.csv").query("family == @family")
        for feature in baselines.feature:
            calculator.enableFeatureByName(feature)
        results = calculator.execute()
    computed = [float(results[feature]) for feature in baselines.feature]
    np.testing.assert_allclose(computed, baselines[case], rtol=1e-9)


def test_shape_of_the_reference_regions(reference):
    case = "brain1" if np.count_nonzero(reference.region.outline) == 984 else "brain2"
    values = ibsi_shape_features(reference.region.outline, reference.region.spacing_mm)
    np.testing.assert_allclose(values, SHAPE_BASELINES[case], rtol=1e-8)


def test_same_layout_other_names(paper):
    names = feature_names(paper, BY_IBSI)
    ours = feature_names(paper, conf.radiomics("vallieres"))
    assert len(names) == len(set(names)) == 348
    assert not set(names) & set(ours)
    assert [name.split("_")[0] for name in names] == ["ibsi" + name.split("_")[0] for name in ours]
    assert [name.split("_")[2:] for name in names] == [name.split("_")[2:] for name in ours]
    assert names[7] == "ibsiglcm_JointEnergy_equal16_native"


def test_what_the_definitions_share(reference, paper):
    """Eleven of the size-zone features are equal; GLCM contrast differs by the weight of diagonals only."""
    names = feature_names(paper, conf.radiomics("vallieres"))
    ours, _ = radiomics_features(reference.region, paper, conf.radiomics("vallieres"))
    theirs, _ = radiomics_features(reference.region, paper, BY_IBSI)
    zones = [i for i, name in enumerate(names) if name.startswith("glszm") and name.split("_")[1] not in ("GLV", "ZSV")]
    np.testing.assert_allclose(theirs[zones], ours[zones], rtol=1e-9)
    contrast = [i for i, name in enumerate(names) if name.startswith("glcm_Contrast")]
    np.testing.assert_allclose(theirs[contrast], ours[contrast], rtol=0.06)


@pytest.mark.parametrize("pixels", [0, 1])
def test_too_few_pixels(pixels):
    quantized = np.zeros((3, 3), np.int32)
    quantized.flat[:pixels] = 1
    assert np.isnan(ibsi_texture_features(quantized)).all()
    assert np.isnan(ibsi_shape_features(quantized > 0, (1.0, 1.0))).all()
    assert np.isnan(ibsi_histogram_features(quantized, quantized > 0)).all()


@pytest.mark.parametrize("outline", [np.ones((1, 6), bool), np.eye(5, dtype=bool), np.ones((4, 4), bool)])
def test_constant_and_thin_regions_raise_nothing(paper, outline, capfd):
    values, warned = radiomics_features(Region(np.ones(outline.shape), outline, (1.0, 1.0), 1.0, 0), paper, BY_IBSI)
    assert values.shape == (348,)
    assert not np.isinf(values).any()
    assert "1 of 16" in warned[0]
    assert capfd.readouterr() == ("", "")
