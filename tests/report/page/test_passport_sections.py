"""The sections of the passport: what they show of a look at a cohort, and that a run's report has none of them."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from radsurv.catalogue.checks import Check
from radsurv.catalogue.record import Provenance, StageRecord
from radsurv.catalogue.tables import COHORT
from radsurv.report.experiment import Experiment
from radsurv.report.html import SECTIONS, render
from radsurv.report.inspection import Inspection
from radsurv.report.page.acquisition import MOST_SITES, Acquisition
from radsurv.report.page.check_findings import CheckFindings
from radsurv.report.page.contact_sheet import ContactSheet
from radsurv.report.page_section import PASSPORT_ONLY
from radsurv.roi.section_view import section_view

HOSTILE = "\"><img src=x onerror=alert('$x$')> {{ 7 * 7 }}"
IDS = ["P1", HOSTILE, "P3"]


def view(seed):
    rng = np.random.default_rng(seed)
    traced = np.zeros((60, 50), dtype=bool)
    traced[20:30, 10:30] = True
    return section_view(rng.uniform(0, 9, traced.shape), traced, (1.0, 1.0))


@pytest.fixture
def experiment(configured):
    """Three patients, one with a hostile name, who is marked."""
    seen = pd.DataFrame(
        {"patient_id": IDS, "site": ["A", HOSTILE, None], "in_plane_mm": [0.5, 1.0, 1.0], "slice_mm": 5.0, "tumour": [9.0, 8, 7],
         "contrast": [0.1, np.nan, 0.3]}
    )  # fmt: skip
    checks = [
        Check(patient_id="P3", column="time", severity="error", what="line 4 has 'x'", remedy="expected a number"),
        Check(patient_id=HOSTILE, severity="outlier", what=f"odd {HOSTILE}", remedy="look"),
        Check(patient_id="P1", severity="warning", what="only few levels"),
        Check(severity="note", what="a note of the stage"),
        Check(column="age", severity="note", what="empty for 1"),
    ]
    qc = pd.DataFrame(
        [
            ("P1", "included", "cohort", ""),
            ("P1", "warning", "cohort", "only few levels"),
            ("P3", "excluded", "cohort", "time"),
        ],
        columns=["patient_id", "status", "stage", "reason"],
    )
    cohort = pd.DataFrame({"patient_id": IDS, "time": [3.0, 4.0, 9.0], "event": [1, 0, 1], "sex": [HOSTILE, "F", "F"]})
    return Experiment(
        config=configured(),
        provenance=Provenance(radsurv="1", stages={"cohort": StageRecord(notes=["a note of the stage"])}),
        qc=qc,
        read={COHORT: cohort}.get,
        inspection=Inspection(
            tuple(checks),
            seen,
            dict(zip(IDS, map(view, range(3)), strict=True)),
            {"equal16_native": np.full(16, 1 / 16)},
        ),
    )


def test_every_section_of_the_passport_is_filled_and_nothing_is_loaded(experiment):
    page = render(experiment, "passport")
    own = {kind.name() for kind in SECTIONS if "passport" in kind.pages}
    assert set(re.findall(r'<section id="([^"]+)"', page)) == own
    assert len(own) == 7
    assert set(re.findall(r'(?:src|href)="([^#"][^"]{9})', page)) == {"data:image"}
    assert not re.search(r"https?://|@import|<script|<img|\{\{|\$x\$\)'>", page.replace("{{ 7 * 7 }}", ""))
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert render(experiment, "passport") == page


def test_a_report_has_none_of_them(experiment, load):
    assert all(kind.of(load()) is None for kind in SECTIONS if kind.pages == PASSPORT_ONLY)


def test_findings_that_stand_elsewhere_are_counted_and_not_repeated(experiment):
    found = CheckFindings.of(experiment)
    assert not found.can_start
    assert {kind.severity: (kind.count, [check.what for check in kind.shown]) for kind in found.kinds} == {
        "error": (1, ["line 4 has 'x'"]),
        "excluded": (0, []),
        "warning": (1, []),
        "outlier": (1, [f"odd {HOSTILE}"]),
        "note": (2, ["empty for 1"]),
    }
    assert found.some_below
    assert len({kind.sign for kind in found.kinds}) == 5


def test_pictures_are_in_the_order_of_the_cohort_with_their_marks(experiment):
    sheet = ContactSheet.of(experiment)
    assert [picture.patient_id for picture in sheet.pictures] == IDS
    assert [list(picture.reasons) for picture in sheet.pictures] == [[], [f"odd {HOSTILE}"], []]
    assert sheet.n_marked == 1
    for picture, seen in zip(sheet.pictures, experiment.inspection.views.values(), strict=True):
        kind, _, data = picture.data.partition(",")
        assert kind == "data:image/jpeg;base64"
        gray = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), dtype=float)
        assert gray.shape == seen.gray.shape == (picture.height, picture.width)
        assert np.abs(gray - seen.gray).mean() < 12  # JPEG of noise
        points = np.array([pair.split() for pair in re.split("[MLZ]", picture.outline) if pair], dtype=float)
        left, top, across, down = picture.box
        np.testing.assert_allclose(
            [points.min(axis=0), points.max(axis=0)], [[left, top], [left + across, top + down]], atol=0.11
        )


def test_five_hundred_patients_fit_on_a_page(experiment):
    """Noise, which JPEG can do least with, is the worst case."""
    many = {f"P{number}": view(number) for number in range(20)}
    sheet = ContactSheet.of(replace(experiment, inspection=replace(experiment.inspection, views=many)))
    assert 500 / 20 * sum(len(picture.data) + len(picture.outline) for picture in sheet.pictures) < 10e6


def test_small_sites_are_gathered(experiment):
    n_sites = MOST_SITES + 5
    seen = (
        experiment.inspection.seen.iloc[:1]
        .drop(columns=["patient_id", "site"])
        .loc[[0] * (2 * n_sites)]
        .reset_index(drop=True)
    )
    sites = [f"S{number % n_sites:02d}" for number in range(2 * n_sites)]
    ids = [f"P{number}" for number in range(2 * n_sites)]
    many = replace(experiment.inspection, seen=seen.assign(site=sites, patient_id=ids))
    found = Acquisition.of(replace(experiment, inspection=many))
    assert (found.n_sites, found.n_gathered) == (n_sites, 5)
    assert "other sites" in found.panels
    without = replace(experiment.inspection, seen=experiment.inspection.seen.drop(columns="site"))
    assert Acquisition.of(replace(experiment, inspection=without)).n_sites == 1


def test_without_images_there_is_nothing_to_show(experiment):
    bare = replace(experiment, inspection=Inspection(experiment.inspection.checks))
    names = set(re.findall(r'<section id="([^"]+)"', render(bare, "passport")))
    assert names == {"check_findings", "patient_flow", "cohort_survival", "stage_notes"}
    nothing = replace(bare, qc=None, read=lambda _: None, provenance=Provenance())
    assert re.findall(r'<section id="([^"]+)"', render(nothing, "passport")) == ["check_findings"]
