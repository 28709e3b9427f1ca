"""What is refused in place of a model, and features that were made in another way."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reliability import INPUTS, Fault, by_case

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.features.feature_table import complete
from radsurv.stages.analysis import Analysis, protocol_of
from radsurv.stages.compose import compose
from radsurv.stages.final_model import model_of_everybody
from radsurv.stages.model_file import read_model as read_external_model
from radsurv.stages.model_file import ready_tables
from radsurv.stages.stored_model import DIGEST, sealed
from radsurv.validation.patients import patients_of
from radsurv.validation.protocol import Resources

SOUND = "name a sound file, or train the model again; the same command"
FAULTS = [
    Fault(
        kind=INPUTS, fault="the finished model (`validation.model`) is empty, cut short, or an image", status=None,
        said="is damaged, or no JSON", then=SOUND, case="damaged",
    ),
    Fault(
        kind=INPUTS, fault="anything in the finished model is changed, deleted, renamed or swapped (1,500 draws)", status=None,
        said="not as it was written", then=SOUND, case="changed",
    ),
    Fault(kind=INPUTS, fault="the finished model is a folder", status=None, said="cannot be read", then=SOUND, case="folder"),
]  # fmt: skip
ROW = by_case(FAULTS)
NO_NETWORK = ("backbone=none", "cohort.covariates=[sex]")


@pytest.fixture(scope="module")
def trained():
    """The content of the model.json of a run."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=(30, 4))
    table = pd.DataFrame(values, columns=[f"glcm_{number}" for number in range(4)])
    table.insert(0, "patient_id", [f"P{number}" for number in range(30)])
    cohort = table[["patient_id"]].assign(
        time=np.exp(3 - values[:, 0]).round() + 1, event=1, simulated=False, sex=["F", "F", "M"] * 10
    )
    config = validate(compose(["reduction.cindex=0.6", *NO_NETWORK]))
    analysis = Analysis(patients_of(table, cohort), cohort, complete(table, 0.1))
    stored, _ = model_of_everybody(config, analysis, protocol_of(config, config.validation), Resources())
    return stored.model_dump(mode="json")


def read_model(config):
    return read_external_model(config, config.validation)


@pytest.fixture(scope="module")
def config():
    return validate(compose(["validation=external", "validation.model=model.json", "run_dir=out", *NO_NETWORK]))


@pytest.fixture
def refused(trained, tmp_path, monkeypatch):
    """What is said of a changed model."""
    monkeypatch.chdir(tmp_path)

    def refused(config, change=None, text=None) -> str:
        stored = json.loads(json.dumps(trained))
        if change is not None:
            change(stored)
        Path("model.json").write_text(json.dumps(sealed(stored)) if text is None else text, "utf-8")
        with pytest.raises(ConfigError) as error:
            read_model(config)
        assert "\n" not in str(error.value)
        return str(error.value)

    return refused


def altered(config, **sections):
    return config.model_copy(
        update={name: getattr(config, name).model_copy(update=options) for name, options in sections.items()}
    )


def test_what_was_written_is_read(trained, config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(json.dumps(sealed(trained)), "utf-8")
    stored = read_model(config)
    assert stored.model.model_dump() == trained["model"]
    assert stored.kaplan_meier.model_dump() == trained["kaplan_meier"]
    assert stored.n_patients == 30
    assert not ready_tables(config, stored)
    # What changes no feature may differ.
    read_model(
        altered(config, roi={"reader": 2, "min_pixels": 30}, backbone={"batch_size": 2}, reduction={"cindex": 0.9})
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ROW["damaged"].said),
        ('{"radsurv": "0.1', "is damaged, or no JSON"),
        ("[1, 2]", "is no model of RadSurv"),
        ('{"radsurv": "0.2", "model": ' + "[" * 100_000, "is damaged, or no JSON"),
        ('{"radsurv": "0.2", "model": ' + "[" * 900 + "]" * 900 + "}", "in format None, expected 5"),
        ('{"radsurv": "0.2", "model": NaN}', "is damaged, or no JSON"),
        ('{"harrell_c": 0.7}', "is no model of RadSurv"),
    ],
)
def test_something_else(refused, config, text, said):
    assert said in refused(config, text=text)


def test_a_folder_or_an_image_in_place_of_the_file(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("model.json").mkdir()
    with pytest.raises(ConfigError, match=ROW["folder"].said):
        read_model(config)
    Path("model.json").rmdir()
    Path("model.json").write_bytes(b"\x1f\x8b\xff\xfe")
    with pytest.raises(ConfigError, match=ROW["damaged"].said):
        read_model(config)


def numbers(part, place=()):
    """Places of everything in a file."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        yield (*place, key)
        yield from numbers(value, (*place, key))


def at(content, place):
    for key in place:
        content = content[key]
    return content


def changed(content, place, other, kind):
    """A copy in which one thing at a place is another; None where that would change nothing."""
    found = json.loads(json.dumps(content))
    holder, key = at(found, place[:-1]), place[-1]
    value = holder[key]
    if kind == "deleted":
        del holder[key]
    elif kind == "renamed" and isinstance(holder, dict):
        holder[key + "x"] = holder.pop(key)
    elif kind == "swapped":
        there = at(found, other[:-1])
        if other[: len(place)] == place or place[: len(other)] == other:
            return None
        holder[key], there[other[-1]] = there[other[-1]], value
    elif isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        holder[key] = np.nextafter(value, np.inf) if isinstance(value, float) else value + 1
    elif isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, str):
        holder[key] = value[:-1]
    else:
        holder[key] = {"other": value}
    return None if json.dumps(found) == json.dumps(content) else found


def test_no_single_change_of_a_file_is_accepted(trained, config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = sealed(json.loads(json.dumps(trained)))
    places, generator = list(numbers(content)), np.random.default_rng(5)
    n_tried = 0
    while n_tried < 1500:
        place, other = (places[number] for number in generator.integers(len(places), size=2))
        kind = ("value", "deleted", "renamed", "swapped")[generator.integers(4)]
        found = changed(content, place, other, kind)
        if found is None:
            continue
        n_tried += 1
        Path("model.json").write_text(json.dumps(found), "utf-8")
        with pytest.raises(ConfigError, match=rf"{ROW['changed'].said}|in format|no model of RadSurv"):
            read_model(config)


def test_blanks_are_no_change(trained, config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(json.dumps(sealed(trained), indent=7, ensure_ascii=True), "utf-8")
    assert read_model(config).n_patients == 30


def test_a_file_that_was_changed_says_what_makes_it_anew(trained, config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("execution.json").write_text('{"command": "radsurv run seed=3"}')
    for changes in ({"n_patients": 31}, {"format": 2}, {"format": "new\nline"}, {DIGEST: None}):
        Path("model.json").write_text(json.dumps({**sealed(trained), **changes}), "utf-8")
        with pytest.raises(ConfigError, match=r"train the model again.*: radsurv run seed=3$") as error:
            read_model(config)
        assert "\n" not in str(error.value)


def with_imputation(learned, inputs=("a",)):
    """The model as if imputation had learned this before it."""

    def change(stored):
        stored["config"]["transforms"] = compose(["transforms=imputation"])["transforms"]
        stored["transforms"] = [learned]
        stored["inputs"] = list(inputs)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda stored: stored.update(format=1),
            "in format 1, expected 5: train the model again with this version, by",
        ),
        (lambda stored: stored["definitions"].update(glcm=7), "glcm version 7, here 1; train the model again"),
        (lambda stored: stored.pop("kaplan_meier"), "no complete model (kaplan_meier: Field required)"),
        (lambda stored: stored["model"]["sd"].append(1.0), "differ in length"),
        (
            lambda stored: stored["model"].pop("coefficients"),
            "is no complete model (model.coefficients: Field required)",
        ),
        (lambda stored: stored["model"].update(threshold="0"), "model.threshold"),
        (lambda stored: stored["model"].update(sd=[0.0] * len(stored["model"]["sd"])), "model.sd.0"),
        (lambda stored: stored["model"].update(coefficients=[None]), "model.coefficients.0"),
        (lambda stored: stored["config"].pop("model"), "no complete model (config.model: Field required)"),
        (lambda stored: stored["config"]["model"].update(name="svm"), "(config.model: Input tag 'svm'"),
        (lambda stored: stored["config"]["model"].pop("alpha"), "(config.model.coxnet.alpha: Field required)"),
        (lambda stored: stored["config"].update(reduction=None), "(config.reduction: Input should be"),
        (lambda stored: stored["config"]["reduction"].update(steps=["luck"]), "there is no step 'luck'"),
        (lambda stored: stored["config"]["transforms"].update(steps=["luck"]), "there is no transform 'luck'"),
        (lambda stored: stored["transforms"].append({}), "(transforms: 1 were learned, and config.transforms names 0)"),
        (with_imputation({}), "(transforms.0.names: Field required)"),
        (
            with_imputation({"names": ["a"], "medians": [1.0], "indicators": ["b"]}),
            "(transforms.0: a median that is no number, or an indicator of a feature that is not there)",
        ),
        (with_imputation({"names": ["a"], "medians": [1.0], "indicators": []}), "do not make glcm_0"),
        (
            with_imputation({"names": ["a"], "medians": [1.0], "indicators": []}, ["glcm_0", "a"]),
            "(transforms.0: learned of other features than glcm_0, a)",
        ),
        (lambda stored: (stored.update(config=[]), stored["model"].pop("coefficients")), "is no complete model"),
    ],
)
def test_a_model_with_a_fault(refused, config, change, said):
    assert said in refused(config, change)


def test_every_option_that_differs_is_named_with_both_values(refused, config):
    other = altered(
        config, quantization={"levels": [64]}, radiomics={"definition": "ibsi"}, cohort={"time_unit": "months"}
    )
    said = refused(other)
    assert 'cohort.time_unit is "months" here and "days" in the model' in said
    assert "quantization.levels is [64] here and [16, 32] in the model" in said
    assert 'radiomics.definition is "ibsi" here and "vallieres" in the model' in said
    assert "run this cohort with the options of the model" in said


@pytest.mark.parametrize(
    ("section", "options", "named"),
    [
        ("roi", {"section_axis": "x"}, "roi.section_axis"),
        ("patch", {"margin": 0.1}, "patch.margin"),
        ("backbone", {"pool": "max"}, "backbone.pool"),
        ("cohort", {"covariates": ["sex", "age"]}, "cohort.covariates"),
        ("cohort", {"landmark_days": 90.0}, "cohort.landmark_days"),
        ("cohort", {"event_of_interest": 1}, "cohort.event_of_interest"),
        ("compute", {"precision": "bf16"}, "compute.precision"),
    ],
)
def test_other_options_that_make_other_features(refused, config, section, options, named):
    assert f"another way: {named} is " in refused(altered(config, **{section: options}))


def test_other_weights_of_the_same_network(refused, config):
    random = {"name": "efficientnet_lite0", "weights": "random"}
    said = refused(
        altered(config, backbone=random),
        lambda stored: (
            stored["config"]["backbone"].update(random),
            stored.update(weights="efficientnet_lite0:random:1"),
        ),
    )
    assert 'weights is "efficientnet_lite0:random:0" here and "efficientnet_lite0:random:1" in the model' in said


@pytest.mark.parametrize("side", ["here", "there"])
def test_imaging_options_say_nothing_of_a_ready_table(trained, config, tmp_path, monkeypatch, side):
    monkeypatch.chdir(tmp_path)
    stored = json.loads(json.dumps(trained))
    stored["config"]["quantization"]["levels"] = [8]
    if side == "there":
        stored["config"]["cohort"]["features"] = "features.csv"
    Path("model.json").write_text(json.dumps(sealed(stored)), "utf-8")
    here = altered(config, cohort={"features": "features.csv"}) if side == "here" else config
    assert ready_tables(here, read_model(here))


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["validation=external"], "needs a finished model: validation.model=PATH"),
        (["validation=external", "validation.model=m.json", "search=optuna"], "set search=none"),
        (["validation=external", "validation.model=m.json", "significance.refits=200"], "set significance.refits=0"),
        (["+validation.model=m.json"], "validation.model: Extra inputs are not permitted"),
    ],
)
def test_options_that_make_no_sense_together(overrides, said):
    with pytest.raises(ConfigError, match=said):
        validate(compose(overrides))


def test_regions_are_compared_by_their_names(trained, refused):
    external = ["validation=external", "validation.model=model.json", "run_dir=out", *NO_NETWORK]
    here = validate(compose([*external, "cohort.regions={core: [1]}"]))
    assert 'names of cohort.regions is ["core"] here and [] in the model' in refused(here)

    def with_regions(stored):
        stored["config"]["cohort"]["regions"] = {"core": [7], "rim": [8]}

    assert '["core"] here and ["core", "rim"] in the model' in refused(here, with_regions)
