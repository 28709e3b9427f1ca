"""The section on readings: its numbers are those of the table, and it is not there without one."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import PREDICTIONS, SELECTIONS, STABILITY
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.page.reader_agreement import Quartiles, ReaderAgreement


@pytest.fixture
def table(selections):
    names = ["glcm_Energy_equal16_1mm", "vgg19_fc1_0000", *sorted(set(selections["feature"]))]
    icc2 = [np.nan, 0.05, *np.linspace(0.4, 0.9, len(names) - 2)]
    return pd.DataFrame({"feature": names, "icc2": icc2, "icc3": icc2, "n_patients": 39, "n_readings": 2})


@pytest.fixture
def experiment(load, configured, table):
    """A run with a table of agreement, and some options replaced."""

    def make(*overrides, stability=table, **changes):
        return load(config=configured(*(overrides or ["roi.reader=both"])), stability=stability, **changes)

    return make


def test_numbers_are_those_of_the_table(experiment, selections, table):
    section = ReaderAgreement.of(experiment())
    assert section.title == "Agreement of readers"
    assert section.overall.n == "12"
    assert section.overall.median == f"{np.nanmedian(table['icc2']):.2f}"
    survived = table.set_index("feature").loc[sorted(set(selections["feature"])), "icc2"]
    assert section.selected.median == f"{survived.median():.2f}"
    assert section.n_without == 1
    # Of 0.05 and eleven values from 0.4 to 0.9 in steps of 0.05: at places 2.75, 5.5 and 8.25 from 0 on.
    assert section.overall == Quartiles(n="12", median="0.62", low="0.49", high="0.76")
    first = section.rows[0]
    assert first.icc2 == f"{survived[first.name]:.2f}"
    ElementTree.fromstring(section.figure)


def test_the_page_says_which_readings_and_whether_they_were_used(experiment):
    readers = render(experiment())
    assert "Every feature of 39 patients was computed from two readers' outlines." in readers
    assert "The agreement played no part in the models" in readers
    perturbed = render(experiment("roi.perturbations=1", "reduction.icc=0.75"))
    assert "Agreement of perturbed outlines" in perturbed
    assert "from 1 randomly perturbed\noutline (" in perturbed
    assert "was below 0.75 took no part" in perturbed


def test_a_finished_model_has_a_reduction_of_its_own(experiment):
    page = render(experiment("validation=external", "validation.model=A/model.json", "roi.reader=both"))
    assert "Agreement of readers" in page
    assert "The agreement played no part" not in page
    assert "took no part in the reduction" not in page


def test_a_forest_has_no_share_of_coefficients(experiment):
    page = render(experiment("roi.reader=both", "model=rsf"))
    assert "Non-zero" not in page
    assert "The features most often selected" in page


def test_without_a_table_there_is_no_section(experiment, table, load):
    assert ReaderAgreement.of(load()) is None
    assert ReaderAgreement.of(experiment(stability=table.iloc[:0])) is None
    assert ReaderAgreement.of(experiment(stability=table.assign(icc2=np.nan))) is None


def test_a_run_without_selections_shows_the_families_alone(config, table, predictions, selections):
    nothing = Experiment(config, read={STABILITY: table}.get)
    assert ReaderAgreement.of(nothing).selected is None
    tables = {STABILITY: table, PREDICTIONS: predictions, SELECTIONS: selections.iloc[:0]}
    empty = ReaderAgreement.of(Experiment(config, read=tables.get))
    assert empty.rows == ()
    assert "efficientnet_lite0_pool" in empty.families
