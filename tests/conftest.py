"""What all tests share."""

import shutil
from pathlib import Path

import pytest

from radsurv.cohort.simulate import simulate

SHARED = Path(__file__).parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that it does not run on alone at the end while the other workers have nothing left to do."""
    items.sort(key=lambda item: item.path.name != "test_dvc.py")


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
