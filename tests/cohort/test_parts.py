import pytest

from radsurv.cohort.parts import PART_NAME, WHOLE, of_part, part_of, prefixed, said_of
from radsurv.errors import PatientError


def test_a_name_is_put_together_and_taken_apart():
    names = ["shape_Volume", "vgg19_fc1_0001"]
    for part in ("core", "whole", WHOLE):
        assert [part_of(name, ["core", "whole"]) for name in prefixed(part, names)] == [(part, name) for name in names]


def test_what_has_no_part_is_left_as_it_is():
    assert part_of("clinical_age", ["core"]) == (WHOLE, "clinical_age")
    assert part_of("core_shape_Volume", []) == (WHOLE, "core_shape_Volume")
    assert part_of("corex_y", ["core", WHOLE]) == (WHOLE, "corex_y")


def test_remarks_and_faults_name_the_part():
    assert said_of("core", ["a", "b"]) == ["region core: a", "region core: b"]
    assert said_of(WHOLE, ["a"]) == ["a"]
    with pytest.raises(PatientError, match=r"^region core: empty$"), of_part("core"):
        raise PatientError("empty")


@pytest.mark.parametrize("name", ["", "1", "a_b", "a b", "a/b", "ä", "x" * 33])
def test_names_that_no_feature_can_begin_with(name):
    assert PART_NAME.fullmatch(name) is None
