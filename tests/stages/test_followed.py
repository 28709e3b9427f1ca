"""The run that is at work, and the dashboard that follows it."""

from collections.abc import Callable
from typing import Self

import pytest

from radsurv.config import Config, validate
from radsurv.report import tracking
from radsurv.stages.compose import compose
from radsurv.stages.followed import followed, tell, tracked_run
from radsurv.stages.run_folder import RunFolder


class Fake:
    """A dashboard that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    @classmethod
    def of(cls, config: Config, options: object, folder: object, say: Callable[[str], None]) -> Self:
        return cls()

    def start(self) -> None:
        self.told.append("start")

    def advanced(self, *what: object) -> None:
        self.told.append(what)

    def fail(self) -> list[str]:
        self.told.append("fail")
        return ["upload it with: wandb sync x"]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> RunFolder:
    monkeypatch.setattr(tracking, "Tracked", Fake)
    return RunFolder(tmp_path)


def config(*overrides: str) -> Config:
    return validate(compose(["cohort.table=clinical.csv", *overrides]))


def test_a_run_is_begun_before_its_first_stage_and_closed_as_failed_where_it_fails(folder):
    said: list[str] = []
    found: list[Fake] = []

    def interrupted() -> None:
        with followed(config(), folder, said.append):
            found.extend(tracked_run(config(), folder, said.append) for _ in range(2))
            tell("evaluate", 1, 2, dict)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    at_work, again = found
    assert again is at_work
    assert at_work.told == ["start", ("evaluate", 1, 2, dict), "fail"]
    assert said == ["upload it with: wandb sync x"]
    tell("evaluate", 2, 2, dict)
    assert len(at_work.told) == 3, "nobody follows any more"


@pytest.mark.parametrize("override", ["tracking=none", "until=evaluate"])
def test_without_a_report_or_a_dashboard_nothing_is_begun(folder, override):
    with followed(config(override), folder, print):
        tell("evaluate", 1, 2, lambda: pytest.fail("nobody asked"))


def test_a_stage_alone_has_a_run_of_its_own(folder):
    assert tracked_run(config("tracking=none"), folder, print) is None
    alone = tracked_run(config(), folder, print)
    assert isinstance(alone, Fake)
    assert alone.told == []
