"""The page: complete in itself, safe, honest and the same every time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radsurv.report
from radsurv.catalogue.record import Provenance, StageRecord
from radsurv.catalogue.tables import SITES
from radsurv.formats import number, percent
from radsurv.report.experiment import Experiment
from radsurv.report.html import SECTIONS, render

VOID = {"meta", "br", "hr", "img", "link", "input"}
LOADS = {"src", "href", "srcset", "action", "poster", "data", "background", "formaction", "ping", "cite"}
HOSTILE = "\"><script>alert('$x$')</script><img src=x onerror=alert(1)> {{ 7 * 7 }} & co"


class Page(HTMLParser):
    """What a browser would see: elements, their attributes, the text and the metrics."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.metrics: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        given = dict(attrs)
        if tag == "data":
            self.metrics[given["data-metric"]] = given["value"]

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]

    def banners(self) -> list[str]:
        return [value.removeprefix("banner ") for value in self.values("class") if value.startswith("banner")]


@pytest.fixture
def page(load):
    """Render a run with some of its parts replaced."""
    return lambda **changes: Page(render(load(**changes)))


@pytest.fixture
def noted(provenance):
    """The provenance with something of a stage replaced."""

    def make(stage, **changes) -> Provenance:
        record = provenance.stages.get(stage, StageRecord()).model_copy(update=changes)
        return provenance.model_copy(update={"stages": {**provenance.stages, stage: record}})

    return make


def test_every_section_has_a_partial_of_its_name_and_a_place_of_its_own():
    """A module and a partial are all that a section needs."""
    partials = (Path(radsurv.report.__file__).parent / "templates" / "page").glob("*.html.j2")
    assert sorted(path.name.partition(".")[0] for path in partials) == sorted(kind.name() for kind in SECTIONS)
    assert len({kind.order for kind in SECTIONS}) == len(SECTIONS) == 31


def test_nothing_is_loaded_from_anywhere(make_run):
    source = render(Experiment.load(make_run()))
    page = Page(source)
    assert [value for name, value in page.attributes if name in LOADS and not value.startswith("#")] == []
    assert set(page.tags).isdisjoint({"script", "link", "iframe", "object", "embed", "base", "img", "form"})
    assert not re.search(r"https?://|@import|@font-face|url\((?!#)", source)
    assert not re.search(r"\son\w+=", source)


def test_a_browser_is_told_to_load_and_run_nothing(make_run):
    """Before anything that it might load or run; the page itself keeps to it, as the test above holds."""
    source = render(Experiment.load(make_run()))
    policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="(.*)">', source.partition("<style")[0])
    assert policy == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    ]


def test_ids_are_unique_and_links_lead_somewhere(page):
    seen = page()
    ids = seen.values("id")
    assert len(ids) == len(set(ids))
    assert {value.removeprefix("#") for value in seen.values("href")} <= set(ids)


def test_hostile_names_stay_text(page, cohort, predictions, selections, qc, config, noted, execution):
    qc.loc[40, ["patient_id", "reason"]] = HOSTILE
    predictions.loc[3, "patient_id"] = cohort.loc[3, "patient_id"] = HOSTILE
    cohort.loc[0, "sex"] = HOSTILE
    selections.loc[selections["feature"] == "shape_Volume", "feature"] = HOSTILE
    named = config.cohort.model_copy(update={"name": HOSTILE})
    recorded = {"command": HOSTILE, "platform": HOSTILE}
    seen = page(
        qc=qc, predictions=predictions, cohort=cohort, selections=selections,
        config=config.model_copy(update={"cohort": named}),
        provenance=noted("deep", notes=[HOSTILE]).model_copy(update={"inputs": {HOSTILE: HOSTILE}}),
        execution=execution.model_copy(update=recorded),
    )  # fmt: skip
    assert set(seen.tags).isdisjoint({"script", "img"})
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert seen.text.count(HOSTILE) >= 12


def test_a_control_character_in_a_name_does_not_lose_the_page(page, selections):
    """Of a site, and of a feature and so of its family."""
    sites = pd.DataFrame(
        [("Aachen\x07", False, 20, 17, 0.66, 0.5, 0.8, 2.5, 1.2, 5.1, 0.04, 0.9, 0.2, True, ""),
         ("Bonn", False, 20, 16, 0.5, 0.3, 0.7, 1.1, 0.5, 2.1, 0.05, 0.4, 0.3, True, "")],
        columns=list(SITES.columns),
    )  # fmt: skip
    selections["feature"] = selections["feature"].replace("shape_Volume", "shape\x1b_Volume")
    names = sorted(set(selections["feature"]))
    agreement = pd.DataFrame({"feature": names, "icc2": 0.8, "icc3": 0.8, "n_patients": 40, "n_readings": 2})
    seen = page(sites=sites, selections=selections, stability=agreement)
    assert {"figure sites", "figure agreement", "figure selection"} <= set(seen.values("class"))
    for name in ("Aachen", "shape"):
        assert f"{name}\N{REPLACEMENT CHARACTER}" in seen.text


def test_every_metric_is_shown_in_full(page, metrics):
    assert {name: float(value) for name, value in page().metrics.items()} == metrics


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_missing_metrics_say_why(page, metrics, noted, missing):
    said = noted("evaluate", reasons={"harrell_c": "no pair of patients can be ordered"})
    seen = page(metrics=metrics | {"harrell_c": missing, "log_rank_p": missing}, provenance=said)
    assert {"harrell_c", "log_rank_p"}.isdisjoint(seen.metrics)
    assert "Not available: no pair of patients can be ordered." in seen.text
    assert "Not available: it could not be computed; see the notes of the stages." in seen.text
    assert "not available: no pair of patients can be ordered" in seen.text


def test_one_group_only(page, metrics, predictions):
    nothing = dict.fromkeys(("hazard_ratio", "hazard_ratio_low", "hazard_ratio_high", "log_rank_p"))
    seen = page(metrics=metrics | nothing | {"n_short": 0}, predictions=predictions.assign(group="long"))
    assert "every patient was predicted a long survivor: there is nothing to compare" in seen.text
    assert "The predicted groups could not be compared: every patient was predicted a long survivor" in seen.text
    assert "no error guarantee" not in seen.text.split("All metrics")[1].split("Survival of the")[0]


def test_nobody_had_the_event(page, metrics, predictions):
    seen = page(metrics=metrics | {"harrell_c": None}, predictions=predictions.assign(event=0))
    assert "no patient had an event" in seen.text


def test_headline_counts(page):
    assert "Patients analysed4033 events; 21 predicted short, 19 long" in page().text


def test_the_naive_p_never_stands_alone(page, metrics):
    caveat = "The log-rank P of cross-validated groups has no error guarantee."
    alone, beside = page(), page(metrics=metrics | {"permutation_p": 0.031})
    assert caveat in alone.text
    assert "This run made no permutation test" in alone.text
    assert caveat in beside.text
    assert "This run made no permutation test" not in beside.text
    assert "permutation P =\xa0.031" in beside.text


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("loocv", "a model that had seen nearly all the others"),
        ("repeated_kfold", "models that had seen a large part of the others"),
        (
            "leave_site_out",
            "The patients of every site were predicted by a model that had seen those of all other sites",
        ),
        ("bootstrap", "those bootstrap samples that missed them"),
    ],
)
def test_why_predictions_hang_on_one_another(page, configured, scheme, words):
    text = " ".join(page(config=configured(f"validation={scheme}")).text.split())
    assert words in text
    assert ("nearly all the others" in text) == (scheme == "loocv")
    assert ("was measured for leave-one-out" in text) == (scheme != "loocv")


def test_a_run_without_any_model_says_why_at_once(page, metrics, predictions, folds, selections):
    nothing = dict.fromkeys(("hazard_ratio", "hazard_ratio_low", "hazard_ratio_high", "log_rank_p"))
    seen = page(
        metrics=metrics | nothing | {"n_null_folds": 40, "n_short": 0, "n_long": 40},
        predictions=predictions.assign(group="long", risk=0.0, threshold=0.0),
        folds=folds.assign(n_concordant=0, n_kept=0, n_nonzero=0),
        selections=selections.iloc[:0],
    )
    assert "no feature reached C ≥ 0.685 in 40 of 40 folds" in seen.text.split("Survival of the predicted groups")[1]
    assert "not available: no model tells patients apart, so there is only one group" in seen.text


def test_folds_without_a_model_have_two_causes(page):
    assert "No feature survived reduction there, or the penalty λ set every coefficient to 0" in page().text


def test_the_unit_of_the_times_is_in_the_header(page, predictions):
    assert f"to {number(predictions['time'].max())} days (cohort.time_unit)" in page().text


def test_a_note_of_two_stages_is_shown_once(page, noted):
    same = "random weights"
    said = noted("deep", notes=[same])
    twice = {**said.stages, "attribution": StageRecord(notes=[same])}
    assert page(provenance=said.model_copy(update={"stages": twice})).text.count(same) == 1


def test_banners(page, cohort, configured):
    assert page().banners() == []
    assert "SIMULATED" not in page().text
    simulated = page(cohort=cohort.assign(simulated=True))
    assert simulated.banners() == ["simulated"]
    # The page itself, its title, and each of the four figures.
    assert simulated.text.count("SIMULATED") == 6
    assert page(config=configured("backbone.weights=random")).banners() == ["random"]
    flat = page(config=configured("search=flat"))
    assert flat.banners() == ["random"]
    assert "FLAT SEARCH, OPTIMISTIC" in flat.text


def test_every_excluded_patient_is_named_with_stage_and_reason(page, qc):
    seen = page()
    for row in qc[qc["status"] == "excluded"].itertuples():
        assert row.patient_id + row.stage + row.reason in seen.text
    assert (
        re.sub(r"\s+", " ", seen.text).count(
            "43 in the cohort table 1 excluded at cohort 2 excluded at radiomics 40 analysed"
        )
        == 1
    )
    assert "P007radiomics5 grey levels of 16" in seen.text


def test_nobody_excluded(page, qc):
    assert "No patient was excluded." in page(qc=qc.iloc[:40]).text


def test_baseline_counts(page, cohort, predictions):
    merged = cohort.merge(predictions, on="patient_id")
    women = [merged, *(merged[merged["group"] == name] for name in ("short", "long"))]
    cells = "".join(f"{(rows['sex'] == 'F').sum()} ({percent((rows['sex'] == 'F').mean())})" for rows in women)
    assert f"sex: F{cells}" in page().text.replace("\n", "")


def test_no_feature_in_any_fold(page, selections):
    seen = page(selections=selections.iloc[:0])
    assert "No feature survived reduction in any of the 40 folds" in seen.text
    assert "figure selection" not in seen.values("class")


EARLY = ["patient_flow", "stage_notes", "run_record", "run_again"]


def test_a_run_that_stopped_early_has_the_sections_it_can_fill(page):
    early = page(predictions=None, selections=None, metrics=None)
    assert [name for name in early.values("id") if "-" not in name] == EARLY
    bare = page(predictions=None, selections=None, metrics=None, qc=None, cohort=None, provenance=None, execution=None)
    assert bare.values("id") == EARLY[2:]
    assert "The command of this run was not recorded." in bare.text


def test_repeats_are_told_apart(page, predictions, selections, folds):
    twice = pd.concat([predictions, predictions.assign(repeat=1)])
    both = pd.concat([folds, folds.assign(repeat=1)])
    seen = page(predictions=twice, selections=pd.concat([selections, selections.assign(repeat=1)]), folds=both)
    assert "Drawn from the first of 2 repeats." in seen.text
    assert "Every fold (80)" in seen.text


def test_weights_and_notes_are_named(page):
    seen = page()
    assert f"efficientnet_lite0, weights: imagenet, SHA-256 {'cd' * 32}" in seen.text
    assert "batch size halved to 8: not enough memory" in seen.text


def test_uncommitted_changes_are_admitted(page, execution):
    seen = page(execution=execution.model_copy(update={"git_dirty": True}))
    assert "(with uncommitted changes)" in seen.text
    assert "the commit alone does not bring this run back" in seen.text
    assert f"git checkout {execution.git_commit}\nuv sync --frozen\nradsurv run cohort=demo seed=0" in seen.text


def test_results_that_came_without_a_record_of_the_run_say_so(page, provenance):
    recorded, brought = page().text, page(execution=None).text
    said = "not recorded on this page, so that the same results make the same page"
    assert said in brought
    assert f"git log -S {provenance.predictions_md5} -- dvc.lock" in brought
    for told in (said, "git log -S"):
        assert told not in recorded
    for gone in ("numpy 2.4.0", "Linux-x86_64", "2026-01-02", "git checkout"):
        assert gone in recorded
        assert gone not in brought


def test_the_demo_is_fetched_before_it_is_run_again(page, configured):
    assert "dvc pull" not in page().text
    assert "uv sync --frozen\ndvc pull data.dvc\nradsurv run" in page(config=configured("cohort=demo")).text


ELSEWHERE = """
import sys
from pathlib import Path
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
import radsurv.report.tracking
sys.stdout.buffer.write(render(Experiment.load(Path(sys.argv[1]))).encode())
assert {"wandb", "matplotlib.pyplot"}.isdisjoint(sys.modules)
"""


@pytest.mark.slow
def test_same_run_same_bytes_in_another_process(make_run, laid_out):
    run_dir = make_run()
    source = render(Experiment.load(run_dir))
    assert render(Experiment.load(run_dir)) == source
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    command = [sys.executable, "-c", ELSEWHERE, run_dir]
    elsewhere = subprocess.run(command, env=environment, check=True, capture_output=True)
    assert elsewhere.stdout.decode() == source


def test_a_forest_has_no_coefficients(page, configured, selections, folds, metrics):
    forest = page(
        config=configured("model=rsf"), selections=selections.assign(coefficient=np.nan), metrics=metrics,
        folds=folds.assign(n_nonzero=folds["n_kept"], penalty=np.nan),
    )  # fmt: skip
    for words in ("elastic", "+nan", "Non-zero", "non-zero", "coefficient", "got a weight", "raises the risk", "λ"):
        assert words not in forest.text.split("Configuration and provenance")[-2], words
    assert "random survival forest, 100 trees" in forest.text
    assert "median_nonzero" not in forest.metrics
    assert {"figure selection", "figure fold-counts"} <= set(forest.values("class"))
    assert "Non-zero" in page().text


def test_without_a_reduction_the_header_says_so(page, configured):
    assert "Reductionnone: every feature that varies stays" in page(config=configured("reduction=none")).text.replace(
        "\n", ""
    )


def test_the_same_bytes_are_promised_on_the_same_device_only(page):
    said = " ".join(page().text.split())
    assert (
        "With the same inputs, seed and packages, on the same device, the tables come out identical, byte for byte."
        in said
    )


def test_a_long_name_of_a_row_is_broken_as_a_long_cell_is():
    """Patients, features and files may have names of any length, and stand in the heads of their rows."""
    templates = Path(radsurv.report.__file__).parent / "templates"
    (rule,) = re.findall(
        r"^(.*)\{ overflow-wrap: anywhere; \}$", (templates / "report.css").read_text("utf-8"), re.MULTILINE
    )
    ruled = {selector.strip() for selector in rule.split(",")}
    partials = "".join(path.read_text("utf-8") for path in (templates / "page").glob("*.j2"))
    assert (
        {f"{tag}.long" for tag in re.findall(r'<(\w+)[^>]* class="long"', partials)} == {"th.long", "td.long"} == ruled
    )
