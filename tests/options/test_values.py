"""Values that no option can mean, and counts that are a slip of the keyboard."""

import pytest
from pydantic import ValidationError

import conf
from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.options.values import shown, unusable
from radsurv.stages.compose import compose


def nested(depth):
    found = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "a.b: found an empty text: give a value, or null"),
        (" \t", "a.b: found an empty text"),
        ("\0", r"a.b: found a character that no text has \(U\+0000\)"),
        ("x\ny", r"U\+000A"),
        ("\udcff", r"U\+DCFF"),
        ("x" * 4097, "a.b: found a text of 4,097 characters, expected at most 4,096"),
        (10**400, r"a.b: found a whole number beyond 1e\+15"),
        (-(10**16), "a.b: found a whole number beyond"),
        ([1, ["\0"]], "a.b.1.0: found a character"),
        (nested(5000), "found more than 12 parts in one another"),
        ([0] * 10_001, "or 10,000 beside one another"),
        ({"\0": 1}, "a.b: found a name with a character"),
    ],
)
def test_what_no_option_can_mean(value, said):
    faults = list(unusable({"a": {"b": value}}))
    assert len(faults) == 1
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(faults[0])
    faults[0].encode()


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 1.5, float("inf"), "ß→𝔘", "\u202e", [""], {"": ""}, nested(5), 10**15]
)
def test_what_some_option_may(value):
    assert not list(unusable({"a": {"b": value}}))


def test_a_number_that_python_will_not_print():
    assert list(unusable({"seed": 10**5000})) == ["seed: found a whole number beyond 1e+15"]


def test_a_configuration_with_such_a_value_is_one_short_line():
    composed = compose()
    composed["cohort"]["name"] = "\0"
    composed["roi"] = {name: "?" for name in "abcdefghijklmnop"}
    with pytest.raises(ConfigError, match=r"^cohort\.name: found a character that no text has"):
        validate(composed)
    composed["cohort"]["name"] = "x"
    with pytest.raises(ConfigError, match=r"; and \d+ more$"):
        validate(composed)
    assert shown("x" * 400) == "'" + "x" * 159 + "…"


ABSURD = [
    ("model", "coxnet", "n_lambda", 1_001),
    ("model", "rsf", "trees", 100_001),
    ("model", "gbs", "depth", 33),
    ("significance", "permutation", "permutations", 1_000_001),
    ("significance", "permutation", "stop_after", 1_000_001),
    ("search", "optuna", "trials", 100_001),
    ("validation", "bootstrap", "resamples", 100_001),
    ("validation", "repeated_kfold", "repeats", 1_001),
    ("validation", "repeated_kfold", "n_splits", 100_001),
    ("validation", "loocv", "inner_splits", 1_001),
    ("validation", "loocv", "inner_repeats", 1_001),
    ("compute", "local", "n_jobs", 1_025),
    ("quantization", "paper", "levels", [257]),
    ("quantization", "paper", "levels", []),
    ("quantization", "paper", "algorithms", []),
    ("quantization", "paper", "scales", []),
    ("quantization", "paper", "scales", [0.01]),
    ("quantization", "paper", "outlier_sd", float("inf")),
    ("patch", "rectangle", "size", 4_097),
    ("patch", "rectangle", "margin", 101.0),
    ("patch", "rectangle", "sections", 1_001),
    ("backbone", "vgg19", "batch_size", 4_097),
    ("roi", "largest_section", "perturbations", 1_001),
    ("roi", "largest_section", "context_pixels", 10_001),
    ("attribution", "occlusion", "cells", 101),
    ("tracking", "wandb", "init_timeout_s", float("inf")),
    ("reduction", "paper", "mad", float("inf")),
]


@pytest.mark.parametrize(("group", "choice", "option", "value"), ABSURD)
def test_absurd_counts_are_refused(group, choice, option, value):
    with pytest.raises(ValidationError, match=option):
        conf.section(group, choice, **{option: value})
    if isinstance(value, int):
        conf.section(group, choice, **{option: value - (2 if option == "sections" else 1)})
