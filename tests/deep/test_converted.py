"""A converted file is used as it is meant to be, or not at all."""

import pytest
import torch
import torchvision
from safetensors.torch import save_file

import conf
from radsurv.deep.converted import Converted, check_converted, read_converted
from radsurv.deep.weights import load_network
from radsurv.errors import ConfigError, WeightsError


@pytest.fixture
def file(tmp_path):
    """A header alone; returns the path."""

    def made(*, has_head):
        path = tmp_path / "w.safetensors"
        save_file({}, path, Converted(has_head=has_head).metadata())
        return path

    return made


def configured(path, name="vgg19", **changes):
    return conf.backbone(name, **{"weights": str(path), "preprocess": "keras_caffe", **changes})


@pytest.mark.parametrize("has_head", [True, False])
def test_what_a_file_says_of_itself_is_read_back(file, has_head):
    assert read_converted(file(has_head=has_head)) == Converted(has_head=has_head)


def test_other_files_say_nothing(tmp_path):
    for name in ("nowhere.safetensors", "text.safetensors", "text.pth", "plain.safetensors", "other.safetensors"):
        path = tmp_path / name
        if name.startswith("text"):
            path.write_text("weights", encoding="utf-8")
        elif not name.startswith("nowhere"):
            save_file({"x": torch.zeros(1)}, path, {"converted_from": "caffe"} if name.startswith("other") else None)
        assert read_converted(path) is None
        assert check_converted(configured(path, preprocess="native"), path) is None


@pytest.mark.parametrize("preprocess", ["native", "imagenet"])
def test_another_preprocessing_is_refused_with_the_option_that_is_needed(file, preprocess):
    path = file(has_head=True)
    with pytest.raises(ConfigError) as caught:
        load_network(configured(path, preprocess=preprocess), 224, seed=0)
    assert str(caught.value) == (
        f"backbone.weights={path} is converted from Keras and expects images as Keras prepares them; found"
        f" backbone.preprocess={preprocess}: set backbone.preprocess=keras_caffe"
    )


@pytest.mark.parametrize(
    ("layers", "lacking"),
    [
        ([], "fc1, fc2"),
        (["features.36", "fc2_pre"], "fc2_pre"),
        (["penultimate"], "penultimate"),
        (["classifier"], "classifier"),
    ],
)
def test_without_fully_connected_layers_only_those_before_them_can_be_asked_for(file, layers, lacking):
    path = file(has_head=False)
    with pytest.raises(ConfigError, match=rf"expects other layers than {lacking}: convert the file with them"):
        load_network(configured(path, layers=layers), 224, seed=0)
    before = configured(path, layers=["features.36", "avgpool", "flatten"])
    assert check_converted(before, path) == Converted(has_head=False)
    assert check_converted(configured(file(has_head=True), layers=layers), path) == Converted(has_head=True)


def test_a_tensor_that_is_missing_is_missed_all_the_same(file):
    with pytest.raises(
        WeightsError, match=r"does not fit vgg19 \(32 tensors expected, 0 found; 32 missing: features\.0"
    ):
        load_network(configured(file(has_head=False), layers=["features.36"]), 224, seed=0)
    with pytest.raises(WeightsError, match=r"does not fit vgg16 \(32 tensors expected, 0 found"):
        load_network(configured(file(has_head=False), "vgg16", layers=["features.30"]), 224, seed=0)


def test_a_file_without_a_header_of_ours_needs_every_tensor(tmp_path):
    """A network cut off by hand is still refused."""
    state = {key: value for key, value in torchvision.models.squeezenet1_1().state_dict().items() if "features" in key}
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"2 missing: classifier\.1\.weight, classifier\.1\.bias"):
        load_network(configured(tmp_path / "w.safetensors", "squeezenet1_1", preprocess="native"), 64, seed=0)
