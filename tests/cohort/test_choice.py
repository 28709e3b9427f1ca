import pytest

from radsurv.cohort.choice import Choice, fitting, segments, structures
from radsurv.errors import PatientError

NAMES = {1: "GTV", 2: "gtv", 3: "GTV (1)", 7: "Oedema", 12: "3"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("GTV", [1]),  # to the letter
        ("gTv", [1, 2]),  # without regard to case
        ("GTV (1)", [3]),  # a name with brackets is a name first
        ("3", [12]),  # a name that is a number as well
        ("7", [7]),
        ("OED.*", [7]),
        ("ed", []),  # an expression fits a whole name
        ("GTV.*", [1, 2, 3]),
        ("GTV (", []),  # no expression
    ],
)
def test_what_fits(wanted, found):
    assert fitting(wanted, {key: [name] for key, name in NAMES.items()}) == found


def test_one_name_is_one_structure():
    assert structures(None, {4: "Tumour"}, "RS.dcm") == ([4], [])
    assert structures("oedema", NAMES, "RS.dcm") == ([7], [])
    for wanted, match in (
        (
            None,
            r"^RS\.dcm holds 5 structures \(1 'GTV', 2 'gtv', .*\); expected one: choose it with cohort\.structure$",
        ),
        ("brain", r"^RS\.dcm has no structure 'brain', only 1 'GTV', .*; change cohort\.structure$"),
        ("GTV.*", r"^RS\.dcm has 3 structures that 'GTV\.\*' fits \(1 'GTV', 2 'gtv', 3 'GTV \(1\)'\); expected one"),
    ):
        with pytest.raises(PatientError, match=match):
            structures(wanted, NAMES, "RS.dcm")
    with pytest.raises(PatientError, match="holds no structure"):
        structures(None, {}, "RS.dcm")


def test_a_list_is_merged_and_what_is_not_there_is_said():
    assert structures(["GTV.*", "7"], NAMES, "a") == (
        [1, 2, 3, 7],
        ["merged 4 structures: 1 'GTV', 2 'gtv', 3 'GTV (1)', 7 'Oedema'"],
    )
    assert structures(["oedema", "necrosis"], NAMES, "a") == ([7], ["no structure 'necrosis', only 7 'Oedema'"])
    with pytest.raises(PatientError, match="no structure 'brain', 'necrosis', only"):
        structures(["brain", "necrosis"], NAMES, "a")


def test_segments_go_by_number_where_no_structure_is_asked_for():
    assert segments(Choice(label=7), NAMES, "a") == ([7], [])
    assert segments(Choice(label=[12, 1, 5]), NAMES, "a") == (
        [1, 12],
        ["no segment 5 in a, only 1 'GTV', 2 'gtv', 3 'GTV (1)', 7 'Oedema', 12 '3'"],
    )
    assert segments(Choice(label=7, structure="GTV"), NAMES, "a") == ([1], [])
    assert segments(Choice(), {3: "x"}, "a") == ([3], [])
    with pytest.raises(PatientError, match=r"no segment 5 or 6, only 1 'GTV', .*; change cohort\.mask_label"):
        segments(Choice(label=[5, 6]), NAMES, "a")
