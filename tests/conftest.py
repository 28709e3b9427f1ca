"""What all tests share."""

import gc
import shutil
import subprocess
from collections.abc import Iterator
from logging import CRITICAL
from pathlib import Path

import compiled_once
import composing
import fuzz
import object_storage
import processor_time
import pytest
from hypothesis import settings
from warm_commands import warm_commands

from radsurv.cohort.simulate import simulate

# How long an example takes depends on what else the machine does.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
composing.remember()

FUZZED = "fuzz"  # a property of a report: how many examples, of which kind
PROCESSOR_S = "processor_s"  # another one: what each of its phases took
BEGAN_S = pytest.StashKey[float]()
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


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow ones first, so that none runs on alone at the end while the other workers have nothing left to do."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    item.stash[BEGAN_S] = processor_time.used_s()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """What was taken, and tried of a kind of hostile input, travels with the report of its test, from another process too."""
    now = processor_time.used_s()
    item.user_properties.append((PROCESSOR_S, now - item.stash[BEGAN_S]))
    item.stash[BEGAN_S] = now
    mark = item.get_closest_marker("fuzz")
    if mark is not None and call.when == "call":
        (kind,) = mark.args
        item.user_properties.append((FUZZED, f"{fuzz.TRIED.pop(kind, 0)} {kind}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tried = []
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            if name == FUZZED and report.when == "call":
                count, _, kind = str(value).partition(" ")
                tried.append((kind, int(count), report.failed))
    if tried:
        terminalreporter.section("hostile input")
        for line in fuzz.summary(tried):
            terminalreporter.write_line(line)
    ended = (one for reports in terminalreporter.stats.values() for one in reports)
    taken = [
        (report.nodeid, sum(float(value) for name, value in report.user_properties if name == PROCESSOR_S))
        for report in ended
        if getattr(report, "when", None) == "teardown"
    ]
    if lines := processor_time.dearest(taken):
        terminalreporter.section(f"more than {processor_time.MOST_S:.0f} s of processor time")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """What all of it took, so that growth is seen."""
    if not hasattr(config, "workerinput"):  # the workers have ended, and count
        print(f"{processor_time.used_s() / 60:.1f} minutes of processor time")


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(request, tmp_path_factory) -> None:
    if hasattr(request.config, "workerinput"):
        compiled_once.share(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(scope="session")
def warm() -> Iterator[Path]:
    """A folder for the path with commands that start at once."""
    with warm_commands() as folder:
        yield folder


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


@pytest.fixture(scope="module")
def scheduler():
    """The address of a Dask scheduler with two workers, threads of this process."""
    import distributed  # of those who need it alone: it takes a second

    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs=CRITICAL,
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def storage():
    """``memory://``, empty."""
    with object_storage.emptied() as found:
        yield found
