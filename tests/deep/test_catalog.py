"""The tables behind ``radsurv backbones``."""

import pytest

from radsurv.deep.catalog import list_backbones, list_layers
from radsurv.errors import ConfigError


@pytest.mark.slow
def test_backbones(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    checkpoints = tmp_path / "hub" / "checkpoints"
    checkpoints.mkdir(parents=True)
    (checkpoints / "resnet18-f37072fd.pth").touch()
    table = list_backbones().set_index("backbone")
    assert table.index[0] == "vgg19"
    assert table.loc["vgg19", ["layers", "features", "patch_size"]].tolist() == ["fc1, fc2", 8192, 224]
    assert table.loc["vgg19", "weights_mib"] == pytest.approx(548, abs=0.1)
    assert table.index[table["present"]].tolist() == ["resnet18", "efficientnet_lite0"]
    assert table["weights_mib"].notna().all()


def test_layers():
    table = list_layers("vgg19").set_index("layer")["features"]
    assert table["fc1"] == 4096
    assert table["features.36"] == 512
    assert table["classifier.6"] == 1000


def test_unknown_backbone():
    with pytest.raises(ConfigError, match="nearest"):
        list_layers("vgg20")
