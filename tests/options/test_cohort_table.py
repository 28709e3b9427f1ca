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
        ("cohort.regions={core: [1, 4], whole: 2}", {"core": [1, 4], "whole": 2}),
        ("cohort.regions={core: GTV, whole: [GTV, CTV]}", {"core": "GTV", "whole": ["GTV", "CTV"]}),
    ],
)
def test_one_or_several(override, found):
    assert getattr(cohort(override), override.split(".")[1].split("=")[0]) == found


@pytest.mark.parametrize("override", ["cohort.mask_label=[]", "cohort.mask_label=[a]", "cohort.structure=[]"])
def test_none_is_null(override):
    with pytest.raises(ConfigError, match=override.split("=")[0]):
        cohort(override)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["cohort.regions={a_b: [1]}"], r"cohort\.regions has a region 'a_b'; expected a name"),
        (["cohort.regions={1: [1]}"], r"has a region '1'; expected"),
        (["cohort.regions={clinical: [1]}"], "is not 'clinical'"),
        (
            ["cohort.regions={core: [1]}", "cohort.mask_label=2"],
            r"and so does cohort\.mask_label=2: set one of them to null",
        ),
        (["cohort.regions={core: [1]}", "cohort.structure=GTV"], r"and so does cohort\.structure=GTV"),
        (
            ["cohort.regions={core: [1]}", "cohort.features=mine.csv", "reduction.icc=null"],
            r"^cohort\.regions says .* cohort\.features=mine\.csv brings .*: set one of them to null$",
        ),
        (["cohort.regions={core: [1, GTV]}"], r"cohort\.regions\.core"),
        (["cohort.regions={core: []}"], r"cohort\.regions\.core"),
        (["cohort.regions={}"], r"cohort\.regions"),
    ],
)
def test_regions_that_cannot_be(overrides, said):
    with pytest.raises(ConfigError, match=said):
        cohort(*overrides)
