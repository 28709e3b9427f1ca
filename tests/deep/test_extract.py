"""Deep features of a cohort, against plain torchvision, and against what is to be seen on real photographs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
from skimage import data
from skimage.color import rgb2gray
from waves import waves

import conf
from radsurv.deep.extract import extract, feature_names
from radsurv.deep.layers import feature_counts
from radsurv.errors import ConfigError
from radsurv.roi.patch import cnn_patch
from radsurv.roi.region import Region

LAYERS = ["fc1", "fc2", "fc1_pre", "fc2_pre"]
VGG19 = conf.backbone("vgg19", weights="random", batch_size=2, layers=LAYERS)


@pytest.fixture(scope="module")
def vgg_patches() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {f"SIMULATED-{i:03d}": (rng.random((224, 224)) * 255).astype(np.float32) for i in range(2)}


@pytest.fixture(scope="module")
def vgg_features(vgg_patches, cpu):
    return extract(vgg_patches, VGG19, cpu, seed=7)


@pytest.fixture(scope="module")
def plain_vgg(vgg_patches) -> dict[torch.memory_format, dict[str, np.ndarray]]:
    """What hooks on an unaltered VGG-19 of torchvision see, with torchvision's own preprocessing."""
    torch.manual_seed(7)
    network = torchvision.models.vgg19(weights=None).eval()
    preset = torchvision.models.VGG19_Weights.IMAGENET1K_V1.transforms()
    gray = torch.from_numpy(np.stack(list(vgg_patches.values()))) / 255
    images = torchvision.transforms.functional.normalize(gray[:, None].repeat(1, 3, 1, 1), preset.mean, preset.std)
    seen = {}

    def remember(layer):
        def hook(_module, _input, output):
            seen[layer] = output.clone().numpy()

        return hook

    for layer, index in {"fc1": 1, "fc2": 4, "fc1_pre": 0, "fc2_pre": 3}.items():
        network.classifier[index].register_forward_hook(remember(layer))
    by_format = {}
    for memory_format in (torch.contiguous_format, torch.channels_last):
        with torch.no_grad():
            network.to(memory_format=memory_format)(images.to(memory_format=memory_format))
        by_format[memory_format] = dict(seen)
    return by_format


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["fc1", "fc2", "fc1_pre", "fc2_pre"])
@pytest.mark.parametrize(
    ("memory_format", "tolerance"),
    # The other order of the channels sums in another order: ten times the rounding error, and nothing else.
    [(torch.channels_last, 1e-6), (torch.contiguous_format, 1e-5)],
    ids=["channels last", "channels first"],
)
def test_vgg19_is_torchvision_s(vgg_features, plain_vgg, layer, memory_format, tolerance):
    at = 4096 * LAYERS.index(layer)
    found, expected = vgg_features.values[:, at : at + 4096], plain_vgg[memory_format][layer]
    assert found.shape == (2, 4096)
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


def test_relu_trap(vgg_features):
    """``fc1_pre`` must be before the ReLU: the in-place one would have overwritten it."""
    fc1, _, fc1_pre, _ = np.split(vgg_features.values, 4, axis=1)
    assert fc1_pre.min() < 0
    np.testing.assert_array_equal(fc1, np.maximum(fc1_pre, 0))


def test_random_weights_are_announced(vgg_features):
    assert vgg_features.notes == [
        "deep features come from RANDOM weights of vgg19 (seed 7): they carry no learned knowledge"
    ]
    assert vgg_features.weights == {"backbone": "vgg19", "weights": "random", "seed": 7}


def test_names():
    names = feature_names("vgg19", feature_counts(conf.backbone("vgg19"), 224))
    assert len(names) == 8192
    assert (names[0], names[4095], names[4096], names[-1]) == (
        "vgg19_fc1_0000",
        "vgg19_fc1_4095",
        "vgg19_fc2_0000",
        "vgg19_fc2_4095",
    )
    many = feature_names("vgg19", {"flatten": 25088})
    assert many == sorted(many)
    assert len(many) == 25088


@pytest.fixture(scope="module")
def photographs() -> dict[str, np.ndarray]:
    """Two pictures that come with scikit-image: the middle square, in grey, as a patch."""
    patches = {}
    for name in ("cat", "coffee"):
        gray = rgb2gray(getattr(data, name)())
        height, width = gray.shape
        side = min(height, width)
        square = np.zeros(gray.shape, dtype=bool)
        square[(height - side) // 2 : (height + side) // 2, (width - side) // 2 : (width + side) // 2] = True
        patches[name] = cnn_patch(Region(gray, square, (1.0, 1.0), 1.0, 0), conf.patch(), 224)
    return patches


@pytest.mark.parametrize("preprocess", ["native", "imagenet"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_lite_recognizes_photographs(photographs, preprocess, precision):
    """Crop, scale, resize, normalisation and weights must all be right to find one of 1,000 classes."""
    classifier = conf.backbone("efficientnet_lite0", layers=["_fc"], preprocess=preprocess, batch_size=2)
    scores = extract(photographs, classifier, conf.compute(accelerator="cpu", precision=precision), seed=0).values
    classes = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    cat, coffee = (classes[best] for best in scores.argmax(axis=1))
    assert cat in {"tabby", "tiger cat", "Egyptian cat"}
    assert coffee == "espresso"


def test_lite_gives_the_features_of_timm(cpu):
    """Another implementation of the network, with the same weights (tests/deep/data)."""
    lite = conf.backbone("efficientnet_lite0", batch_size=3)
    features = extract(waves(224), lite, cpu, seed=0)
    reference = pd.read_csv(Path(__file__).parent / "data" / "lite0_timm.csv", index_col="feature")
    assert features.patient_ids == list(reference)
    np.testing.assert_allclose(features.values.T, reference, rtol=0, atol=1e-4)


def test_same_seed_same_bytes(random_backbone, patches, cpu):
    first, second = (extract(patches, random_backbone, cpu, seed=1).values.tobytes() for _ in range(2))
    assert first == second
    assert extract(patches, random_backbone, cpu, seed=2).values.tobytes() != first


def test_nobody_missing_nothing_loaded(cpu):
    """All patients cached: VGG-19's weights are not even looked for."""
    features = extract({}, conf.backbone("vgg19"), cpu, seed=0)
    assert features.values.size == 0
    assert features.patient_ids == []


def test_on_patient_gets_the_rows(random_backbone, patches, cpu):
    rows = {}
    features = extract(patches, random_backbone, cpu, seed=0, on_patient=rows.__setitem__)
    assert list(rows) == features.patient_ids == list(patches)
    np.testing.assert_array_equal(np.stack(list(rows.values())), features.values)
    assert features.values.dtype == np.float32


def test_keras_preprocessing_of_torchvision_weights_is_remarked_upon(cpu):
    odd = conf.backbone("vgg19", preprocess="keras_caffe")
    assert "meant for weights converted from Keras" in extract({}, odd, cpu, seed=0).notes[0]


@pytest.mark.parametrize("shapes", [[(64, 64), (32, 32)], [(64, 32)], [(2, 64, 64)], [(3, 64, 64), (64, 64)]])
def test_patches_of_other_shapes(random_backbone, cpu, shapes):
    crooked = {str(i): np.zeros(shape, dtype=np.float32) for i, shape in enumerate(shapes)}
    with pytest.raises(ConfigError, match="patches must be square and all of one size"):
        extract(crooked, random_backbone, cpu, seed=0)
