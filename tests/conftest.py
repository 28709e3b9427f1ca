"""What all tests share."""

import shutil
from pathlib import Path

import pytest

from radsurv.cohort.simulate import simulate

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The development material beside the checkout: reference values and real cohorts that stay out of it."""
    if not SHARED.is_dir():
        pytest.skip("needs the development material (../shared), which is not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def _twelve(tmp_path_factory) -> Path:
    return simulate(tmp_path_factory.mktemp("simulated") / "twelve", n_patients=12, n_censored=2).parent


@pytest.fixture
def twelve(_twelve, tmp_path) -> Path:
    """A folder with twelve simulated patients, the test's own to spoil."""
    return Path(shutil.copytree(_twelve, tmp_path / "cohort"))
