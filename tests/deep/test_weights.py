"""Weights that are there, missing, damaged, of another network, or not to be had."""

import hashlib
import re
import socket
from pathlib import Path

import pytest
import torch
import torchvision
from reliability import WEIGHTS, Fault, by_case
from safetensors.torch import save_file

import conf
from radsurv.deep.weights import LITE_FILE, fetch_weights, load_network, weights_file, weights_fingerprint, weights_info
from radsurv.errors import WeightsError
from radsurv.options.imaging import BackboneConfig

SQUEEZENET = "squeezenet1_1"  # 5 MB
SOUND = "name a sound file; the same command"
FAULTS = [
    Fault(
        kind=WEIGHTS, fault="values of `backbone.weights` are NaN, or infinite in single precision", status=None, then=SOUND, case="nan",
        said="3 of 1,024 values of features.3.squeeze.weight are NaN, or infinite",
    ),
    Fault(
        kind=WEIGHTS, fault="`backbone.weights` is cut short", status=None, said="cannot be read as weights", then=SOUND, case="cut"
    ),
    Fault(
        kind=WEIGHTS, fault="`backbone.weights` is a pickle with code in it", status=None, said="cannot be read as weights", case="code",
        lost="nothing: the code is not run", then=SOUND,
    ),
    Fault(
        kind=WEIGHTS, fault="`backbone.weights` is another network's", status=None, then=SOUND, case="other",
        said="does not fit resnet18 (122 tensors expected, 52 found",
    ),
    Fault(
        kind=WEIGHTS, fault="published weights that were downloaded are damaged", status=None, case="damaged",
        said="squeezenet1_1-b8a52dc0.pth is damaged", then="delete it; the same command downloads it again",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(5)
    return torchvision.models.get_model(SQUEEZENET, weights=None).eval()


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """An empty folder of torch hub's."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture
def offline(monkeypatch) -> None:
    def no_name_server(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", no_name_server)


def configured(path: Path | str, name: str = SQUEEZENET) -> BackboneConfig:
    return conf.backbone(name, weights=str(path))


def assert_same(loaded: torch.nn.Module, network: torch.nn.Module) -> None:
    torch.testing.assert_close(loaded.state_dict(), network.state_dict(), rtol=0, atol=0)


def test_state_dict(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "w.pth")
    assert_same(load_network(configured(tmp_path / "w.pth"), 64, seed=0), network)


def test_safetensors(network, tmp_path):
    save_file(network.state_dict(), tmp_path / "w.safetensors")
    assert_same(load_network(configured(tmp_path / "w.safetensors"), 64, seed=0), network)


def test_half_precision_file_is_computed_with_in_float32(network, tmp_path):
    torch.save({key: value.half() for key, value in network.state_dict().items()}, tmp_path / "w.pth")
    loaded = load_network(configured(tmp_path / "w.pth"), 64, seed=0)
    assert {value.dtype for value in loaded.state_dict().values()} == {torch.float32}


def test_old_names_of_densenet(tmp_path):
    densenet = torchvision.models.get_model("densenet121", weights=None)
    old = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.") if "denselayer" in key else key: value
        for key, value in densenet.state_dict().items()
    }
    assert old.keys() != densenet.state_dict().keys()
    torch.save(old, tmp_path / "w.pth")
    assert_same(load_network(configured(tmp_path / "w.pth", "densenet121"), 64, seed=0), densenet)


def test_lite_comes_with_a_package():
    backbone = conf.backbone("efficientnet_lite0")
    path = weights_file(backbone)
    info = weights_info(backbone, seed=0)
    assert info["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info["file"] == path.name  # reports are shared: where it lies on this machine is nobody's business
    assert info["sha256"].startswith("57934424")
    assert weights_fingerprint(backbone, seed=0) == "efficientnet_lite0:57934424"


def test_lite_without_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr("radsurv.deep.weights._packaged_lite", lambda: tmp_path / "models" / LITE_FILE)
    with pytest.raises(WeightsError, match=r"efficientnet-lite0-57934424.pth is missing.*: install it again"):
        load_network(conf.backbone("efficientnet_lite0"), 64, seed=0)


def test_random_weights_depend_on_the_seed_alone():
    backbone = conf.backbone(SQUEEZENET, weights="random")
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = load_network(backbone, 64, seed=5)
    torch.testing.assert_close(torch.get_rng_state(), before)
    torch.rand(1)
    assert_same(load_network(backbone, 64, seed=5), first)
    assert not torch.equal(next(load_network(backbone, 64, seed=6).parameters()), next(first.parameters()))
    assert weights_fingerprint(backbone, seed=5) != weights_fingerprint(backbone, seed=6)
    assert weights_info(backbone, seed=5)["seed"] == 5


def test_neither_a_name_nor_a_file():
    with pytest.raises(WeightsError, match=r"weights=imagnet is no file.*IMAGENET1K_V1.*: did you mean imagenet"):
        fetch_weights(configured("imagnet"))
    with pytest.raises(WeightsError, match=r"backbone.weights=/nowhere/w.pth is no file.*: correct the path"):
        fetch_weights(configured("/nowhere/w.pth"))


def test_offline_machine_is_told_at_once_which_file_to_put_where(hub, offline, monkeypatch):
    monkeypatch.setattr("radsurv.deep.download.time.sleep", lambda _: pytest.fail("it paused to try again"))
    with pytest.raises(WeightsError) as caught:
        load_network(conf.backbone("vgg19"), 224, seed=0)
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        f"put the file https://download.pytorch.org/models/vgg19-dcbb9e9d.pth at {hub}/vgg19-dcbb9e9d.pth",
        "backbone.weights=/path/to/vgg19-dcbb9e9d.pth",
        "backbone=efficientnet_lite0",
        "backbone.weights=random",
    ):
        assert part in message


def test_fingerprint_of_published_weights_needs_no_download(hub, offline):
    assert weights_fingerprint(conf.backbone("vgg19"), seed=0) == "vgg19:dcbb9e9d"
    assert weights_info(conf.backbone("vgg19"), seed=0)["sha256"] is None
    by_name = conf.backbone("resnet50", weights="IMAGENET1K_V2")
    assert weights_fingerprint(by_name, seed=0) == "resnet50:11ad3fa6"


def test_damaged_file_in_the_cache_is_found(hub, offline):
    hub.mkdir(parents=True)
    (hub / "squeezenet1_1-b8a52dc0.pth").write_bytes(b"half a file")
    with pytest.raises(WeightsError, match=rf"{ROW['damaged'].said}: .* expected b8a52dc0; delete it"):
        fetch_weights(configured("imagenet"))


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
# A text is read as opcodes of a pickle: an "h" takes from what was stored, an "a" from a stack, a "G" reads eight bytes more.
@pytest.mark.parametrize("content", [b"", b"not weights at all", b"hello", b"a table", b"GE"])
def test_file_that_is_no_weights(tmp_path, suffix, content):
    path = tmp_path / f"w.{suffix}"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"w.{suffix} cannot be read as weights .*expected a safetensors file"):
        load_network(configured(path), 64, seed=0)


def test_truncated_file(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "w.pth")
    (tmp_path / "w.pth").write_bytes((tmp_path / "w.pth").read_bytes()[:100_000])
    with pytest.raises(WeightsError, match=ROW["cut"].said):
        load_network(configured(tmp_path / "w.pth"), 64, seed=0)


class Harmful:
    def __reduce__(self):
        return (Path.touch, (Path("harm-was-done"),))


def test_code_in_a_file_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Harmful()}, "w.pth")
    with pytest.raises(WeightsError, match=ROW["code"].said):
        load_network(configured("w.pth"), 64, seed=0)
    assert not Path("harm-was-done").exists()


def test_checkpoint_of_a_training_is_no_state_dict(network, tmp_path):
    torch.save({"epoch": 3, "state_dict": network.state_dict()}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"holds a dictionary of epoch, state_dict, not a state dict"):
        load_network(configured(tmp_path / "w.pth"), 64, seed=0)


def test_weights_of_another_network(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "w.pth")
    with pytest.raises(WeightsError) as caught:
        load_network(configured(tmp_path / "w.pth", "resnet18"), 64, seed=0)
    message = str(caught.value)
    assert ROW["other"].said in message
    assert "122 missing: conv1.weight, bn1.weight" in message
    assert "52 unexpected: features.0.weight, features.0.bias" in message


def test_weights_of_another_shape(tmp_path):
    fine_tuned = torchvision.models.get_model(SQUEEZENET, weights=None, num_classes=2)
    torch.save(fine_tuned.state_dict(), tmp_path / "w.pth")
    with pytest.raises(
        WeightsError, match=r"2 of another shape: classifier.1.weight \(2, 512, 1, 1\) instead of \(1000"
    ):
        load_network(configured(tmp_path / "w.pth"), 64, seed=0)


@pytest.mark.parametrize(("value", "suffix"), [(float("nan"), "pth"), (float("-inf"), "safetensors"), (1e300, "pth")])
def test_values_that_are_no_numbers_are_named_by_tensor(network, tmp_path, value, suffix):
    state = {name: tensor.double() for name, tensor in network.state_dict().items()}
    state["features.3.squeeze.weight"] = state["features.3.squeeze.weight"].clone()
    state["features.3.squeeze.weight"][0, :3] = value
    path = tmp_path / f"w.{suffix}"
    (torch.save if suffix == "pth" else save_file)(state, path)
    with pytest.raises(WeightsError, match=rf"w\.\w+: {re.escape(ROW['nan'].said)}"):
        load_network(configured(path), 64, seed=0)
