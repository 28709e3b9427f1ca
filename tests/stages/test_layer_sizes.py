"""What a network's layers give is traced once, and known from then on."""

import subprocess
import sys
from pathlib import Path

import pytest

import radsurv.deep.layers
from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages.compose import compose
from radsurv.stages.layer_sizes import KIND, layer_sizes


@pytest.fixture
def sizes(tmp_path):
    def sizes(*overrides):
        return layer_sizes(validate(compose([f"compute.cache_dir={tmp_path / 'cache'}", *overrides])))

    return sizes


@pytest.fixture
def traced(monkeypatch):
    """The networks that were looked at."""
    looked_at, count = [], radsurv.deep.layers.feature_counts
    monkeypatch.setattr(
        radsurv.deep.layers, "feature_counts", lambda one, size: looked_at.append(one.name) or count(one, size)
    )
    return looked_at


def entries(tmp_path):
    return sorted((tmp_path / "cache" / KIND).rglob("*.entry"))


def test_a_network_is_traced_once(sizes, traced):
    assert sizes() == sizes() == {"penultimate": 1280}
    assert traced == ["efficientnet_lite0"]
    several = "backbone=torchvision", "backbone.name=squeezenet1_1", "backbone.layers=[features.3,penultimate]"
    first = sizes(*several)
    assert list(first) == ["features.3", "penultimate"]
    assert sizes(*several) == first
    assert traced[1:] == ["squeezenet1_1"]


@pytest.mark.parametrize("other", ["patch.size=96", "backbone.pool=max", "backbone.layers=[_conv_head]"])
def test_what_decides_them_is_asked_for_anew(other, sizes, traced):
    sizes()
    sizes(other)
    assert len(traced) == 2


def test_what_cannot_be_asked_for_is_kept_from_no_one(sizes, tmp_path):
    for _ in range(2):
        with pytest.raises(ConfigError, match="has no layer 'fc9'"):
            sizes("backbone.layers=[fc9]")
    assert entries(tmp_path) == []


@pytest.mark.parametrize("change", [lambda content: content[:-3], lambda _: b""])
def test_a_damaged_entry_is_made_anew(change, sizes, traced, tmp_path):
    sizes()
    (entry,) = entries(tmp_path)
    content = entry.read_bytes()
    entry.write_bytes(change(content))
    assert sizes() == {"penultimate": 1280}
    assert len(traced) == 2
    assert entry.read_bytes() == content


# `radsurv run` a second time, and what it has loaded.
AGAIN = """
import sys
from radsurv.cli import main
assert main(["run", *sys.argv[1:]]) == 0
print("loaded", *sorted({"torch", "torchvision", "pytorch_lightning"} & sys.modules.keys()))
"""


@pytest.mark.slow
def test_a_run_whose_features_are_all_in_the_cache_loads_no_pytorch(twelve, tmp_path):
    def loaded(*overrides):
        places = f"cohort.table={twelve / 'clinical.csv'}", f"run_dir={tmp_path / 'run'}"
        given = (
            *places,
            f"compute.cache_dir={tmp_path / 'cache'}",
            "cohort.min_patients=4",
            "tracking=none",
            *overrides,
        )
        command = [sys.executable, "-c", AGAIN, *given]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(tmp_path), check=False)
        assert done.returncode == 0, done.stderr
        return next(line for line in done.stdout.splitlines() if line.startswith("loaded")).split()[1:]

    quick = "comparison=none", "significance=naive", "radiomics=none"
    assert loaded(*quick) == ["pytorch_lightning", "torch", "torchvision"]
    assert loaded(*quick) == []
    assert loaded(*quick, "model.alpha=0.5") == []
