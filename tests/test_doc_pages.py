"""How rows become a page."""

import pytest
from doc_pages import page


def test_a_page():
    rows = [("ids", ("a", "b", "c")), ("units", ("d", "e", "f")), ("ids", ("g", "h", "i"))]
    head = "| given | seen | said |\n|---|---|---|\n"
    tables = f"## Ids\n\n{head}| a | b | c |\n| g | h | i |\n\n## Units\n\n{head}| d | e | f |\n"
    assert page("# Title\n", ("given", "seen", "said"), rows) == f"# Title\n\n{tables}"
    for bad, said in (("d|e", "no bar"), ("d\ne", "one line")):
        with pytest.raises(AssertionError, match=said):
            page("", ("x",), [("a", (bad,))])
