"""Whatever is known of patients outside of a training set has no part in what is learned on it, however it is learned."""

from dataclasses import replace

import numpy as np
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st

from radsurv.validation.training import Training

PATIENTS = toys.cohort()
PROTOCOLS = toys.protocols()
TRANSFORMS = {
    "no transform": toys.transforms(),
    "centred": toys.transforms(toys.Centre()),
    "centred by site, and a total": toys.transforms(toys.Centre(column="site"), toys.Total()),
}


def learned(patients, protocol, splits):
    """What was learned on each training set; models are probed with the patients as they were."""
    found = Training(patients, protocol).in_every(splits)
    return [toys.everything(one.learned, PATIENTS.measured) for one in found]


@pytest.fixture(scope="module", params=list(TRANSFORMS))
def transforms(request):
    return TRANSFORMS[request.param]


@pytest.fixture(scope="module", params=list(PROTOCOLS))
def before(request, transforms):
    """A protocol, its training sets, and what was learned there."""
    protocol = replace(PROTOCOLS[request.param], transforms=transforms)
    splits = Training(PATIENTS, protocol).splits()
    return protocol, splits, learned(PATIENTS, protocol, splits)


@st.composite
def others(draw):
    """Other values for some patients: small, huge, all alike, or those of somebody else."""
    seed, kind = draw(st.integers(0, 2**32)), draw(st.sampled_from(["noise", "huge", "alike", "of others"]))
    generator = np.random.default_rng(seed)

    def like(values):
        if kind == "of others":
            return generator.permuted(values, axis=-1)
        scale = {"noise": 1.0, "huge": 1e6, "alike": 0.0}[kind]
        return generator.normal(size=values.shape) * scale + generator.normal()

    return generator, like


@settings(max_examples=4, deadline=None)
@given(which=st.integers(0, 10**6), others=others())
def test_who_is_outside_has_no_part_in_what_is_learned(before, which, others):
    protocol, splits, expected = before
    generator, like = others
    which %= len(splits)
    outside = splits.weights[which] == 0
    values, readings = PATIENTS.measured.values.copy(), PATIENTS.readings.values.copy()
    time, event = PATIENTS.outcome.time.copy(), PATIENTS.outcome.event.copy()
    site, age = (PATIENTS.measured.cohort[column].to_numpy().copy() for column in ("site", "age"))
    values[outside], readings[:, outside] = like(values[outside]), like(readings[:, outside])
    time[outside] = np.ceil(generator.exponential(50, outside.sum()) + 1e-9)
    event[outside] = generator.random(outside.sum()) < 0.5
    site[outside], age[outside] = generator.choice(["a", "b", "elsewhere"], outside.sum()), 200
    changed = toys.changed(PATIENTS, values=values, time=time, event=event, readings=readings, site=site, age=age)
    assert learned(changed, protocol, splits)[which] == expected[which]


def test_who_is_inside_has_a_part(before):
    """The property above could fail: the values and the outcome of all members matter together."""
    protocol, splits, expected = before
    inside = splits.weights[0] > 0
    values, time = PATIENTS.measured.values.copy(), PATIENTS.outcome.time.copy()
    values[inside], time[inside] = values[inside] * 1.5 + 1, time[inside][::-1]
    assert learned(toys.changed(PATIENTS, values=values, time=time), protocol, splits)[0] != expected[0]


def test_readings_of_members_have_a_part():
    protocol = PROTOCOLS["readings agree"]
    splits = Training(PATIENTS, protocol).splits()
    readings = PATIENTS.readings.values.copy()
    readings[1, splits.weights[0] > 0] *= -1
    before, after = (learned(one, protocol, splits)[0] for one in (PATIENTS, toys.changed(PATIENTS, readings=readings)))
    assert before != after


def test_another_site_of_a_member_has_a_part():
    protocol = replace(PROTOCOLS["plain"], transforms=TRANSFORMS["centred by site, and a total"])
    splits = Training(PATIENTS, protocol).splits()
    site = PATIENTS.measured.cohort["site"].to_numpy()[::-1]
    before, after = (learned(one, protocol, splits)[0] for one in (PATIENTS, toys.changed(PATIENTS, site=site)))
    assert before != after


# Predictions: of the left-out patient their own features matter, and nothing else of them.


@pytest.mark.parametrize("name", list(PROTOCOLS))
def test_the_order_in_which_patients_are_scored_does_not_matter(name, transforms):
    """A prediction hangs on the model and the patient's own row, not on who else is scored."""
    training = Training(PATIENTS, replace(PROTOCOLS[name], transforms=transforms))
    one = training.on_everybody().learned
    together = one.score(PATIENTS.measured, np.arange(20))
    for row in (0, 13):
        assert one.score(PATIENTS.measured, np.array([row])) == pytest.approx(together[[row]], rel=1e-12, abs=1e-12)
