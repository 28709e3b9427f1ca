"""Whatever is known of patients outside of a training set has no part in what is learned on it, however it is learned."""

from dataclasses import replace

import numpy as np
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st

import conf
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol
from radsurv.validation.training import Training

PATIENTS = toys.cohort()
COMBAT = {"name": "combat", "batch": "site", "protect": ["age"], "min_patients": 3, "unseen": "pass"}
IMPUTATION = {"name": "imputation", "statistic": "median", "indicator": ["feature 0", "feature 1?"]}
PROTOCOLS = toys.protocols()
TRANSFORMS = {
    "no transform": toys.transforms(),
    "centred": toys.transforms(toys.Centre()),
    "centred by site, and a total": toys.transforms(toys.Centre(column="site"), toys.Total()),
    "ComBat": conf.transforms("combat", combat=COMBAT),
    "imputation and ComBat": conf.transforms("imputation_combat", imputation=IMPUTATION, combat=COMBAT),
}


def with_holes(patients):
    """Some values are missing, more of some features than of others."""
    values = patients.measured.values.copy()
    values[np.random.default_rng(1).random(values.shape) < np.linspace(0, 0.3, 12)] = np.nan
    return toys.changed(patients, values=values)


def learned(patients, protocol, splits):
    """What was learned on each training set; models are probed with the patients as they were."""
    found = Training(patients, protocol).in_every(splits)
    probed = with_holes(PATIENTS).measured if "imputation" in protocol.transforms.steps else PATIENTS.measured
    return [toys.everything(one.learned, probed) for one in found]


def pairs():
    """Every way of training with every transform: all for the plain way, one in turn for each other, the rest among the slow."""
    for number, protocol in enumerate(PROTOCOLS):
        for place, steps in enumerate(TRANSFORMS):
            usual = protocol == "plain" or place == number % len(TRANSFORMS)
            yield pytest.param((protocol, steps), id=f"{protocol}-{steps}", marks=() if usual else pytest.mark.slow)


def given_to(steps):
    return with_holes(PATIENTS) if "imputation" in TRANSFORMS[steps].steps else PATIENTS


class Before:
    """What was learned on the training sets of a protocol. No dataclass: Hypothesis writes out the fields of one."""

    def __init__(self, patients: Patients, protocol: Protocol) -> None:
        self.patients, self.protocol = patients, protocol
        self.splits = Training(patients, protocol).splits()
        self.learned = learned(patients, protocol, self.splits)


@pytest.fixture(scope="module", params=list(pairs()))
def before(request):
    protocol, steps = request.param
    return Before(given_to(steps), replace(PROTOCOLS[protocol], transforms=TRANSFORMS[steps]))


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
    patients, protocol, splits, expected = before.patients, before.protocol, before.splits, before.learned
    generator, like = others
    which %= len(splits)
    outside = splits.weights[which] == 0
    values, readings = patients.measured.values.copy(), patients.readings.values.copy()
    time, event = patients.outcome.time.copy(), patients.outcome.event.copy()
    site, age = (patients.measured.cohort[column].to_numpy().copy() for column in ("site", "age"))
    values[outside], readings[:, outside] = like(values[outside]), like(readings[:, outside])
    time[outside] = np.ceil(generator.exponential(50, outside.sum()) + 1e-9)
    event[outside] = generator.random(outside.sum()) < 0.5
    site[outside] = generator.choice(["a", "b", "elsewhere"], outside.sum())
    age[outside] = generator.normal(100, 50, outside.sum())
    changed = toys.changed(patients, values=values, time=time, event=event, readings=readings, site=site, age=age)
    assert learned(changed, protocol, splits)[which] == expected[which]


def test_who_is_inside_has_a_part(before):
    """The property above could fail: the values and the outcome of all members matter together."""
    patients, protocol, splits, expected = before.patients, before.protocol, before.splits, before.learned
    inside = splits.weights[0] > 0
    values, time = patients.measured.values.copy(), patients.outcome.time.copy()
    values[inside], time[inside] = values[inside] * 1.5 + 1, time[inside][::-1]
    assert learned(toys.changed(patients, values=values, time=time), protocol, splits)[0] != expected[0]


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


@pytest.mark.parametrize("pair", list(pairs()))
def test_the_order_in_which_patients_are_scored_does_not_matter(pair):
    """A prediction hangs on the model and the patient's own row, not on who else is scored."""
    protocol, steps = pair
    patients = given_to(steps)
    training = Training(patients, replace(PROTOCOLS[protocol], transforms=TRANSFORMS[steps]))
    one = training.on_everybody().learned
    together = one.score(patients.measured, np.arange(20))
    for row in (0, 13):
        assert one.score(patients.measured, np.array([row])) == pytest.approx(together[[row]], rel=1e-12, abs=1e-12)
