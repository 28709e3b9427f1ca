"""A finished model on other patients, from the command line to the report."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from lifelines import KaplanMeierFitter
from sksurv.metrics import brier_score, concordance_index_censored
from sksurv.util import Surv

from radsurv.cli import main
from radsurv.config import validate
from radsurv.errors import CohortError, ConfigError
from radsurv.stages import pipeline
from radsurv.stages.compose import compose
from radsurv.stages.stored_model import sealed
from radsurv.validation import bootstrap_interval

QUICK = ("tracking=none", "radiomics=none", "backbone=none", "cohort.covariates=[sex]", "reduction.cindex=0.55")


def make_cohort(folder: Path, n_patients: int, seed: int, share_m: float) -> None:
    """Six features, of which the first matters; men die earlier, and are half of cohort A but more of B."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(n_patients, 6))
    sex = np.where(np.arange(n_patients) % 10 < 10 * share_m, "M", "F")
    log_time = 5 - values[:, 0] + 1.6 * (sex == "F") + 0.7 * generator.normal(size=n_patients)
    ids = [f"{folder.name}{number:02d}" for number in range(n_patients)]
    folder.mkdir()
    pd.DataFrame(
        {"patient_id": ids, "time": np.exp(log_time).round() + 1,
         "event": (generator.random(n_patients) < 0.8).astype(int), "sex": sex}
    ).to_csv(folder / "clinical.csv", index=False)  # fmt: skip
    features = pd.DataFrame(values, columns=[f"f{number}" for number in range(6)])
    features.insert(0, "patient_id", ids)
    features.to_csv(folder / "features.csv", index=False)


TABLES = ("cohort.table={0}/clinical.csv", "cohort.features={0}/features.csv")
EXTERNAL = ("validation=external", "validation.model=model.json", "until=significance", *QUICK)


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    """Cohorts A and B, the model of A, and its run on B in ``out``."""
    root = tmp_path_factory.mktemp("external")
    make_cohort(root / "A", 40, 3, 0.5)
    make_cohort(root / "B", 30, 4, 0.7)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        quick = ("validation=repeated_kfold", "validation.n_splits=2", "validation.repeats=1", "significance=naive")
        own = ("run_dir=runA", "until=evaluate", *quick, *QUICK)
        assert main(["run", *(option.format("A") for option in TABLES), *own]) == 0
        shutil.copy("runA/model.json", "model.json")
        permuted = ("significance=permutation", "significance.permutations=99")
        assert main(["run", *(option.format("B") for option in TABLES), *EXTERNAL, "run_dir=out", *permuted]) == 0
    return root


@pytest.fixture(scope="module")
def config():
    """As from the command line, without composing it each time."""
    return validate(
        compose([*(option.format("B") for option in TABLES), *EXTERNAL, "significance=naive", "run_dir=out"])
    )


@pytest.fixture
def here(applied, tmp_path, monkeypatch):
    """A copy of all that, for a test to spoil."""
    monkeypatch.chdir(shutil.copytree(applied, tmp_path / "copy"))


@pytest.fixture
def run(here, config, monkeypatch, capfd):
    """Apply the model again; returns what was said."""
    monkeypatch.setattr(bootstrap_interval, "DRAWS", 100)  # its limits are not looked at here

    def run(cohort: str = "B", **validation: str) -> str:
        tables = {"table": f"{cohort}/clinical.csv", "features": f"{cohort}/features.csv"}
        update = {
            "cohort": config.cohort.model_copy(update=tables),
            "validation": config.validation.model_copy(update=validation),
        }
        pipeline.run(config.model_copy(update=update))
        return capfd.readouterr().err

    return run


def edit(path: str, change) -> None:
    """Change a table, or the model."""
    file = Path(path)
    if file.suffix == ".json":
        content = json.loads(file.read_text("utf-8"))
        change(content)
        file.write_text(json.dumps(sealed(content)), "utf-8")
    else:
        table = pd.read_csv(file)
        change(table)
        table.to_csv(file, index=False)


def predicted() -> pd.DataFrame:
    return pd.read_parquet("out/predictions.parquet")


def by_hand(cohort: str = "B") -> tuple[pd.DataFrame, pd.Series, dict]:
    """Clinical table and risk of B, or A, from nothing but the two tables and the JSON file."""
    stored = json.loads(Path("model.json").read_text("utf-8"))
    table = pd.read_csv(f"{cohort}/clinical.csv").merge(pd.read_csv(f"{cohort}/features.csv"), on="patient_id")
    assert stored["covariates"] == {"sex": ["F", "M"]}
    table["clinical_sex_M"] = (table["sex"] == "M") * 1.0
    model = stored["model"]
    parts = zip(model["features"], model["mean"], model["sd"], model["coefficients"], strict=True)
    return table, sum((table[name] - mean) / sd * weight for name, mean, sd, weight in parts), stored


def test_predictions_are_the_models(here):
    table, risk, stored = by_hand()
    assert "clinical_sex_M" in stored["model"]["features"]  # B alone would make M the reference
    found = predicted()
    assert found["patient_id"].tolist() == table["patient_id"].tolist()
    np.testing.assert_allclose(found["risk"], risk, rtol=1e-12)
    assert set(found["threshold"]) == {stored["model"]["threshold"]}
    assert (found["group"] == "short").tolist() == (risk > stored["model"]["threshold"]).tolist()
    assert found[["fold", "repeat"]].drop_duplicates().to_numpy().tolist() == [[0, 0]]
    selected = pd.read_parquet("out/selections.parquet")
    assert selected["feature"].tolist() == stored["model"]["features"]
    assert selected["coefficient"].tolist() == stored["model"]["coefficients"]
    assert Path("out/model.json").read_bytes() == Path("model.json").read_bytes()


def test_metrics_of_an_external_run(here):
    metrics = json.loads(Path("out/metrics.json").read_text("utf-8"))
    assert (metrics["n_patients"], metrics["n_features"], metrics["external_known"]) == (30, 7, 0)
    assert "kfold_harrell_c" not in metrics
    assert metrics["permutation_p"] == 0.01
    tested = json.loads(Path("out/provenance/significance.json").read_text("utf-8"))
    assert any("the fixed predictions were compared 99 times on shuffled" in note for note in tested["notes"])
    evaluated = json.loads(Path("out/provenance/evaluate.json").read_text("utf-8"))
    assert evaluated["applied"]["n_patients"] == 40
    assert evaluated["applied"]["reduction"] == "MAD > 0, C ≥ 0.55, |r| ≤ 0.85"
    assert evaluated["applied"]["trained"] == "elastic-net Cox, α 0.1, λ min"


def test_accuracy_is_measured_against_the_curve_of_the_models_patients(here):
    table, risk, stored = by_hand()
    found = pd.read_parquet("out/horizons.parquet")
    times = found["horizon"].to_numpy()
    hazard = np.concatenate([[0], stored["model"]["cumulative_hazard"]])
    hazard = hazard[np.searchsorted(stored["model"]["event_times"], times, side="right")]
    survival = np.exp(-np.outer(np.exp(risk), hazard))
    # Whole days: who is censored on the day of an event, and a horizon on it, comes after the event.
    truth = Surv.from_arrays(table["event"] == 1, table["time"] + 0.25 * (table["event"] == 0))
    np.testing.assert_allclose(found["brier"], brier_score(truth, truth, survival, times + 0.5)[1], rtol=1e-10)
    training = pd.read_csv("A/clinical.csv")
    curve = KaplanMeierFitter().fit(training["time"], training["event"]).predict(times).to_numpy()
    expected = brier_score(truth, truth, np.tile(curve, (30, 1)), times + 0.5)[1]
    np.testing.assert_allclose(found["brier_km"], expected, rtol=1e-10)


def test_outcomes_change_no_prediction(run):
    before = predicted()

    def change(table):
        table["time"], table["event"] = table["time"].to_numpy()[::-1] * 3, 1 - table["event"]

    edit("B/clinical.csv", change)
    said = run()
    assert "(predictions of a finished model)" in said
    after = predicted()
    assert after["time"].tolist() == (before["time"][::-1] * 3).tolist()
    for name in ("patient_id", "risk", "threshold", "group"):
        assert after[name].tolist() == before[name].tolist()


def test_only_what_the_model_uses_can_exclude(run):
    everybody = predicted().set_index("patient_id")
    model = json.loads(Path("model.json").read_text("utf-8"))["model"]
    kept = [name for name, weight in zip(model["features"], model["coefficients"], strict=True) if weight]
    unused = sorted({f"f{number}" for number in range(6)} - set(kept))
    assert unused

    def spoil(table):
        table[unused] = np.nan
        table.loc[3, "f0"] = np.nan

    edit("B/features.csv", spoil)
    edit("B/clinical.csv", lambda table: table.update(pd.Series({5: "diverse"}, name="sex")))
    run()
    qc = pd.read_csv("out/qc.csv", dtype=str, keep_default_na=False).set_index("patient_id")
    reasons = qc.loc[qc["status"] == "excluded", "reason"].to_dict()
    assert reasons == {
        "B03": f"1 of {len(kept)} features of the model are missing, first f0",
        "B05": f"1 of {len(kept)} features of the model are missing, first clinical_sex_M"
        " (sex=diverse is none of the labels that the model knows: F, M)",
    }
    left = predicted().set_index("patient_id")
    pd.testing.assert_frame_equal(left, everybody.drop(index=["B03", "B05"]), rtol=1e-12)


def test_features_on_another_scale_are_refused_unless_accepted(run):
    edit("B/features.csv", lambda table: table.__setitem__("f0", table["f0"] * 1000))
    with pytest.raises(CohortError, match=r"on another scale here: f0 \(median .*validation.accept_shift=true"):
        run()
    said = run(accept_shift=True)
    assert "so the predictions extrapolate" in said
    metrics = json.loads(Path("out/metrics.json").read_text("utf-8"))
    qc = pd.read_csv("out/qc.csv", dtype=str)
    warned = qc[qc["reason"].str.contains("more than 5 SD from the training mean", na=False)]
    assert len(warned) == metrics["external_out_of_range"] > 20
    far = pd.read_parquet("out/distance_from_training.parquet").set_index("feature")
    assert far.index[0] == "f0"
    assert far["other_scale"].to_dict() == {name: name == "f0" for name in far.index}


def test_a_table_without_a_feature_of_the_model(run):
    edit("B/features.csv", lambda table: table.drop(columns="f0", inplace=True))
    with pytest.raises(CohortError, match=r"lacks 1 of . features that the model uses, the first is f0"):
        run()


def test_a_null_model_of_made_up_patients(run):
    """Everybody a long survivor, and SIMULATED although these patients are not."""
    nothing = {name: [] for name in ("features", "strength", "mean", "sd", "coefficients")}

    def empty(stored):
        stored["model"].update(**nothing, penalty=None, threshold=0.0)
        stored["simulated"] = True

    edit("model.json", empty)
    said = run()
    assert predicted()[["risk", "group"]].drop_duplicates().to_numpy().tolist() == [[0, "long"]]
    assert "the model uses no feature (a null model)" in said
    assert "SIMULATED: the patients whom the model was trained on are made up" in said
    metrics = json.loads(Path("out/metrics.json").read_text("utf-8"))
    assert (metrics["log_rank_p"], metrics["simulated"]) == (None, 1)
    assert pq.read_schema("out/predictions.parquet").metadata[b"radsurv"] == b"SIMULATED"


def test_the_same_patients_are_no_external_validation(run):
    said = run(cohort="A")
    assert "NOT AN EXTERNAL VALIDATION: these patients have exactly the ids" in said
    assert "(no error guarantee)" in said
    assert json.loads(Path("out/metrics.json").read_text("utf-8"))["external_known"] == 40


def test_a_model_that_is_not_there_ends_the_run_before_it_begins(run):
    with pytest.raises(ConfigError, match=r"validation.model=absent.json is not there"):
        run(model="absent.json")
    assert Path("out/metrics.json").is_file()


def test_the_model_tells_of_its_training_patients_what_their_own_report_does(applied):
    """40 patients, half of them men; no column of the file is of a single patient."""
    told = json.loads((applied / "model.json").read_text("utf-8"))["characteristics"]
    clinical = pd.read_csv(applied / "A/clinical.csv")
    assert told["sex: M"] == "20 (50\xa0%)"
    assert told["events"].startswith(f"{clinical['event'].sum()} (")
    median = KaplanMeierFitter().fit(clinical["time"], clinical["event"]).median_survival_time_
    assert float(told["median survival (Kaplan-Meier), days"].replace(",", "")) == median
    record = json.loads((applied / "out/provenance/evaluate.json").read_text("utf-8"))
    assert record["applied"]["characteristics"] == told


def test_the_model_tells_what_was_claimed_of_it_and_an_older_one_that_does_not_is_read(here, run):
    own = json.loads(Path("runA/metrics/evaluate.json").read_text("utf-8"))
    judged = json.loads(Path("model.json").read_text("utf-8"))["judged"]
    limits = ("harrell_c", "harrell_c_low", "harrell_c_high")
    assert [judged[name] for name in limits] == [own[name] for name in limits]
    assert judged["how"] == "2-fold"
    table, risk = by_hand("A")[:2]
    apparent = concordance_index_censored(table["event"] == 1, table["time"], risk)[0]
    assert judged["apparent_c"] == pytest.approx(apparent, abs=1e-12)

    def recorded():
        return json.loads(Path("out/provenance/evaluate.json").read_text("utf-8"))["applied"]["judged"]

    assert recorded() == judged
    edit("model.json", lambda content: content.pop("judged"))
    run()
    assert recorded() is None
