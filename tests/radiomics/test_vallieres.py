import numpy as np

from radsurv.radiomics.vallieres import VALLIERES, texture_features


def test_textures_of_the_quantised_reference(reference):
    textures = {family: names for family, names in VALLIERES.textures.items() if family != "histogram"}
    for key, quantized in reference.quantized.items():
        algorithm, levels, scale = key.split("_")
        expected = [
            reference.features[f"{family}_{name}_{algorithm}{levels}_{scale}"]
            for family, names in textures.items()
            for name in names
        ]
        np.testing.assert_allclose(texture_features(quantized, int(levels)), expected, rtol=1e-9)


def test_43_features_a_configuration_and_4_of_shape():
    assert {family: len(names) for family, names in VALLIERES.textures.items()} == {
        "histogram": 3,
        "glcm": 9,
        "glrlm": 13,
        "glszm": 13,
        "ngtdm": 5,
    }
    assert len(VALLIERES.shape) == 4
