"""How far predictions change, on the page."""

import pandas as pd

from radsurv.catalogue.tables import INSTABILITY
from radsurv.report.figures.instability_plot import instability_figure
from radsurv.report.html import render
from radsurv.report.page.instability import Instability

PATIENTS = pd.DataFrame(
    [
        ("SECRET-1", 300.0, 0.2, 0.1, 0.5, 0.10, 0.05),
        ("SECRET-2", 300.0, 0.5, 0.2, 0.8, 0.15, 0.40),
        ("SECRET-3", 300.0, 0.9, 0.7, 1.0, 0.05, 0.20),
    ],
    columns=list(INSTABILITY.columns),
)


def test_numbers_and_points_are_those_of_the_table_and_nobody_is_named(load):
    experiment = load(instability=PATIENTS)
    section = Instability.of(experiment)
    assert (section.mape, section.median_range, section.horizon) == ("10.0", "40", "300")
    assert section.other_group == "22\N{NO-BREAK SPACE}%"
    assert (section.n_unsteady, section.n_patients) == ("2", "3")
    assert not section.alike
    page = render(experiment)
    assert "SECRET" not in page[page.index('<section id="instability"') :].partition("</section>")[0]
    left, right = instability_figure(PATIENTS).axes
    assert [segment.tolist() for segment in left.collections[0].get_segments()][1] == [[0.5, 0.2], [0.5, 0.8]]
    assert right.lines[0].get_ydata().tolist() == [0.05, 0.40, 0.20]


def test_a_model_without_features_is_called_one(load):
    experiment = load(instability=PATIENTS.assign(survival=0.6))
    assert Instability.of(experiment).alike
    assert "uses no feature" in render(experiment)
    assert Instability.of(load()) is None
