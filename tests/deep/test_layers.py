"""Layers against hooks on a plain network; pooling against NumPy; widths against the networks' papers."""

import numpy as np
import pytest
import torch
import torchvision

import conf
from radsurv.deep.layers import FeatureExtractor, feature_counts, pooled
from radsurv.errors import ConfigError


def plain(name: str) -> torch.nn.Module:
    torch.manual_seed(1)
    return torchvision.models.get_model(name, weights=None).eval()


def hooked(network: torch.nn.Module, module: str, images: torch.Tensor) -> torch.Tensor:
    """What the module returns, copied before anything behind it can overwrite it."""
    seen = []
    network.get_submodule(module).register_forward_hook(lambda _module, _input, output: seen.append(output.clone()))
    with torch.no_grad():
        network(images)
    return seen[0]


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer4"),  # the last node of a module
        ("resnet18", "layer1.0.bn1"),  # an in-place ReLU module follows
        ("squeezenet1_1", "features.3.expand3x3"),  # so it does here
    ],
)
def test_a_layer_is_what_a_hook_sees_and_not_what_follows(name, layer, images):
    expected = pooled(hooked(plain(name), layer, images), "avg", 2)
    with torch.no_grad():
        torch.testing.assert_close(FeatureExtractor(plain(name), name, [layer], "avg")(images), expected)
    assert expected.min() < 0 or layer == "layer4"  # the trap would have made it non-negative


def test_a_call_in_place_does_not_overwrite_the_layer_before(images):
    """As in densenet, googlenet and inception."""

    class Calls(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = torch.nn.Conv2d(3, 8, 3)

        def forward(self, x):
            return torch.nn.functional.relu(self.convolution(x), inplace=True)

    network = Calls().eval()
    with torch.no_grad():
        found = FeatureExtractor(network, "calls", ["convolution"], "avg")(images)
        torch.testing.assert_close(found, network.convolution(images).mean(dim=(2, 3)))
    assert found.min() < 0


def test_layers_stand_side_by_side_in_the_order_asked_for(images):
    both = FeatureExtractor(plain("squeezenet1_1"), "squeezenet1_1", ["classifier.1", "features.3"], "avg")
    with torch.no_grad():
        parts = [
            FeatureExtractor(plain("squeezenet1_1"), "squeezenet1_1", [layer], "avg")(images) for layer in both.layers
        ]
        torch.testing.assert_close(both(images), torch.cat(parts, dim=1))
    assert [part.shape[1] for part in parts] == [1000, 128]


@pytest.mark.parametrize(
    ("pool", "by_numpy"),
    [
        ("avg", lambda maps: maps.mean(axis=(2, 3))),
        ("max", lambda maps: maps.max(axis=(2, 3))),
        ("gem", lambda maps: (np.maximum(maps, 1e-6) ** 3).mean(axis=(2, 3)) ** (1 / 3)),
    ],
)
@pytest.mark.parametrize("channels_last", [False, True])
def test_pooling(pool, by_numpy, channels_last):
    maps = np.random.default_rng(0).normal(size=(2, 5, 7, 7)).astype(np.float32)
    tensor = torch.from_numpy(maps).movedim(1, -1) if channels_last else torch.from_numpy(maps)
    np.testing.assert_allclose(pooled(tensor, pool, 2).numpy(), by_numpy(maps), atol=1e-6)


def test_tokens_are_pooled_over_positions():
    tokens = torch.randn(2, 50, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(pooled(tokens, "avg", 2), tokens.mean(dim=1))


@pytest.mark.parametrize("output", [7, torch.zeros(3), torch.zeros(32, 49, 96)])
def test_what_is_no_output_for_each_patch_is_no_layer(output):
    assert pooled(output, "avg", 2) is None


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("alexnet", 4096),
        ("convnext_tiny", 768),
        ("densenet121", 1024),
        ("efficientnet_b0", 1280),
        ("efficientnet_lite0", 1280),
        ("googlenet", 1024),
        ("inception_v3", 2048),
        ("mobilenet_v3_small", 1024),
        ("regnet_x_400mf", 400),
        ("resnet50", 2048),
        ("shufflenet_v2_x1_0", 1024),
        ("squeezenet1_1", 512),
        ("swin_t", 768),
        ("vit_b_32", 768),
    ],
)
def test_default_layer_is_what_the_classifier_looks_at(name, width):
    size = 299 if name == "inception_v3" else 224
    assert feature_counts(conf.backbone(name), size) == {"penultimate": width}


def test_layers_of_vgg19():
    layers = ["fc1", "fc2", "fc1_pre", "features.35", "features", "penultimate"]
    assert feature_counts(conf.backbone("vgg19"), 224) == {"fc1": 4096, "fc2": 4096}
    counts = feature_counts(conf.backbone("vgg19", layers=layers), 224)
    assert list(counts.values()) == [4096, 4096, 4096, 512, 512, 4096]


def test_misspelt_layer_answers_with_the_nearest():
    with pytest.raises(ConfigError, match=r"vgg19 has no layer 'fc_1'; nearest: fc1"):
        feature_counts(conf.backbone("vgg19", layers=["fc_1"]), 224)
    with pytest.raises(ConfigError, match=r"resnet18 has no layer 'layer5'; nearest: .*layer4"):
        feature_counts(conf.backbone("resnet18", layers=["layer5"]), 224)


def test_layer_twice():
    with pytest.raises(ConfigError, match="names a layer twice"):
        feature_counts(conf.backbone("vgg19", layers=["fc1", "fc1"]), 224)


def test_layer_without_an_output_for_each_patch():
    backbone = conf.backbone("vit_b_32", layers=["getattr"])  # the shape of the input
    with pytest.raises(ConfigError, match="'getattr' of vit_b_32 gives neither a feature map nor a vector"):
        feature_counts(backbone, 224)


@pytest.mark.parametrize(("name", "size"), [("vit_b_16", 128), ("inception_v3", 32)])
def test_patch_size_that_the_network_cannot_take(name, size):
    with pytest.raises(ConfigError, match=rf"{name} cannot take patches of {size} × {size} .*patch.size=null"):
        feature_counts(conf.backbone(name), size)
