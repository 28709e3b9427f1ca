"""What the tests of the deep features share: small seeded patches and configurations."""

import numpy as np
import pytest

import conf
from radsurv.compute.compute_options import ComputeConfig
from radsurv.options.imaging import BackboneConfig


@pytest.fixture(scope="session")
def cpu() -> ComputeConfig:
    return conf.compute(accelerator="cpu")


@pytest.fixture(scope="session")
def random_backbone() -> BackboneConfig:
    """A network that is quick to make and to run."""
    return conf.backbone("squeezenet1_1", weights="random", batch_size=4)


@pytest.fixture(scope="session")
def patches() -> dict[str, np.ndarray]:
    """Seven patches of 64 × 64 pixels."""
    rng = np.random.default_rng(3)
    return {f"SIMULATED-{i:03d}": (rng.random((64, 64)) * 255).astype(np.float32) for i in range(7)}
