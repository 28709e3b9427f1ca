"""Files in place of model.json: with the digest as it was, the slightest change is refused; sealed anew, a model is applied or refused."""

import copy
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fuzz import bytes_spoilt, trials
from hypothesis import assume, event, given
from hypothesis import strategies as st

from radsurv.config import validate
from radsurv.errors import ConfigError, RadsurvError
from radsurv.features.feature_table import complete
from radsurv.stages.analysis import Analysis, protocol_of
from radsurv.stages.compose import compose
from radsurv.stages.final_model import model_of_everybody
from radsurv.stages.follow_up import unlike_model
from radsurv.stages.model_file import read_model
from radsurv.stages.prediction_config import config_for
from radsurv.stages.stored_model import finished, sealed
from radsurv.validation.distance_from_training import DistanceFromTraining
from radsurv.validation.finished_model import apply_model
from radsurv.validation.left_out_survival import survival_of
from radsurv.validation.patients import patients_of
from radsurv.validation.protocol import Resources

NO_NETWORK = ("backbone=none", "cohort.covariates=[sex]")
PARTS = (
    None, True, False, 0, 1, -1, 2**63, 10**400, 0.0, -0.0, 0.5, 1e-320, 1e300, -1e300, float("nan"), float("inf"), "", "a", "glcm_0",
    "x" * 400, "\x00", "\ud800", "<b>", "${seed}", [], [None], [0.0], [[]], [1e300] * 4, {}, {"a": 1}, {"name": "coxnet"}, ["glcm_0"],
    ["glcm_0", "glcm_0"],
)  # fmt: skip


@pytest.fixture(scope="module")
def cohort():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(30, 4))
    table = pd.DataFrame(values, columns=[f"glcm_{number}" for number in range(4)])
    table.insert(0, "patient_id", [f"P{number}" for number in range(30)])
    outcome = table[["patient_id"]].assign(
        time=np.exp(3 - values[:, 0]).round() + 1, event=[1, 1, 0] * 10, simulated=False, sex=["F", "F", "M"] * 10
    )
    return table, outcome


FOREST = ("model=rsf", "model.trees=3")
BOOSTED = ("model=gbs", "model.trees=3")


@pytest.fixture(
    scope="module",
    params=[(), ("transforms=imputation",), FOREST, (*BOOSTED, "transforms=imputation")],
    ids=["cox", "imputation", "forest", "boosted"],
)
def stored(request, cohort):
    """The content of the model.json of a run, as it stands in the file."""
    config = validate(compose(["reduction.cindex=0.6", *request.param, *NO_NETWORK]))
    table, outcome = cohort
    analysis = Analysis(patients_of(table, outcome), outcome, complete(table, 0.1))
    found, _ = model_of_everybody(config, analysis, protocol_of(config, config.validation), Resources())
    return json.loads(json.dumps(sealed(found.model_dump(mode="json"))))


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.json"
    return validate(compose(["validation=external", f"validation.model={path}", "run_dir=out", *NO_NETWORK]))


def read(config, content):
    """The model in a file with this content, or None where it is refused in one line that names it."""
    Path(config.validation.model).write_bytes(content)
    try:
        return read_model(config, config.validation)
    except ConfigError as error:
        said = str(error)
    event("refused")
    assert "model.json" in said
    assert "\n" not in said
    assert len(said) < 5000
    return None


@st.composite
def places(draw, content):
    """A way into parts of parts."""
    way = []
    while isinstance(content, (dict, list)) and content:
        keys = list(content) if isinstance(content, dict) else list(range(len(content)))
        way.append(draw(st.sampled_from(keys)))
        content = content[way[-1]]
        if draw(st.integers(0, 5)) == 0:
            break
    return way


def part_of(content, way):
    for key in way:
        content = content[key]
    return content


@st.composite
def changed(draw, content):
    """With one to three parts replaced, gone, there twice, under another name, or in the place of another."""
    content = copy.deepcopy(content)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(places(content))
        holder, key = part_of(content, way[:-1]), way[-1]
        match draw(st.sampled_from(["replace", "replace", "replace", "drop", "twice", "rename", "swap"])):
            case "replace":
                # A copy: a part that is put into another is else changed for all examples to come.
                holder[key] = copy.deepcopy(draw(st.sampled_from(PARTS) | st.floats() | st.text(max_size=5)))
            case "drop":
                del holder[key]
            case "twice" if isinstance(holder, list):
                holder.insert(key, holder[key])
            case "rename" if isinstance(holder, dict):
                holder[draw(st.text(max_size=5))] = holder.pop(key)
            case "swap":
                holder[key] = copy.deepcopy(part_of(content, draw(places(content))))
    return content


@trials("model.json, digest not renewed", 60)
@given(st.data())
def test_not_sealed_anew(config, stored, data):
    if data.draw(st.booleans()):
        content = json.dumps(stored).encode()
        spoilt = data.draw(bytes_spoilt(content))
        try:
            assume(json.loads(spoilt) != stored)
        except (ValueError, RecursionError):
            event("no JSON")
    else:
        other = data.draw(changed(stored))
        assume(repr(other) != repr(stored))
        spoilt = json.dumps(other).encode("utf-8")
    assert read(config, spoilt) is None


def measured_as_it_says(config, found):
    """`radsurv predict` takes the options in the file, or refuses them in one line."""
    model = Path(config.validation.model)
    table = model.with_name("new.csv")
    table.write_text("patient_id,image,mask,sex\nP,a,b,F\n")
    try:
        config_for(found, model, table, None, Path("out"), [])
        return
    except ConfigError as error:
        said = str(error)
    assert "\n" not in said
    assert "model.json" in said


@trials("model.json, sealed anew", 60)
@given(st.data())
def test_sealed_anew(config, stored, cohort, data):
    content = data.draw(changed(stored))
    try:
        content = sealed(content)
    except ValueError:
        event("not to be sealed")
    found = read(config, json.dumps(content).encode("utf-8"))
    if found is None:
        return
    event("accepted")
    measured_as_it_says(config, found)
    table, outcome = cohort
    applied = finished(found)
    try:
        values = pd.DataFrame(applied.columns(table), columns=list(applied.inputs))
        values.insert(0, "patient_id", table["patient_id"])
        patients = patients_of(values, outcome)
        distance = DistanceFromTraining.of(applied, patients.ids, patients.measured)
        distance.out_of_range()
        distance.finding(accept=data.draw(st.booleans()))
        predicted = apply_model(applied, patients)
        survival = survival_of(applied.learned, patients.measured, np.arange(len(patients)), np.array([1.0, 20.0]))
        unlike_model(outcome, "days", applied.reference, found.cohort)
    except RadsurvError as error:
        said = str(error)
        event("not applied")
    else:
        assert np.isfinite(predicted.predictions["risk"]).all()
        assert ((survival >= 0) & (survival <= 1)).all()
        return
    assert said
    assert "\n" not in said
