import math

import pytest

from radsurv.cohort.cell import parsed
from radsurv.cohort.mapping import canonical
from radsurv.cohort.missing import MissingWords
from radsurv.cohort.numbers import finite_number


@pytest.mark.parametrize(("cell", "number"), [("1", 1.0), (" -2.5e1 ", -25.0), ("inf", math.inf), ("-INF", -math.inf)])
def test_numbers(cell, number):
    assert parsed(cell) == number


def test_nan_is_a_number():
    assert math.isnan(parsed("NaN"))


@pytest.mark.parametrize("cell", ["", "1,5", "x", "1_0", "0_1", "-9_99", "1e1_0"])
def test_texts(cell):
    assert parsed(cell) is None


def test_an_underscore_makes_a_text_for_all_who_read_cells():
    assert finite_number("0_1") is None
    assert canonical("0_1") == "0_1"
    assert "-9_99" not in MissingWords(["-999"])
