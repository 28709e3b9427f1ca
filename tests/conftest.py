"""What all tests share."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from radsurv.cohort.simulate import simulate

# How long an example takes depends on what else the machine does.
settings.register_profile("patient", deadline=None)
# The long form of tests that try hostile input: as many examples of each as the variable says.
FUZZ = "RADSURV_FUZZ_EXAMPLES"
settings.register_profile("fuzz", deadline=None, max_examples=int(os.environ.get(FUZZ, "20000")), print_blob=True)
settings.load_profile("fuzz" if FUZZ in os.environ else "patient")

LEFT = pytest.StashKey[set[str]]()
SHARED = Path(__file__).parents[2] / "shared"


def _left_in_the_repository() -> set[str]:
    """Files that git neither tracks nor ignores."""
    git = ["git", "-C", str(Path(__file__).parents[1]), "ls-files", "--others", "--exclude-standard"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return set(done.stdout.splitlines())


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[LEFT] = _left_in_the_repository()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """No test leaves files in the repository: a relative path that a worker process took for its own would."""
    left = sorted(_left_in_the_repository() - session.config.stash[LEFT])
    if left and not hasattr(session.config, "workerinput"):
        print(f"\nERROR: the tests left files in the repository: {left}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow ones first, so that none runs on alone at the end while the other workers have nothing left to do."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


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
