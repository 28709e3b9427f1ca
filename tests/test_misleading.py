"""What is said of inputs that used to mislead, and docs/misleading.md, which says the same."""

import os

import pytest
from misleading import PAGE, REWRITE, Row, all_rows, page

ROWS = all_rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind}: {row.given}"[:100])
def test_it_is_said(row, tmp_path):
    assert row.now in row.say(tmp_path)


def test_the_page_is_what_the_tests_say():
    written = page(ROWS)
    if os.environ.get(REWRITE):
        PAGE.write_text(written, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written, f"{REWRITE}=1 pytest tests/test_misleading.py writes it again"


def test_no_input_stands_there_twice():
    given = [(row.kind, row.given) for row in ROWS]
    assert len(set(given)) == len(given)


def row_of(kind, given, before, now):
    return Row(kind=kind, given=given, before=before, now=now, say=str)


def test_a_page():
    rows = [row_of("ids", "a", "b", "c"), row_of("units", "d", "e", "f"), row_of("ids", "g", "h", "i")]
    head = "| given | seen before | said now |\n|---|---|---|\n"
    tables = f"## Ids\n\n{head}| a | b | c |\n| g | h | i |\n\n## Units\n\n{head}| d | e | f |\n"
    assert page(rows).endswith(f'(CONTRIBUTING.md, "a row of docs/misleading.md").\n\n{tables}')
    with pytest.raises(AssertionError, match="no bar"):
        page([row_of("a", "b", "c", "d|e")])
