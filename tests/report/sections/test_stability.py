"""The section on readings: its numbers are those of the table, and it is not there without one."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.sections.stability import stability


@pytest.fixture
def table(selections):
    names = ["glcm_Energy_equal16_1mm", "vgg19_fc1_0000", *sorted(set(selections["feature"]))]
    icc2 = [np.nan, 0.05, *np.linspace(0.4, 0.9, len(names) - 2)]
    return pd.DataFrame({"feature": names, "icc2": icc2, "icc3": icc2, "n_patients": 39, "n_readings": 2})


@pytest.fixture
def experiment(make_run, config, table):
    """A run with a table of agreement, and some options replaced."""
    folders = iter(range(9))

    def make(stability=table, **roi):
        config["roi"] = {"reader": "both", "perturbations": 0} | roi
        run_dir = make_run(f"run{next(folders)}", config=config)
        stability.to_parquet(run_dir / "stability.parquet", index=False)
        return Experiment.load(run_dir)

    return make


def test_numbers_are_those_of_the_table(experiment, selections, table):
    section = stability(experiment())
    assert section.title == "Agreement of readers"
    assert section.values["overall"]["n"] == "12"
    assert section.values["overall"]["median"] == f"{np.nanmedian(table['icc2']):.2f}"
    survived = table.set_index("feature").loc[sorted(set(selections["feature"])), "icc2"]
    assert section.values["selected"]["median"] == f"{survived.median():.2f}"
    assert section.values["n_without"] == 1
    first = section.values["rows"][0]
    assert first["icc2"] == f"{survived[first['feature']]:.2f}"
    ElementTree.fromstring(section.values["figure"])


def test_the_page_says_which_readings_and_whether_they_were_used(experiment, config):
    readers = render(experiment())
    assert "Every feature of 39 patients was computed from two readers' outlines." in readers
    assert "The agreement played no part in the models" in readers
    config["reduction"]["icc"] = 0.75
    perturbed = render(experiment(reader=1, perturbations=1))
    assert "Agreement of perturbed outlines" in perturbed
    assert "from 1 randomly perturbed\noutline (" in perturbed
    assert "was below 0.75 took no part" in perturbed


def test_without_a_table_there_is_no_section(experiment, table, make_run):
    assert stability(Experiment.load(make_run())) is None
    assert stability(experiment(table.iloc[:0])) is None
    assert stability(experiment(table.assign(icc2=np.nan))) is None


def test_a_run_without_selections_shows_the_families_alone(experiment, selections):
    run = experiment()
    nothing = Experiment(run.config, {}, {}, stability=run.stability)
    assert stability(nothing).values["selected"] is None
    empty = Experiment(
        run.config, {}, {}, predictions=run.predictions, selections=selections.iloc[:0], stability=run.stability
    )
    assert stability(empty).values["rows"] == []
    assert "efficientnet_lite0_pool" in stability(empty).values["families"]
