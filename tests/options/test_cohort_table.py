"""Options that name one thing or several."""

import pytest

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages.compose import compose


def cohort(*overrides):
    return validate(compose(["cohort.table=clinical.csv", *overrides])).cohort


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("cohort.mask_label=2", 2),
        ("cohort.mask_label=[1,2,4]", [1, 2, 4]),
        ("cohort.structure=GTV", "GTV"),
        ("cohort.structure=3", "3"),
        ("cohort.structure='GTV.*'", "GTV.*"),
        ("cohort.structure=[GTV1,2]", ["GTV1", "2"]),
        ("cohort.series='T1 .*Gd'", "T1 .*Gd"),
        ("cohort.series=null", None),
    ],
)
def test_one_or_several(override, found):
    assert getattr(cohort(override), override.split(".")[1].split("=")[0]) == found


@pytest.mark.parametrize("override", ["cohort.mask_label=[]", "cohort.mask_label=[a]", "cohort.structure=[]"])
def test_none_is_null(override):
    with pytest.raises(ConfigError, match=override.split("=")[0]):
        cohort(override)
