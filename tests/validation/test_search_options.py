"""What can be searched hangs on the steps of the reduction and on the models that there are."""

import pytest
from pydantic import ValidationError

import conf
from radsurv.survival.model_options import MODELS
from radsurv.survival.reduction_options import STEPS
from radsurv.validation.search_options import FlatSearch, NestedSearch, NoSearch


def test_every_searchable_step_and_option_has_an_entry():
    for kind in (NestedSearch, FlatSearch):
        options = set(kind.model_fields)
        assert {name for name, step in STEPS.items() if step.searchable} <= options
        assert {name for model in MODELS.values() for name in model.searchable} <= options
        assert not {name for name, step in STEPS.items() if not step.searchable} & options


def test_which_of_them_is_nested():
    assert isinstance(conf.search("optuna"), NestedSearch)
    assert isinstance(conf.search("flat"), FlatSearch)
    assert isinstance(conf.search("none"), NoSearch)
    assert isinstance(conf.search("optuna"), NestedSearch)
    assert isinstance(conf.search("flat"), FlatSearch)
    assert (NestedSearch.choice(), FlatSearch.choice(), NoSearch.choice()) == ("optuna", "flat", "none")


def test_values_to_choose_from():
    search = conf.search("optuna", cindex=[0.6, 0.7], alpha=None)
    assert search.values("cindex") == [0.6, 0.7]
    assert search.values("alpha") is None
    assert search.values("mad") is None
    assert search.values("no such thing") is None


@pytest.mark.parametrize(
    "wrong",
    [{"cindex": []}, {"cindex": [0.4]}, {"alpha": [0]}, {"lambda_rule": ["max"]}, {"trials": 0}, {"sampler": "best"},
     {"features": {}}, {"features": {"one": []}}, {"features": {"one": "f*"}}, {"icc": [0.8]}],
    ids=str,
)  # fmt: skip
def test_options_that_there_are_not(wrong):
    with pytest.raises(ValidationError):
        conf.search("optuna", **wrong)


def test_groups_may_have_any_name():
    assert conf.search("optuna", features={1: ["f?"], "all": ["*"]}).features == {"1": ["f?"], "all": ["*"]}
    assert conf.search("optuna").features is None
