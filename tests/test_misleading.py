"""What is said of inputs that used to mislead, and docs/misleading.md, which says the same."""

import pytest
from doc_pages import REWRITE, holds
from misleading import PAGE, all_rows, written

ROWS = all_rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind}: {row.given}"[:100])
def test_it_is_said(row, tmp_path):
    assert row.now in row.say(tmp_path)


def test_the_page_is_what_the_tests_say():
    assert holds(PAGE, written(ROWS)), f"{REWRITE}=1 pytest tests/test_misleading.py writes it again"


def test_no_input_stands_there_twice():
    given = [(row.kind, row.given) for row in ROWS]
    assert len(set(given)) == len(given)
