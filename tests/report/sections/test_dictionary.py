"""The dictionary holds every selected hand-crafted column once, and nothing else."""

import pytest

from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.sections.dictionary import dictionary

QUANTIZATION = {"algorithms": ["equal", "uniform"], "levels": [16, 32], "scales": ["native", 1.0], "outlier_sd": 3.0}


@pytest.fixture
def experiment(make_run, config):
    def make(folder, **changes):
        return Experiment.load(make_run(folder, config=config | {"quantization": QUANTIZATION} | changes))

    return make


def test_every_selected_column_is_explained_once(experiment):
    run = experiment("run")
    section = dictionary(run)
    rows = {row["feature"]: row for row in section.values["rows"]}
    # The fourth hand-crafted name of the fixture is not a column of this configuration.
    assert list(rows) == ["shape_Volume", "histogram_Variance", "glcm_Correlation"]
    assert section.values["n_selected"] == 3
    assert rows["shape_Volume"]["configurations"] == ""
    assert rows["shape_Volume"]["unit"] == "mm³"
    assert rows["glcm_Correlation"]["configurations"] == "equal16_1mm"
    assert rows["histogram_Variance"]["meaning"]
    assert section.values["n_known"] == 348


def test_it_names_the_command_for_all_columns_of_this_run(experiment, provenance):
    page = render(experiment("plain"))
    assert "<pre>radsurv describe-features --csv features.csv</pre>" in page
    assert "docs/radiomics.md" in page
    provenance["command"] = "radsurv run cohort=demo radiomics=vallieres 'quantization.levels=[16, 32]'"
    run = Experiment(experiment("own").config, {}, provenance, selections=experiment("same").selections)
    command = dictionary(run).values["command"]
    assert command == "radsurv describe-features --csv features.csv radiomics=vallieres 'quantization.levels=[16, 32]'"
    provenance["command"] = "radsurv run cohort='"
    assert dictionary(run).values["command"] == "radsurv describe-features --csv features.csv"


def test_no_dictionary_where_nothing_hand_crafted_was_offered_or_selected(experiment, make_run, config, selections):
    assert dictionary(experiment("none", radiomics={"definition": "none"})) is None
    assert dictionary(experiment("ready", cohort=config["cohort"] | {"features": "table.csv"})) is None
    deep = selections[selections["feature"].str.contains("pool")]
    folder = make_run("deep", config=config | {"quantization": QUANTIZATION}, selections=deep)
    assert dictionary(Experiment.load(folder)) is None
