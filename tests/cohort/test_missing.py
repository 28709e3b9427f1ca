import pandas as pd
import pytest

from radsurv.cohort.missing import MissingWords

OF_ARCHIVES = (
    "'--, --, -, ., ?, n.a., na, n/a, nan, null, none, unknown, [Not Available], [Not Applicable], [Unknown], [Not Evaluated],"
    " Not Reported, not reported, Not Applicable, [Discrepancy], [Completed], [Pending]"
)


@pytest.mark.parametrize("word", ["", *OF_ARCHIVES.split(", ")])
def test_words_of_archives_without_case_and_blanks(word):
    assert word in MissingWords()
    assert f" {word.upper()} " in MissingWords()


@pytest.mark.parametrize("word", ["0", "no", "neg", "+", "NAT1", "nano", "G2", "-1", "unknown primary"])
def test_other_words_are_values(word):
    assert word not in MissingWords()


def test_further_words_and_numbers():
    words = MissingWords(["ND", "-999"])
    assert all(cell in words for cell in ("nd", "ND ", "-999", "-999.0", "-9.99e2", "NA"))
    assert all(cell not in words for cell in ("999", "-99", "and"))
    assert words.mask(pd.Series(["nd", "1", "-999.00"])).tolist() == [True, False, True]


def test_what_may_be_a_label_is_told():
    cells = pd.Series(["NA", "", "none", "None", "x", "-", "none"])
    assert MissingWords().worth_telling(cells) == ["none", "None", "-"]
    assert MissingWords(["x"]).worth_telling(cells) == ["none", "None", "x", "-"]
