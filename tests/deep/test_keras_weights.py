"""Weights of Keras in torch's layout: what the network computes, against the network of Keras written in NumPy."""

import hashlib
import sys
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import torchvision
from torch import nn

import conf
from radsurv.cli import main
from radsurv.deep import keras_weights
from radsurv.deep.converted import Converted, read_converted
from radsurv.deep.extract import extract
from radsurv.deep.keras_weights import convert_keras, keras_state
from radsurv.deep.weights import load_network
from radsurv.errors import ConfigError, WeightsError

BLOCKS = [(1, 2), (2, 2), (3, 4), (4, 4), (5, 4)]
WIDTHS = (64, 128, 256, 512, 512)
NOTOP = [f"block{block}_conv{number}" for block, count in BLOCKS for number in range(1, count + 1)]


def arrays(widths, *, tops=(), side=7, seed=0, dtype=np.float32):
    """By layer, kernel and bias in Keras' shapes; random, of a scale that neither fades nor explodes."""
    generator = np.random.default_rng(seed)
    made, inputs = {}, 3

    def layer(name, *shape):
        scale = np.sqrt(2 / np.prod(shape[:-1]))
        kernel = generator.standard_normal(shape, dtype=np.float32) * np.float32(scale)
        made[name] = [kernel.astype(dtype), generator.normal(0, 0.1, shape[-1]).astype(dtype)]

    for (block, count), width in zip(BLOCKS, widths, strict=True):
        for number in range(1, count + 1):
            layer(f"block{block}_conv{number}", 3, 3, inputs, width)
            inputs = width
    inputs *= side**2
    for name, outputs in zip(("fc1", "fc2", "predictions"), tops, strict=False):
        layer(name, inputs, outputs)
        inputs = outputs
    return made


def write(path: Path, made) -> Path:
    """As Keras 1 did, whose files are those that are still downloaded; layers without weights are empty groups."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"input_1", *(name.encode() for name in made)]
        file.create_group("input_1").attrs["weight_names"] = np.zeros(0)
        for name, parts in made.items():
            group = file.create_group(name)
            for letter, part in zip("Wb", parts, strict=False):
                group.create_dataset(f"{name}_{letter}_1:0", data=part)
    return path


def blue_green_red(grey):
    """keras.applications.imagenet_utils.preprocess_input(x, mode="caffe") of a grey picture."""
    return np.stack([grey - 103.939, grey - 116.779, grey - 123.68], axis=-1)


def convolved(maps, kernel, bias):
    """tf.nn.conv2d(…, padding="SAME") + bias, and ReLU, of maps (y, x, channel)."""
    height, width, _ = maps.shape
    padded = np.pad(maps, ((1, 1), (1, 1), (0, 0)))
    summed = np.zeros((height, width, kernel.shape[-1])) + bias
    for y in range(3):
        for x in range(3):
            summed += padded[y : y + height, x : x + width] @ kernel[y, x].astype(np.float64)
    return np.maximum(summed, 0)


def keras_vgg19(made, maps):
    """Each layer's output by its name, of an image (y, x, channel); pooling layers are called block1_pool, …"""
    outputs = {}
    for block, count in BLOCKS:
        for number in range(1, count + 1):
            name = f"block{block}_conv{number}"
            maps = outputs[name] = convolved(maps, *made[name])
        height, width, channels = maps.shape
        maps = maps.reshape(height // 2, 2, width // 2, 2, channels).max(axis=(1, 3))
        outputs[f"block{block}_pool"] = maps
    vector = maps.reshape(-1)
    for name in ("fc1", "fc2", "predictions"):
        if name in made:
            kernel, bias = made[name]
            vector = outputs[name] = vector @ kernel.astype(np.float64) + bias
            vector = np.maximum(vector, 0)
    return outputs


class Small(nn.Module):
    """VGG-19 with a few channels, for images of 64 × 64."""

    def __init__(self, widths, tops):
        super().__init__()
        layout = [each for (_, count), width in zip(BLOCKS, widths, strict=True) for each in [*[width] * count, "M"]]
        self.features = torchvision.models.vgg.make_layers(layout)
        sizes = (widths[-1] * 4, *tops)
        first, second, third = (nn.Linear(*pair) for pair in pairwise(sizes))
        self.classifier = nn.Sequential(first, nn.ReLU(), nn.Dropout(), second, nn.ReLU(), nn.Dropout(), third)

    def forward(self, images):
        return self.classifier(torch.flatten(self.features(images), 1))


SMALL = ((4, 5, 6, 7, 3), (11, 9, 8))


def test_the_whole_network_computes_what_keras_computes(tmp_path):
    """Down to the order in which the maps are flattened, which differs in each of their 2 × 2 places."""
    widths, tops = SMALL
    made = arrays(widths, tops=tops, side=2)
    network = Small(widths, tops).eval()
    network.load_state_dict(keras_state(write(tmp_path / "w.h5", made), network))
    image = np.random.default_rng(1).uniform(-1, 1, (64, 64, 3))
    with torch.no_grad():
        found = network.double()(torch.from_numpy(image.transpose(2, 0, 1)[None]))[0].numpy()
    expected = keras_vgg19(made, image)["predictions"]
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_names_inside_of_a_layer_play_no_part(tmp_path):
    """Keras 2 saves block1_conv1/block1_conv1/kernel:0, and the bias before or behind it."""
    widths, tops = SMALL
    made = arrays(widths, tops=tops, side=2)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for name, (kernel, bias) in made.items():
            file[f"{name}/{name}/a_bias:0"] = bias
            file[f"{name}/{name}/kernel:0"] = kernel
    network = Small(widths, tops)
    found = keras_state(tmp_path / "w.h5", network)
    expected = keras_state(write(tmp_path / "old.h5", made), network)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.fixture(scope="module")
def notop(tmp_path_factory):
    """A file with the shapes of the real one, its arrays, and what became of it."""
    made = arrays(WIDTHS, dtype=np.float16)
    folder = tmp_path_factory.mktemp("keras")
    source = write(folder / "vgg19_notop.h5", made)
    convert_keras(source, folder / "vgg19.safetensors")
    yield made, source, folder / "vgg19.safetensors"
    for path in folder.iterdir():
        path.unlink()


def test_features_of_a_converted_file_are_those_of_keras_borders_included(notop, cpu):
    """Grey patches through preprocessing and network, pooled; the border is a third of so small a patch."""
    made, _, converted = notop
    layers = {"features.1": "block1_conv1", "features.8": "block2_conv2", "features.36": "block5_pool"}
    backbone = conf.backbone(
        "vgg19", weights=str(converted), preprocess="keras_caffe", layers=list(layers), batch_size=2
    )
    generator = np.random.default_rng(2)
    patches = {name: (generator.random((32, 32)) * 255).astype(np.float32) for name in ("A", "B")}
    found = extract(patches, backbone, cpu, seed=0).values
    for row, patch in zip(found, patches.values(), strict=True):
        outputs = keras_vgg19(made, blue_green_red(patch.astype(np.float64)))
        expected = np.concatenate([outputs[name].mean(axis=(0, 1)) for name in layers.values()])
        assert row.shape == expected.shape == (64 + 128 + 512,)
        np.testing.assert_allclose(row, expected, rtol=1e-4, atol=1e-4 * expected.max())


def test_a_converted_file_is_the_same_bytes_again_and_holds_float32(notop, tmp_path):
    _, source, converted = notop
    found = convert_keras(source, tmp_path / "again.safetensors")
    assert found == read_converted(converted) == Converted(has_head=False)
    assert (tmp_path / "again.safetensors").read_bytes() == converted.read_bytes()
    network = load_network(
        conf.backbone("vgg19", weights=str(converted), preprocess="keras_caffe", layers=["features.36"]), 224, seed=0
    )
    assert {value.dtype for value in network.state_dict().values()} == {torch.float32}
    assert len(network.state_dict()) == 32


@pytest.mark.slow  # 1.2 GB of memory
def test_the_fully_connected_layers_of_the_real_shape(tmp_path):
    """Zeros but for some numbers, whose places in torch's order are counted by hand: channel × 49 + y × 7 + x."""
    made = arrays(WIDTHS, dtype=np.float16)
    source = write(tmp_path / "w.h5", made)
    with h5py.File(source, "a") as file:
        for name, shape in {"fc1": (25088, 4096), "fc2": (4096, 4096), "predictions": (4096, 1000)}.items():
            kernel = file.create_dataset(f"{name}/kernel", shape, "f2", chunks=(64, 256))
            kernel[5, 7] = 3.0
            file[f"{name}/bias"] = np.arange(shape[1], dtype=np.float32)
        file["fc1/kernel"][(2 * 7 + 4) * 512 + 300, 11] = 2.0  # y 2, x 4, channel 300
    assert convert_keras(source, tmp_path / "w.safetensors") == Converted(has_head=True)
    backbone = conf.backbone("vgg19", weights=str(tmp_path / "w.safetensors"), preprocess="keras_caffe")
    state = load_network(backbone, 224, seed=0).state_dict()
    first = state["classifier.0.weight"]
    assert (first != 0).nonzero().tolist() == [[7, 5 * 49], [11, 300 * 49 + 2 * 7 + 4]]
    assert first[11, 300 * 49 + 2 * 7 + 4] == 2.0
    for name, outputs in {"classifier.3": 4096, "classifier.6": 1000}.items():
        assert (state[f"{name}.weight"] != 0).nonzero().tolist() == [[7, 5]]
        assert state[f"{name}.bias"].tolist() == list(range(outputs))


def said_of(path: Path) -> str:
    """The one line of a conversion that is refused; nothing is written."""
    widths, tops = SMALL
    with pytest.raises(WeightsError) as caught:
        keras_state(path, Small(widths, tops))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    assert "expected vgg19_weights_tf_dim_ordering_tf_kernels.h5 or vgg19" in message
    return message


def spoilt(path: Path, **changes) -> Path:
    """The small file with layers replaced; None: left out."""
    widths, tops = SMALL
    made = arrays(widths, tops=tops, side=2) | changes
    return write(path, {name: parts for name, parts in made.items() if parts is not None})


def test_a_file_that_is_no_hdf5_or_not_whole(tmp_path):
    assert "is no file" in said_of(tmp_path / "nowhere.h5")
    (tmp_path / "w.h5").write_text("weights", encoding="utf-8")
    assert "cannot be read as weights in HDF5" in said_of(tmp_path / "w.h5")
    whole = spoilt(tmp_path / "whole.h5").read_bytes()
    (tmp_path / "half.h5").write_bytes(whole[: len(whole) // 2])
    assert "cannot be read as weights in HDF5" in said_of(tmp_path / "half.h5")


def test_a_file_of_another_network_or_without_a_layer(tmp_path):
    without = dict.fromkeys(["block3_conv4", "block4_conv4", "block5_conv4"])
    vgg16 = said_of(spoilt(tmp_path / "vgg16.h5", **without))
    assert "does not hold the 19 layers of VGG-19 (3 missing: block3_conv4, block4_conv4, block5_conv4): " in vgg16
    assert "(1 missing: fc2)" in said_of(spoilt(tmp_path / "w.h5", fc2=None))
    write(tmp_path / "resnet.h5", {f"res{number}": [np.zeros((1, 1)), np.zeros(1)] for number in range(6)})
    assert (
        "the 16 layers of VGG-19 (16 missing: block1_conv1, block1_conv2, block2_conv1, block2_conv2 and 12 more;"
        " 6 unexpected: res0, res1, res2, res3 and 2 more)"
    ) in said_of(tmp_path / "resnet.h5")
    tuned = {"fc1": None, "fc2": None, "predictions": None, "dense_1": [np.zeros((12, 2)), np.zeros(2)]}
    assert "(1 unexpected: dense_1)" in said_of(spoilt(tmp_path / "tuned.h5", **tuned))


def test_a_layer_of_another_shape_or_not_of_numbers(tmp_path):
    theano = [np.zeros((4, 3, 3, 3)), np.zeros(4)]
    assert ("(1 of another shape: block1_conv1 (4, 3, 3, 3) and (4,) instead of (3, 3, 3, 4) and (4,))") in said_of(
        spoilt(tmp_path / "theano.h5", block1_conv1=theano)
    )
    no_bias = spoilt(tmp_path / "w.h5", block1_conv1=[np.zeros((3, 3, 3, 4))])
    assert "(1 of another shape: block1_conv1 (3, 3, 3, 4) instead of (3, 3, 3, 4) and (4,))" in said_of(no_bias)
    texts = spoilt(tmp_path / "texts.h5", block1_conv1=[[b"a", b"b"], np.zeros(4)])
    assert "cannot be read as weights in HDF5 (could not convert string to float" in said_of(texts)


def test_what_lies_in_another_file_is_not_read(tmp_path):
    widths, tops = SMALL
    made = arrays(widths, tops=tops, side=2)
    other = write(tmp_path / "other.h5", made)
    del made["fc2"]
    linked = write(tmp_path / "w.h5", made)
    with h5py.File(linked, "a") as file:
        file["fc2"] = h5py.ExternalLink(str(other), "/fc2")
    assert "(1 missing: fc2)" in said_of(linked)


def test_without_h5py_there_is_the_command_that_brings_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(
        WeightsError, match=r"w\.h5 needs the package h5py, which is not installed: run `uv sync --extra"
    ):
        convert_keras(tmp_path / "w.h5", tmp_path / "w.safetensors")


def test_a_target_that_weights_would_not_take(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot write .*w\.pth: expected a name that ends in \.safetensors"):
        convert_keras(tmp_path / "w.h5", tmp_path / "w.pth")


def test_the_command_says_what_the_file_is_and_how_to_use_it(notop, tmp_path, capsys, monkeypatch):
    _, source, _ = notop
    target = tmp_path / "new" / "vgg19.safetensors"
    assert main(["convert-weights", str(source), str(target)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{target}: no file that Keras publishes: other values, in its layout",
        f"radsurv run backbone=vgg19 backbone.weights={target} backbone.preprocess=keras_caffe 'backbone.layers=[features.36]'",
    ]
    md5 = hashlib.md5(source.read_bytes()).hexdigest()
    monkeypatch.setitem(keras_weights.PUBLISHED, md5, "the_file.h5")
    assert main(["convert-weights", str(source), str(target)]) == 0
    assert capsys.readouterr().out.startswith(f"{target}: what Keras publishes as the_file.h5\n")


def test_a_refused_file_ends_in_one_line_and_leaves_the_target_as_it_was(tmp_path, capsys):
    source, target = tmp_path / "w.h5", tmp_path / "w.safetensors"
    source.write_text("weights", encoding="utf-8")
    target.write_bytes(b"an earlier one")
    assert main(["convert-weights", str(source)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"radsurv: error: {source} cannot be read as weights in HDF5")
    assert said.err.count("\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "w.h5": b"weights",
        "w.safetensors": b"an earlier one",
    }
