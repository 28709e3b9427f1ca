import pytest
from hypothesis import given
from hypothesis import strategies as st

from radsurv.cohort.identifiers import counterparts, examples, near_twins

IDS = ["P001", "P002", "P010"]


@pytest.mark.parametrize(
    ("others", "what"),
    [
        (["p001", "p002", "p010"], "upper and lower case"),
        (["P 001", "P 002", "P\u00a0010"], "blanks"),
        (["P1", "P2", "P10"], "leading zeros"),
        (["P001.nii.gz", "P002.nii.gz", "P010.nii.gz"], "the ending of a file's name"),
        (["P001-01A", "P002-01A", "P010-01B"], "a part such as '-01A'"),
        (["sub-P001", "sub-P002", "sub-P010"], "a part such as 'sub-'"),
        (["p 1.nii", "p 2.nii", "p 10.nii"], "the way they are written"),
    ],
)
def test_what_would_make_ids_match(others, what):
    assert counterparts(IDS, others) == (dict(zip(IDS, others, strict=True)), what)
    assert counterparts(others, IDS) == (dict(zip(others, IDS, strict=True)), what)


def test_numbers_with_a_point():
    assert counterparts(["1", "2"], ["1.0", "2.0"]) == ({"1": "1.0", "2": "2.0"}, "'1.0' for '1'")
    assert counterparts(["a-1", "a-2"], ["a_1", "a_2"])[1] == "hyphens, underscores and points"


def test_accents_as_macos_stores_them():
    """An e with an acute accent: one character, or an e and the accent."""
    pair = {"Ren\u00e9": "Rene\u0301", "Zo\u00eb": "Zoe\u0308"}
    assert counterparts(list(pair), list(pair.values())) == (pair, "accents (one character or two)")
    assert near_twins(["Ren\u00e9", "Rene", "RENE\u0301"]) == [("Ren\u00e9", "RENE\u0301")]


def test_nobody_is_given_two_counterparts():
    """Two sections of one patient, or two patients who would become one."""
    assert counterparts(["P1"], ["P1-01A", "P1-02A"]) == ({}, "")
    assert counterparts(["P1", "P01"], ["P001"]) == ({}, "")
    assert counterparts(["P1", "P2"], ["P1-01A", "P1-02A", "P2-01A"])[0] == {"P2": "P2-01A"}


def test_nothing_in_common():
    assert counterparts(IDS, ["A1", "A2"]) == ({}, "")
    assert counterparts([], ["A1"]) == ({}, "")


@given(
    st.lists(st.text("aA01-_. ", min_size=1, max_size=5), unique=True),
    st.lists(st.text("aA01-_. ", min_size=1, max_size=5), unique=True),
)
def test_pairs_are_of_both_sides_and_of_nobody_twice(these, others):
    pairs, what = counterparts(these, others)
    assert set(pairs) <= set(these)
    assert set(pairs.values()) <= set(others)
    assert len(set(pairs.values())) == len(pairs)
    assert bool(pairs) == bool(what)


def test_twins():
    assert near_twins(["P1", "P2", "p1", "P 2", "3", "3.0", "P01"]) == [("P1", "p1"), ("P2", "P 2"), ("3", "3.0")]


def test_examples():
    assert examples(["a", "b"]) == "'a', 'b'"
    assert examples(["a", "b", "c", "d"]) == "'a', 'b', 'c', …"
