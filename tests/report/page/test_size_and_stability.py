"""Sample size and steadiness on the page."""

import pytest

from radsurv.report.page.size_and_stability import SizeAndStability


@pytest.fixture
def rows(load, metrics):
    def of(**changes):
        section = SizeAndStability.of(load(metrics=metrics | changes))
        return None if section is None else {row.what: row.value for row in section.rows}

    return of


def test_counts_of_the_run(rows):
    """40 patients, 33 events, 1,628 features, 4 of them in a model."""
    found = rows()
    assert found["Events per candidate feature"] == "0.0203"
    assert found["Events per feature used"] == "8.25"


def test_patients_and_candidates_by_hand(rows):
    """Largest R² 1 − exp(2·(.825·ln .825 − .825)) = .8602, so R² .1290; at a slope of .9 0.0154742 candidates per patient."""
    found = rows()
    assert found["Candidates that these patients bear"] == "0"
    assert found["Patients that these candidates need"] == "105,208"


def test_limits_of_agreement_only_where_they_were_computed(rows):
    what = "Agreement of training sets on features"
    assert rows(selection_stability=0.5)[what] == "0.50"
    bounds = {"selection_stability_low": 0.4, "selection_stability_high": 0.6}
    assert rows(selection_stability=0.5, **bounds)[what] == "0.50 (0.40 to 0.60)"
    assert what not in rows()


def test_agreement_on_groups_where_there_is_any(rows):
    what = "Agreement, features that say the same as one"
    assert rows(selection_stability_groups=0.625)[what] == "0.62"
    assert what not in rows()


def test_nothing_of_patients_who_were_not_counted(rows):
    assert rows(n_events=None) is None
