"""The model card: the numbers of the run and of the file, no patient, and no markup of anybody's."""

import html
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt  # comes with rich

from radsurv.config import validate
from radsurv.features.feature_table import complete
from radsurv.report.experiment import Experiment
from radsurv.stages.analysis import Analysis, protocol_of
from radsurv.stages.compose import compose
from radsurv.stages.final_model import model_of_everybody
from radsurv.stages.model_card import model_card, plain, write_card
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stored_model import sealed
from radsurv.validation.patients import patients_of
from radsurv.validation.protocol import Resources

EVIL = "<script>|x| [a](http://b.c) ``` # `f0` **"
METRICS = {
    "n_patients": 30.0,
    "n_events": 20.0,
    "n_folds": 30.0,
    "harrell_c": 0.7,
    "harrell_c_low": 0.6,
    "harrell_c_high": 0.8,
}


@pytest.fixture(scope="module")
def made():
    generator = np.random.default_rng(0)
    values = generator.normal(size=(30, 3))
    table = pd.DataFrame(values, columns=[EVIL, "f1", "f2"])
    table.insert(0, "patient_id", [f"SECRET{number}" for number in range(30)])
    cohort = table[["patient_id"]].assign(
        time=np.exp(3 - values[:, 0]).round() + 1,
        event=[1, 1, 0] * 10,
        simulated=True,
        sex=[EVIL, "F", "M"] * 10,
        site=["A", "B"] * 15,
    )

    def made(*overrides):
        config = validate(compose(["reduction.cindex=0.5", "cohort.covariates=[sex]", *overrides]))
        cohort_options = config.cohort.model_copy(update={"name": EVIL, "select": {"sex": [EVIL]}})
        config = config.model_copy(update={"cohort": cohort_options})
        analysis = Analysis(patients_of(table, cohort), cohort, complete(table, 0.1))
        return config, model_of_everybody(config, analysis, protocol_of(config, config.validation), Resources())[0]

    return made


@pytest.fixture(scope="module")
def card(made):
    config, stored = made()
    return stored, model_card(stored, Experiment(config, METRICS))


def test_numbers_are_those_of_the_file_and_of_the_run(card):
    stored, text = card
    assert "trained on 30 patients with 20 events" in text
    assert "| Harrell's C | 0.700 (0.600 to 0.800) |" in text
    assert "**SIMULATED" in text
    assert "leave-one-out" in text.lower()
    first = int(np.argmax(np.abs(stored.model.coefficients)))
    row = [stored.model.coefficients[first], stored.model.mean[first], stored.model.sd[first]]
    assert f"| {' | '.join(plain(f'{value:.4g}') for value in row)} |" in text
    assert f"digest {sealed(stored.model_dump(mode='json'))['sha256']}" in text
    assert "No permutation test was made" in text
    assert "levels:" in text  # of the options that make features


def test_nobody_is_named_and_nothing_of_anybodys_is_markup(card):
    _, text = card
    assert "SECRET" not in text
    page = MarkdownIt("commonmark").enable("table").render(text)  # which passes HTML on
    tags = "h1 h2 p table thead tbody tr th td strong code pre ul li"
    assert set(re.findall(r"<(\w+)", page)) == {*tags.split()}
    shown = html.escape(EVIL, quote=False)
    assert f"<h1>Model card: {shown}</h1>" in page
    assert f"<td>{shown}</td>" in page  # the feature, in a cell of its own
    assert page.count("<pre>") == 2  # the command and the options
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        f"# Model card: {plain(EVIL)}",
        *(
            f"## {title}"
            for title in ("What it is for", "Whom it was trained on", "How well it predicts", "What it uses")
        ),
        *("## How features are made", "## What to know before sharing it"),
    ]


def test_trees_have_features_and_a_warning(made):
    config, stored = made("model=rsf", "model.trees=5")
    text = model_card(stored, Experiment(config, METRICS))
    assert "random survival forest, 5 trees" in text
    assert "| Feature | Mean | SD |" in text
    assert "more than a Cox model tells" in text


def test_it_says_by_what_training_patients_are_recognised(made):
    config, stored = made()
    single = "whoever has the features of a training patient recognises them"
    assert single in model_card(stored, Experiment(config, METRICS))
    alone = model_card(stored.model_copy(update={"training_rows": []}), Experiment(config, METRICS))
    assert single not in alone
    assert "whoever has the ids of all training patients recognises them" in alone


def test_it_lies_beside_the_model_and_has_its_digest(made, tmp_path):
    config, stored = made()
    folder = RunFolder(tmp_path)
    folder.write_config(config)
    folder.write_json(METRICS, folder.metrics)
    folder.write_json(sealed(stored.model_dump(mode="json")), folder.model)
    write_card(folder)
    digest = json.loads(Path(tmp_path, "model.json").read_text("utf-8"))["sha256"]
    assert digest in Path(tmp_path, "model_card.md").read_text("utf-8")


def test_sites_and_their_event_times_are_named_before_the_file_is_shared(made):
    config, stored = made("model.strata=site")
    said = (
        "It names 2 sites, each with its event times: those of a site with few events are the times of single patients."
    )
    assert said in model_card(stored, Experiment(config, METRICS))
    config, stored = made()
    assert "It names" not in model_card(stored, Experiment(config, METRICS))
