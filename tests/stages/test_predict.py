"""`radsurv predict`: a finished model on patients without outcome, from the command line to the CSV."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv.cli import main
from radsurv.config import validate
from radsurv.stages import pipeline
from radsurv.stages.analysis import load_analysis, protocol_of
from radsurv.stages.compose import compose
from radsurv.stages.final_model import model_of_everybody
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stored_model import sealed
from radsurv.validation.protocol import Resources

QUICK = ("tracking=none", "backbone=none", "compute.n_jobs=1", "until=deep", "reduction.cindex=0.5")
READY = (
    "radiomics=none",
    "cohort.covariates=[sex]",
    "cohort.columns={sex: gender, time: OS}",
    "cohort.values={sex: {1: M, 2: F}}",
)


def train(folder: str, *overrides: str) -> dict:
    """Write ``model.json`` of a cohort as stage ``evaluate`` does, without judging anything."""
    where = (f"cohort.table={folder}/clinical.csv", f"run_dir=run-{folder}", "compute.cache_dir=cache")
    config = validate(compose([*where, *QUICK, *overrides]))
    analysis = load_analysis(config, pipeline.run(config))
    stored, _ = model_of_everybody(config, analysis, protocol_of(config, config.validation), Resources())
    content = sealed(stored.model_dump(mode="json"))
    RunFolder(".").write_json(content, Path("model.json"))
    return content


def predict(*more: str, features: str | None = "new/features.csv") -> int:
    ready = [] if features is None else ["--features", features]
    return main(["predict", "--model", "model.json", "--cohort", "new/new.csv", *ready, "--out", "out/p.csv", *more])


def cohort(folder: str, n: int, seed: int) -> None:
    """Six features, of which the first matters."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(n, 6))
    ids = [f"{folder[0]}{number:02d}" for number in range(n)]
    Path(folder).mkdir()
    time = np.exp(5 - values[:, 0] + 0.7 * generator.normal(size=n)).round() + 1
    table = pd.DataFrame({"patient_id": ids, "gender": [1, 2, 2] * (n // 3), "OS": time, "event": [1, 1, 0] * (n // 3)})
    table.to_csv(f"{folder}/clinical.csv", index=False)
    features = pd.DataFrame(values, columns=[f"f{number}" for number in range(6)])
    features.insert(0, "patient_id", ids)
    features.to_csv(f"{folder}/features.csv", index=False)


@pytest.fixture(scope="module")
def _trained(tmp_path_factory):
    """A model of 45 patients, and a table of twelve others without outcome."""
    root = tmp_path_factory.mktemp("predict")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        cohort("train", 45, 0)
        cohort("new", 12, 1)
        new = pd.read_csv("new/clinical.csv")[["patient_id", "gender"]].rename(columns={"gender": "sex"})
        new.assign(sex=new["sex"].map({1: "M", 2: "F"})).to_csv("new/new.csv", index=False)
        return root, train("train", "cohort.features=train/features.csv", *READY)


@pytest.fixture
def ready(_trained, tmp_path, monkeypatch):
    """The same, for a test to spoil; gives the content of the model's file."""
    root, stored = _trained
    monkeypatch.chdir(shutil.copytree(root, tmp_path / "copy"))
    return stored


def test_twelve_patients_by_twenty_lines_of_numpy(ready, capfd):
    assert predict("validation.horizons=[100,365.5]") == 0
    model = json.loads(Path("model.json").read_text("utf-8"))["model"]
    clinical, table = pd.read_csv("new/new.csv"), pd.read_csv("new/features.csv")
    table["clinical_sex_M"] = (clinical["sex"] == "M") * 1.0
    z = (table[model["features"]].to_numpy() - np.array(model["mean"])) / np.array(model["sd"])
    risk = z @ np.array(model["coefficients"])
    hazard = np.concatenate([[0.0], model["cumulative_hazard"]])
    baseline = hazard[np.searchsorted(model["event_times"], [100, 365.5], side="right")]
    survival = np.exp(-np.outer(np.exp(risk), baseline))
    found = pd.read_csv("out/p.csv")
    assert list(found) == ["patient_id", "risk", "group", "survival_100", "survival_365.5", "out_of_range"]
    assert found["patient_id"].tolist() == clinical["patient_id"].tolist()
    np.testing.assert_allclose(found["risk"], risk, rtol=1e-12)
    np.testing.assert_allclose(found[["survival_100", "survival_365.5"]], survival, rtol=1e-12)
    assert (found["group"] == "short").tolist() == (risk > model["threshold"]).tolist()
    assert set(found["group"]) == {"short", "long"}
    assert (found["out_of_range"] == 0).all()
    assert "12 patients by the model of the cohort train (45 patients, 30 events)" in capfd.readouterr().err
    assert sorted(path.name for path in Path("out").iterdir()) == ["p.csv", "p.qc.csv"]  # nothing of the way there


def test_nobody_is_lost_and_an_outcome_plays_no_part(ready, capfd):
    assert predict() == 0
    before = pd.read_csv("out/p.csv").set_index("patient_id")
    # Quarters of the training set's event times, in the unit of the model.
    times = np.array(ready["kaplan_meier"]["event_times"])
    assert [float(name.removeprefix("survival_")) for name in before if "survival" in name] == [
        times[-(-len(times) * quarter // 4) - 1] for quarter in (1, 2, 3)
    ]
    features = pd.read_csv("new/features.csv")
    measured = [name for name in ready["model"]["features"] if not name.startswith("clinical_")]
    features.loc[0, measured[0]] = np.nan
    features.loc[1, "f0"] = 40 * ready["model"]["sd"][ready["model"]["features"].index("f0")]
    features.drop(index=11).to_csv("new/features.csv", index=False)
    new = pd.read_csv("new/new.csv").assign(time=-1, event="perhaps")
    new.loc[2, "sex"] = "=1+1"
    new.to_csv("new/new.csv", index=False)
    assert predict() == 0
    said = capfd.readouterr().err
    after = pd.read_csv("out/p.csv").set_index("patient_id")
    known = "clinical_sex_M" in ready["model"]["features"]
    out = ["n00", *(["n02"] if known else []), "n11"]
    assert sorted({*before.index} - {*after.index}) == out
    same = after.drop(index="n01").index
    pd.testing.assert_frame_equal(after.loc[same], before.loc[same], rtol=1e-12)
    assert after.loc["n01", "out_of_range"] == 1
    assert after["out_of_range"].sum() == 1
    assert "not predicted: n00" in said
    qc = pd.read_csv("out/p.qc.csv", keep_default_na=False)
    assert qc.loc[qc["status"].isin(["included", "excluded"]), "patient_id"].is_unique
    excluded = qc[qc["status"] == "excluded"].set_index("patient_id")["reason"]
    assert sorted(excluded.index) == out
    assert "features of the model are missing" in excluded["n00"]
    assert "not in the feature table" in excluded["n11"]
    assert "f0 the farthest" in qc.loc[qc["status"] == "warning", "reason"].str.cat()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["cohort.time_unit=months"], 'cohort.time_unit is "months" here and "days" in the model'),
        (["cohort.covariates=[]"], 'cohort.covariates is [] here and ["sex"] in the model'),
        (["reduction.cindex=0.6"], "reduction.cindex=0.6: the model is applied as it is"),
        (["validation.recalibrate=slope"], "validation.recalibrate=slope: the model is applied as it is"),
        (["validation=loocv"], "validation=loocv: the model is applied as it is"),
        (["cohort.table=x.csv"], "give --cohort in its place"),
        (["cohort.join=[x.csv]"], "give --cohort in its place"),
        (["--out", "new/new.csv"], "would be written over new/new.csv"),
        (["--model", "new/new.csv"], "--model new/new.csv is damaged, or no JSON"),
        (["--features", "absent.csv"], "absent.csv"),
        (["cohort.min_patient=3"], "no option is called 'cohort.min_patient' (did you mean cohort.min_patients"),
    ],
)
def test_what_is_refused_says_why(ready, capfd, more, said):
    assert predict(*more) == 1
    found = capfd.readouterr().err
    assert said in found
    assert found.startswith("radsurv: error: ")
    assert found.count("\n") == 1
    assert not Path("out/p.csv").exists()


def test_a_model_of_a_ready_table_wants_one_with_its_features(ready, capfd):
    assert predict(features=None) == 1
    assert "give the same ones with --features TABLE" in capfd.readouterr().err
    pd.read_csv("new/features.csv").drop(columns="f0").to_csv("new/features.csv", index=False)
    assert predict() == 1
    assert "features that the model uses, the first is f0" in capfd.readouterr().err


def test_another_scale_is_refused(ready, capfd):
    table = pd.read_csv("new/features.csv")
    table.assign(f0=table["f0"] * 1000).to_csv("new/features.csv", index=False)
    assert predict() == 1
    assert "on another scale here: f0" in capfd.readouterr().err
    assert predict("validation.accept_shift=true") == 0
    assert (pd.read_csv("out/p.csv")["out_of_range"] == 1).sum() > 6


FRESH = "import sys; from radsurv.cli import main; sys.exit(main(sys.argv[1:]))"


def test_a_stratified_model_has_a_baseline_for_each_site(ready, capfd):
    """By lines of numpy; a site that it has not, and no site at all, get the baseline of all."""
    clinical = pd.read_csv("train/clinical.csv")
    clinical.assign(site=np.resize(["A", "B"], len(clinical))).to_csv("train/clinical.csv", index=False)
    shutil.rmtree("run-train")
    stored = train("train", "cohort.features=train/features.csv", *READY, "model.strata=site")
    capfd.readouterr()
    new = pd.read_csv("new/new.csv")
    sites = ["A", "B", "Z", None] * 3
    new.assign(site=sites).to_csv("new/new.csv", index=False)
    assert predict("validation.horizons=[100,365.5]") == 0
    model, found = stored["model"], pd.read_csv("out/p.csv")
    assert sorted(model["strata"]) == ["A", "B"]
    for row, site in enumerate(sites):
        own = model["strata"].get(site, model)
        hazard = np.concatenate([[0.0], own["cumulative_hazard"]])
        baseline = hazard[np.searchsorted(own["event_times"], [100, 365.5], side="right")]
        expected = np.exp(-np.exp(found["risk"][row]) * baseline)
        np.testing.assert_allclose(
            found.loc[row, ["survival_100", "survival_365.5"]].to_numpy(float), expected, rtol=1e-12
        )
    assert "6 of 12 predictions are by the latter" in " ".join(capfd.readouterr().err.split())


@pytest.mark.slow
@pytest.mark.parametrize("model", ["rsf", "gbs"])
def test_trees_in_a_fresh_process_predict_as_in_training(ready, model):
    config = validate(
        compose(
            [
                *("cohort.table=train/clinical.csv", "cohort.features=train/features.csv", "run_dir=run-train"),
                *(*QUICK, *READY, f"model={model}", "model.trees=30"),
            ]
        )
    )
    analysis = load_analysis(config, RunFolder("run-train"))
    stored, whole = model_of_everybody(config, analysis, protocol_of(config, config.validation), Resources())
    RunFolder(".").write_json(sealed(stored.model_dump(mode="json")), Path("model.json"))
    everybody = np.arange(len(analysis.patients))
    command = ["predict", "--model", "model.json", "--cohort", "train/clinical.csv", "--features", "train/features.csv"]
    done = subprocess.run(
        [sys.executable, "-c", FRESH, *command, "--out", "p.csv", "validation.horizons=[60,150,400]"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = pd.read_csv("p.csv")
    assert found["patient_id"].tolist() == list(analysis.patients.ids)
    np.testing.assert_allclose(found["risk"], whole.score(analysis.patients.measured, everybody), rtol=1e-12)
    survival = whole.survival(analysis.patients.measured, everybody, np.array([60.0, 150.0, 400.0]))
    np.testing.assert_allclose(found[["survival_60", "survival_150", "survival_400"]], survival, rtol=1e-12, atol=1e-12)
    assert found["risk"].std() > 0
    assert "45 of 45 patients are, by hashes" in done.stderr


def test_images_are_measured_as_the_model_says(twelve, tmp_path, monkeypatch, capfd):
    """The table alone is given: the features, and so the risks, are those of the training."""
    monkeypatch.chdir(tmp_path)
    twelve.rename("new")
    stored = train("new", "quantization=equal16_1mm", "roi.min_pixels=4", "patch.margin=0.1", "reduction.cindex=0.7")
    used = [
        (name, *rest)
        for name, *rest in zip(
            *(stored["model"][part] for part in ("features", "mean", "sd", "coefficients")), strict=True
        )
    ]
    table = pd.read_parquet("run-new/radiomics.parquet")
    risk = sum((table[name] - mean) / sd * weight for name, mean, sd, weight in used)
    assert risk.std() > 0
    new = pd.read_csv("new/clinical.csv", dtype=str).drop(columns=["time", "event"])
    new.to_csv("new/new.csv", index=False)
    Path("new", new["image"][4]).write_bytes(b"")
    assert predict("compute.cache_dir=cache", features=None) == 0
    found = pd.read_csv("out/p.csv", dtype={"patient_id": str})
    others = table["patient_id"] != new["patient_id"][4]
    assert found["patient_id"].tolist() == table["patient_id"][others].tolist()
    np.testing.assert_allclose(found["risk"], risk[others], rtol=1e-12)
    said = capfd.readouterr().err
    assert "11 of 11 patients are, by hashes of ids or features, among those whom the model was trained on" in said
    assert "SIMULATED" in said
    qc = pd.read_csv("out/p.qc.csv", dtype=str).set_index("patient_id")
    assert qc.loc[new["patient_id"][4], "status"] == "excluded"
    assert predict("quantization.levels=[8]", "radiomics.definition=ibsi", features=None) == 1
    refusal = capfd.readouterr().err
    assert "quantization.levels is [8] here and [16] in the model" in refusal
    assert 'radiomics.definition is "ibsi" here and "vallieres" in the model' in refusal


@pytest.mark.parametrize("unseen", ["error", "pass"])
def test_a_new_site_is_treated_as_the_file_says(ready, capfd, unseen):
    clinical = pd.read_csv("train/clinical.csv").assign(site=["A", "B", "C"] * 15)
    clinical.to_csv("train/clinical.csv", index=False)
    train(
        "train", "cohort.features=train/features.csv", *READY, "transforms=combat", f"transforms.combat.unseen={unseen}"
    )
    new = pd.read_csv("new/new.csv").assign(site=["A"] * 9 + ["D", None, "B"])
    new.to_csv("new/new.csv", index=False)
    assert predict() == 0
    if unseen == "pass":
        assert pd.read_csv("out/p.csv")["patient_id"].tolist() == [*(f"n0{number}" for number in range(10)), "n11"]
        assert "could not harmonise the feature values behind 1 of 11" in capfd.readouterr().err
        return
    qc = pd.read_csv("out/p.qc.csv", keep_default_na=False).set_index("patient_id")
    assert qc.index[qc["status"] == "excluded"].tolist() == ["n09", "n10"]
    assert "site=D is nothing that ComBat by site has learned (batches: A, B, C)" in qc.loc["n09", "reason"]
    assert "site is empty" in qc.loc["n10", "reason"]
    before = pd.read_csv("out/p.csv").set_index("patient_id")
    assert len(before) == 10
    assert predict("cohort.values={site: {D: A}}") == 0  # which its user answers for
    after = pd.read_csv("out/p.csv").set_index("patient_id")
    assert after.index.tolist() == [*before.index[:-1], "n09", "n11"]
    pd.testing.assert_frame_equal(after.loc[before.index], before, rtol=1e-12)
    as_a = pd.read_csv("new/new.csv")
    as_a.assign(site=as_a["site"].replace("D", "A")).to_csv("new/new.csv", index=False)
    assert predict() == 0
    pd.testing.assert_frame_equal(pd.read_csv("out/p.csv").set_index("patient_id"), after)
    as_a.assign(site="D").to_csv("new/new.csv", index=False)
    capfd.readouterr()
    assert predict() == 1
    assert "not one patient can be predicted (n00: site=D is nothing that" in capfd.readouterr().err
    assert (pd.read_csv("out/p.qc.csv")["status"] == "excluded").sum() == 12
