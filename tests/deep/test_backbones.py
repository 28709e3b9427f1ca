"""Names, sizes and normalisations, against torchvision's own presets and Keras' published constants."""

import numpy as np
import pytest
import torch
import torchvision

import conf
from radsurv.deep.backbones import build, check_name, input_size, names, normalization
from radsurv.errors import ConfigError
from radsurv.options.imaging import BackboneConfig


def test_every_classification_model_of_torchvision_is_a_backbone():
    assert {"vgg19", "vgg16", "resnet50", "densenet121", "efficientnet_lite0", "vit_b_16"} <= set(names())
    assert not {"fcn_resnet50", "r3d_18", "quantized_resnet18"} & set(names())


def test_misspelt_name_answers_with_the_nearest():
    with pytest.raises(ConfigError, match="'resnet5O' is unknown; nearest: resnet50"):
        check_name("resnet5O")


@pytest.mark.parametrize(
    ("name", "weights", "size"),
    [
        ("vgg19", "imagenet", 224),
        ("vgg19", "random", 224),
        ("efficientnet_lite0", "imagenet", 224),
        ("inception_v3", "imagenet", 299),
        ("efficientnet_b7", "imagenet", 600),
        ("vit_b_16", "IMAGENET1K_SWAG_E2E_V1", 384),
    ],
)
def test_input_size_is_what_the_network_s_paper_says(name, weights, size):
    assert input_size(conf.backbone(name, weights=weights)) == size


def apply(backbone: BackboneConfig, intensities: np.ndarray) -> np.ndarray:
    chosen = normalization(backbone)
    return (intensities[:, None] / chosen.divisor - np.array(chosen.mean)) / np.array(chosen.sd)


@pytest.mark.parametrize("name", ["vgg19", "efficientnet_v2_l"])
def test_native_normalization_is_torchvision_s(name):
    patch = torch.randint(0, 256, (3, 480, 480), dtype=torch.uint8)
    preset = torchvision.models.get_model_weights(name).IMAGENET1K_V1.transforms(resize_size=480, crop_size=480)
    ours = apply(conf.backbone(name), patch.numpy().reshape(3, -1)[0].astype(float))
    np.testing.assert_allclose(ours[:, 0], preset(patch)[0].numpy().ravel(), atol=1e-6)


def test_keras_caffe_subtracts_the_means_in_the_order_blue_green_red():
    """keras.applications.imagenet_utils.preprocess_input(x, mode="caffe")."""
    backbone = conf.backbone("vgg19", preprocess="keras_caffe")
    np.testing.assert_allclose(apply(backbone, np.array([128.0])), [[24.061, 11.221, 4.32]])


def test_lite_is_scaled_to_minus_one_to_one():
    np.testing.assert_allclose(apply(conf.backbone("efficientnet_lite0"), np.array([-1.0, 255.0]))[:, 0], [-1, 1])


@pytest.mark.parametrize("name", ["vgg19", "efficientnet_lite0", "googlenet", "regnet_x_400mf"])
def test_architecture_alone_takes_no_memory(name):
    backbone = conf.backbone(name)
    assert all(parameter.is_meta for parameter in build(backbone, input_size(backbone)).parameters())


def test_a_network_that_needs_values_to_be_made_is_made_with_the_same_options(monkeypatch):
    get_model = torchvision.models.get_model

    def with_values(*args, **options):
        if torch.get_default_device().type == "meta":
            raise NotImplementedError
        return get_model(*args, **options)

    monkeypatch.setattr(torchvision.models, "get_model", with_values)
    network = build(conf.backbone("googlenet"), 224)
    assert network.transform_input
    assert all(parameter.is_meta for parameter in network.parameters())
