"""Benchmarks at a size that shows whether they run."""

import re

import pytest


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
