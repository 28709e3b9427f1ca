"""Benchmarks at a size that shows whether they run."""

import re

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A benchmark from its command line to what it prints is slow, however small."""
    for item in items:
        if "printed" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


@pytest.fixture
def printed(capsys):
    """What a benchmark prints, every number of it finite."""

    def run(main, *arguments: str) -> str:
        assert main(list(arguments)) == 0
        text = capsys.readouterr().out
        assert re.search(r"\d", text)
        assert not re.search(r"\b(nan|inf)\b", text, re.IGNORECASE)
        return text

    return run
