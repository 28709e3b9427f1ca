"""Features on another scale are refused; patients beyond what a model has seen are named."""

from types import SimpleNamespace

import numpy as np
import pytest
import toys

from radsurv.catalogue.tables import DISTANCE
from radsurv.errors import CohortError
from radsurv.survival.model import SurvivalModel
from radsurv.validation.distance_from_training import DistanceFromTraining, no_distance
from radsurv.validation.learned_model import LearnedModel

# Trained on features with means 10, 0, 0.1 and SDs 2, 1, 0.3; the second has no weight.
MODEL = SurvivalModel(
    np.arange(3), np.ones(3), np.array([10.0, 0.0, 0.1]), np.array([2.0, 1.0, 0.3]), np.array([0.5, 0.0, -1.0]), 0.1, 0.0,
    np.array([1.0]), np.array([0.1]),
)  # fmt: skip
APPLIED = SimpleNamespace(model=MODEL, used=["glcm_a", "clinical_b"], learned=LearnedModel((), MODEL))


def distance(values) -> DistanceFromTraining:
    values = np.asarray(values, dtype=float)
    patients = toys.patients(values, np.arange(1, len(values) + 1), np.ones(len(values), bool))
    return DistanceFromTraining.of(APPLIED, patients.ids, patients.measured)


def rows(first, label=0.0):
    return [[value, 1e6, label] for value in first]


def test_median_spread_and_count_by_hand():
    found = distance([*rows([8, 10, 12, 14, 16]), [24, 0, 1]])
    table = found.table.set_index("feature")
    # Medians 13 and 0: (13 − 10) / 2 and (0 − 0.1) / 0.3; deviations from 13 are 5, 3, 1, 1, 3, 11, their median 3.
    assert table.loc["glcm_a"].drop(["other_scale"]).tolist() == pytest.approx([1.5, 1.4826 * 3 / 2, 1], rel=1e-4)
    assert table.loc["clinical_b", "median"] == pytest.approx(-1 / 3)
    assert table.index.tolist() == ["glcm_a", "clinical_b"]  # the farther median first
    assert not table["other_scale"].any()
    said = found.finding(accept=False)
    assert said.metrics == {"external_out_of_range": 1}
    assert list(found.out_of_range()) == [found.ids[5]]
    assert "1 of 2 features of the model lie more than 5 SD" in found.out_of_range()[found.ids[5]]
    assert "glcm_a the farthest (+7 SD)" in found.out_of_range()[found.ids[5]]


@pytest.mark.parametrize("factor", [1000, 0.001, -20])
def test_another_scale_is_refused_by_name_unless_accepted(factor):
    found = distance(rows(np.array([8, 9, 10, 11, 12, 13]) * factor))
    with pytest.raises(
        CohortError, match=r"1 of 2 features .* another scale here: glcm_a \(median .*accept_shift=true"
    ):
        found.finding(accept=False)
    assert "accepted" in found.finding(accept=True).notes[0]


def test_one_patient_far_away_is_no_other_scale():
    found = distance(rows([8, 9, 10, 11, 12, 13, 1e6]))
    assert found.finding(accept=False).metrics["external_out_of_range"] == 1


def test_a_rare_label_is_nothing_new():
    # A label of 2 % of the training patients: 1 lies 7 SD from its mean.
    rare = SurvivalModel(
        np.arange(1), np.ones(1), np.array([0.02]), np.array([0.14]), np.ones(1), 0.1, 0.0, np.array([1.0]), np.array([0.1])
    )  # fmt: skip
    applied = SimpleNamespace(model=rare, used=["clinical_b"], learned=LearnedModel((), rare))
    patients = toys.patients(np.ones((6, 1)), np.arange(1, 7), np.ones(6, bool))
    found = DistanceFromTraining.of(applied, patients.ids, patients.measured)
    assert found.z[0, 0] == pytest.approx(7)
    assert found.finding(accept=False).metrics == {"external_out_of_range": 0}


def test_a_null_model_is_far_from_nobody():
    nothing = SurvivalModel(*[np.zeros(0, int)] + [np.zeros(0)] * 4, 0.1, 0.0, np.zeros(0), np.zeros(0))
    applied = SimpleNamespace(model=nothing, used=[], learned=LearnedModel((), nothing))
    patients = toys.patients(np.ones((6, 1)), np.arange(1, 7), np.ones(6, bool))
    found = DistanceFromTraining.of(applied, patients.ids, patients.measured).finding(accept=False)
    assert found.tables[DISTANCE].empty
    assert found.metrics == {"external_out_of_range": 0}
    assert list(no_distance().tables[DISTANCE]) == list(found.tables[DISTANCE]) == list(DISTANCE.columns)
