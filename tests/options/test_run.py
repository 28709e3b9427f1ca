"""What an experiment can be asked besides predicting."""

import pytest

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages.compose import compose

STRATIFIED = ("model.strata=site", "comparison.permutations=19", "comparison.within=none")
EXTERNAL = ("validation=external", "validation.model=m.json")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["comparison=none", "comparison.permutations=99"], "comparison.permutations=99 asks for a P of simpler models, and"),
        (["comparison.models=[]", "comparison.refits=20"], "comparison.refits=20 asks for limits over refits of simpler"),
        (["comparison.permutations=18"], r"permutations: .*expected 0 \(none\) or at least 19, of which a P of .05 can"),
        (["comparison.refits=19"], r"comparison.refits: .*expected 0 \(none\) or at least 20, of which a standard"),
        (["significance.refits=19"], r"significance.refits: .*expected 0 \(none\) or at least 20, of which a standard"),
        (["comparison.instability=39"], r"instability: .*expected 0 \(none\) or at least 40, of which a 95 % range"),
        (["comparison.within=both"], "comparison.within: Input should be 'auto', 'none' or 'site'"),
        (STRATIFIED, "comparison.within=none shuffles outcomes over everybody.*choose comparison.within=auto or site"),
        (["comparison=tested", "significance.within=none"], "within=auto .*within=none for the exp.*: set comparison.within=none"),
        (["comparison=tested", "comparison.within=none", "significance.within=both"], "cannot be compared: set comparison.within=auto"),
        ([*EXTERNAL, "comparison=tested"], "comparison.permutations=1000 asks for a P of these: set comparison.permutations=0"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_one_line(overrides, said):
    with pytest.raises(ConfigError, match=said) as refused:
        validate(compose(overrides))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "overrides",
    [
        ["significance.within=both"], ["comparison.within=site"], ["significance.within=site"],
        ["significance.within=none", "comparison.within=none"], ["significance=naive", "comparison.within=none"],
    ],
)  # fmt: skip
def test_shuffles_among_the_same_patients_may_be_called_by_different_names(overrides):
    asked = validate(compose(["comparison=tested", *overrides])).comparison
    assert asked.permutations == 1000


def test_simpler_models_are_tested_on_request_alone():
    plain, tested = (validate(compose([f"comparison={name}"])).comparison for name in ("simpler", "tested"))
    assert (plain.permutations, plain.refits, plain.instability) == (0, 0, 0)
    assert (tested.permutations, tested.refits) == (1000, 200)
    assert set(plain.models) < set(tested.models)
    assert (tested.stop_after, tested.within, tested.kfold) == (plain.stop_after, plain.within, plain.kfold)
