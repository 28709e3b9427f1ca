"""How far patients lie from those of the applied model, on the page."""

import pandas as pd

from radsurv.catalogue.tables import DISTANCE
from radsurv.report.html import render
from radsurv.report.page.beside_training import BesideTraining, Feature


def test_the_farthest_features_and_how_many_patients(load, metrics):
    rows = [("glcm <b>", -12.345, 0.5, 4, True), *((f"f{n}", 0.1, 1.0, 0, False) for n in range(16))]
    table = pd.DataFrame(rows, columns=list(DISTANCE.columns))
    experiment = load(distance_from_training=table, metrics=metrics | {"external_out_of_range": 4})
    section = BesideTraining.of(experiment)
    assert section.rows[0] == Feature("glcm <b>", "−12.35", "0.50", 4, True)
    assert (len(section.rows), section.hidden, section.out_of_range, section.n_patients) == (15, 2, 4, 40)
    page = " ".join(render(experiment).split())
    assert "4 of 40 patients" in page
    assert "glcm &lt;b&gt; <strong>(another scale)</strong>" in page
    assert "2 more features lie nearer" in page


def test_nothing_without_a_finished_model(load):
    assert BesideTraining.of(load()) is None
