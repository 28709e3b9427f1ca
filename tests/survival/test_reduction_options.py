"""An ordered list of steps, each with a threshold of its own; a step of one's own is as good as any."""

from typing import Annotated, ClassVar

import numpy as np
import pytest
from pydantic import Field, ValidationError

import conf
from radsurv.survival.outcome import Outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction
from radsurv.survival.reduction_options import STEPS, ReductionOptions
from radsurv.survival.reduction_step import FeatureFilter
from radsurv.survival.training_sets import training_sets


def names(options):
    return [step.name for step in options.taken()]


def test_a_step_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(ValidationError, match="there is no step 'variance'; there are: cindex, icc, mad, pearson"):
        conf.reduction(steps=["mad", "variance"])


def test_a_step_named_twice_is_refused():
    with pytest.raises(ValidationError, match="a step is named twice"):
        conf.reduction(steps=["mad", "cindex", "mad"])


def test_a_step_that_is_left_out_takes_no_part_whatever_its_threshold():
    options = conf.reduction(steps=["cindex", "pearson"], mad=0.3)
    assert names(options) == ["cindex", "pearson"]
    assert options.threshold("mad") is None
    assert options.searchable() == ("cindex", "pearson")


def test_a_step_without_a_threshold_takes_no_part():
    options = conf.reduction(icc=None, mad=None)
    assert names(options) == ["cindex", "pearson"]
    assert options.searchable() == ("mad", "cindex", "pearson")


def test_steps_are_taken_as_they_are_named_with_their_thresholds():
    options = conf.reduction(steps=["pearson", "cindex", "mad"], pearson=0.8, cindex=0.6, mad=0.1)
    assert [(step.name, step.threshold) for step in options.taken()] == [
        ("pearson", 0.8),
        ("cindex", 0.6),
        ("mad", 0.1),
    ]
    assert options.describe() == "|r| ≤ 0.8, C ≥ 0.6, MAD > 0.1"


def test_without_steps_every_feature_that_varies_stays():
    options = conf.reduction("none")
    assert not options.taken()
    assert options.describe() == "none: every feature that varies stays"
    table = np.column_stack([np.arange(8.0), np.ones(8), np.arange(8.0) * 2])
    outcome, sets = Outcome(np.arange(1.0, 9.0), np.ones(8, dtype=bool)), training_sets(np.ones((1, 8), dtype=int))
    (reduced,) = FeatureReduction(rank_table(table), sets, options).reduce(outcome)
    assert reduced.kept.tolist() == [0, 2]


def test_other_thresholds_leave_the_rest_as_it_is():
    options = conf.reduction()
    other = options.with_thresholds({"cindex": 0.6})
    assert other == conf.reduction(cindex=0.6)
    assert options == conf.reduction()


def test_every_step_has_an_option_and_no_threshold_unless_it_is_given_one():
    fields = ReductionOptions.model_fields
    assert {name for name, field in fields.items() if not field.is_required()} == set(STEPS)
    assert all(fields[name].default is None for name in STEPS)


class Range(FeatureFilter):
    """Largest less smallest value."""

    name = "range"
    allowed = Annotated[float, Field(ge=0)]
    sees_outcome = False
    drops_constant: ClassVar[bool] = True

    def scores(self, screened):
        sets = range(len(screened.sets))
        return np.stack(
            [np.ptp(screened.table.values[screened.features][:, screened.sets.rows(n)], axis=1) for n in sets]
        )

    def describe(self):
        return f"range ≥ {self.threshold:g}"


class EarlyEvents(FeatureFilter):
    """Mean among those who had the event, less the mean among the others."""

    name = "early"
    allowed = float
    sees_outcome = True

    def scores(self, screened):
        found = np.empty((len(screened.sets), len(screened.features)))
        for which in range(len(screened.sets)):
            rows = screened.sets.rows(which)
            values, event = screened.table.values[screened.features][:, rows], screened.outcome.event[rows]
            found[which] = values[:, event].mean(axis=1) - values[:, ~event].mean(axis=1)
        return found

    def describe(self):
        return f"difference ≥ {self.threshold:g}"


class WithOwnSteps(ReductionOptions):
    """What a module in the folder of the steps makes of the options."""

    range: Range.allowed | None
    early: EarlyEvents.allowed | None


@pytest.fixture
def own_steps(monkeypatch):
    monkeypatch.setitem(STEPS, "range", Range)
    monkeypatch.setitem(STEPS, "early", EarlyEvents)

    def make(*steps, **thresholds):
        usual = conf.reduction().model_dump()
        return WithOwnSteps(**{**usual, "range": None, "early": None, "steps": steps, **thresholds})

    return make


@pytest.mark.parametrize("steps", [("range", "early"), ("early", "range"), ("early", "pearson", "range")])
def test_steps_of_ones_own_are_applied_in_every_training_set(own_steps, steps):
    generator = np.random.default_rng(1)
    values = generator.normal(size=(20, 12)) * generator.uniform(0.5, 2, 12)
    outcome = Outcome(generator.random(20) + 0.1, np.arange(20) % 3 > 0)
    sets = training_sets(1 - np.eye(20, dtype=int))
    options = own_steps(*steps, range=3.0, early=-0.2, pearson=1.0)
    for which, reduced in enumerate(FeatureReduction(rank_table(values), sets, options).reduce(outcome)):
        own, event = np.delete(values, which, axis=0), np.delete(outcome.event, which)
        wide, early = np.ptp(own, axis=0) >= 3.0, own[event].mean(axis=0) - own[~event].mean(axis=0) >= -0.2
        assert sorted(reduced.kept) == np.flatnonzero(wide & early).tolist()
        assert 0 < len(reduced.kept) < min(wide.sum(), early.sum())


def test_a_step_of_ones_own_has_its_range_and_its_words(own_steps):
    assert own_steps("range", "pearson", range=3, pearson=0.9).describe() == "range ≥ 3, |r| ≤ 0.9"
    assert own_steps("range").taken() == ()
    with pytest.raises(ValidationError, match="range"):
        own_steps("range", range=-1)
