"""The model of all patients: whole in one JSON file, and the same as a fit by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from sksurv.metrics import concordance_index_censored

from radsurv.config import validate
from radsurv.features.feature_table import complete
from radsurv.stages.analysis import Analysis, protocol_of
from radsurv.stages.compose import compose
from radsurv.stages.final_model import model_of_everybody
from radsurv.survival.model import SurvivalModel
from radsurv.survival.outcome import check_outcome
from radsurv.validation.patients import patients_of
from radsurv.validation.protocol import Resources


@pytest.fixture
def patients():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 6))
    time = np.round(np.exp(5 - values[:, 0] + 0.3 * rng.normal(size=40))) + 1
    table = pd.DataFrame(values, columns=[f"f{number}" for number in range(6)])
    table.insert(0, "patient_id", [f"P{number:02d}" for number in range(40)])
    return table, check_outcome(time, np.arange(40) % 5 > 0)


def stored_model(patients, *overrides):
    config = validate(compose(["reduction.cindex=0.6", *overrides]))
    table, outcome = patients
    cohort = table[["patient_id"]].assign(time=outcome.time, event=outcome.event, simulated=False)
    analysis = Analysis(patients_of(table, cohort), cohort, complete(table, 0.1))
    return model_of_everybody(config, analysis, protocol_of(config, config.validation), Resources())[0].model_dump(
        mode="json"
    )


def test_the_file_alone_scores_patients(patients):
    stored = stored_model(patients)
    table, outcome = patients
    model = SurvivalModel.from_dict(stored["model"], [str(name) for name in table.columns[1:]])
    score = model.score(table.iloc[:, 1:].to_numpy())
    assert concordance_index_censored(outcome.event, outcome.time, score)[0] > 0.8
    assert model.threshold == pytest.approx(np.median(score))
    assert stored["model"]["features"][0] == "f0"
    assert (stored["n_patients"], stored["n_events"]) == (40, 32)
    assert "tracking" not in stored["config"]


def test_a_searched_group_restricts_the_features(patients):
    grid = ("search=optuna", "search.sampler=grid", "search.cindex=[0.5]", "search.pearson=[0.9]", "search.alpha=[0.1]")
    stored = stored_model(patients, *grid, "search.features={late: ['f[345]']}")
    assert set(stored["model"]["features"]) <= {"f3", "f4", "f5"}
    assert stored["config"]["search"]["features"] == {"late": ["f[345]"]}


def test_the_hash_knows_the_training_table(patients):
    first = stored_model(patients)
    assert stored_model(patients) == first
    table, outcome = patients
    table.loc[3, "f5"] += 1e-9
    assert stored_model((table, outcome))["training_table"] != first["training_table"]


def test_the_file_tells_neither_where_files_are_nor_who_was_selected(patients, tmp_path):
    where = tmp_path / "Mueller"
    told = stored_model(
        patients,
        *(f"cohort.table={where}/clinical.csv", f"cohort.features={where}/features.csv", "cohort.name=study"),
        *(f"run_dir={where}/out", f"compute.cache_dir={where}/cache"),
        "cohort.select={patient_id: [P00, P01], sex: [F]}",
        "cohort.values={patient_id: {Hans: P00}, sex: {w: F}}",
    )
    text = json.dumps(told)
    assert not any(word in text for word in ("Mueller", str(tmp_path), "P00", "P01", "Hans"))
    config = told["config"]
    assert (config["cohort"]["table"], config["cohort"]["features"]) == ("clinical.csv", "features.csv")
    assert config["cohort"]["select"] == {"sex": ["F"]}
    assert config["cohort"]["values"] == {"sex": {"w": "F"}}


def test_a_model_of_covariates_alone_has_no_hash_of_a_single_patient(patients):
    """Age, sex and site could be tried out until the hash is met."""
    table, outcome = patients
    assert len(stored_model(patients)["training_rows"]) == 40
    covariates = table.rename(columns={f"f{number}": f"clinical_{number}" for number in range(6)})
    alone = stored_model((covariates, outcome))
    assert alone["training_rows"] == []
    assert alone["training_ids"] == stored_model(patients)["training_ids"]
    beside = stored_model((covariates.rename(columns={"clinical_0": "f0"}), outcome))
    assert "f0" in beside["model"]["features"]
    assert len(beside["training_rows"]) == 40
