"""Patients under pseudonyms in the stages: where the key may be, folds of one's own, crashes and sweeps; features in place of images."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radsurv import crash
from radsurv.cli import main
from radsurv.cohort.patient import Patient
from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages import pipeline, preflight
from radsurv.stages.compose import compose
from radsurv.stages.naming import KEY_SUFFIX, Naming, key_file, told, without_selection

ROOT = Path(__file__).parents[2]
N = 14
IDS = [f"Muster-{number:02d}" for number in range(N)]
QUICK = (
    "tracking=none",
    "backbone=none",
    "compute.n_jobs=1",
    "reduction.icc=null",
    "reduction.cindex=0.5",
    "significance=naive",
)
LESS = ("comparison=none", "attribution=none", "cohort.covariates=[]", "compute.cache_dir=cache")


@pytest.fixture
def options(tmp_path, monkeypatch):
    """For a cohort that brings its features, in which an id is written in another way in the second table."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    (tmp_path / "data").mkdir()
    values = rng.normal(size=(N, 2))
    time = np.round(np.exp(5 - values[:, 0] + 0.5 * rng.normal(size=N))) + 1
    pd.DataFrame({"patient_id": IDS, "time": time, "event": [1, 1, 0, 1, 1, 1, 1] * 2}).to_csv(
        "data/c.csv", index=False
    )
    features = pd.DataFrame(values, columns=["f0", "f1"])
    features.insert(0, "patient_id", [*IDS[:-1], IDS[-1].upper()])
    features.to_csv("data/f.csv", index=False)
    return [
        *QUICK,
        *LESS,
        "cohort.table=data/c.csv",
        "cohort.features=data/f.csv",
        "run_dir=run",
        "cohort.pseudonymise=true",
    ]


def config(options, *more):
    return validate(compose([*options, *more]))


def texts(folder):
    """Everything in the files of a folder, tables as text."""
    return "\n".join(
        pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_bytes().decode("utf-8", "replace")
        for path in folder.rglob("*")
        if path.is_file()
    ).lower()


def test_a_ready_feature_table(options, tmp_path, capfd):
    pipeline.run(config(options))
    assert "muster" not in texts(tmp_path / "run")
    said = capfd.readouterr().err
    assert "muster" not in said.lower()
    naming = Naming(config(options))
    qc = pd.read_csv("run/qc.csv").set_index("patient_id")
    other = naming.name(IDS[-1].upper())
    assert qc.loc[naming.name(IDS[-1]), "reason"] == f"not in the feature table, which has '{other}'"
    assert "1 would match but for upper and lower case" in said


def test_given_inner_folds_name_patients_as_the_table_does(options, tmp_path):
    folds = pd.DataFrame({"patient_id": IDS, "all": np.arange(N) % 5 + 1})
    for patient in IDS:
        folds[patient] = [None if other == patient else number % 5 + 1 for number, other in enumerate(IDS)]
    folds.to_csv("data/folds.csv", index=False)
    more = ("validation.inner_folds=data/folds.csv", "until=evaluate")
    with_names = [one for one in options if "pseudonymise" not in one and not one.startswith("run_dir")]
    pipeline.run(config(options, *more))
    pipeline.run(config(with_names, "run_dir=plain", *more))
    assert (tmp_path / "run/metrics.json").read_bytes() == (tmp_path / "plain/metrics.json").read_bytes()
    assert "muster" not in texts(tmp_path / "run")
    # DVC runs each stage by itself: without the key none can tell whose folds these are.
    key_file(config(options).cohort).unlink()
    with pytest.raises(ConfigError, match=r"c\.pseudonyms\.json is missing"):
        pipeline.run_alone("evaluate", config(options, *more))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["cohort.pseudonym_key=run/key.json"], r"inside run_dir=run.*cohort\.pseudonym_key"),
        (["cohort.pseudonym_key=cache/x/key.json"], r"inside compute\.cache_dir=.*cache.*cohort\.pseudonym_key"),
        (["run_dir=."], r"data/c\.pseudonyms\.json, inside run_dir"),
        (["cohort.pseudonym_key=data/c.csv"], "no key of pseudonyms"),
    ],
)
def test_a_key_in_a_shared_place_or_that_is_none_ends_the_run_before_it_begins(options, tmp_path, more, said):
    before = (tmp_path / "data/c.csv").read_bytes()
    with pytest.raises(ConfigError, match=said):
        pipeline.run(config(options, *more))
    assert (tmp_path / "data/c.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_key_in_a_folder_that_dvc_tracks_is_called_so_that_dvc_leaves_it_out(options, tmp_path):
    (tmp_path / "data.dvc").touch()
    (tmp_path / "linked").symlink_to("data/deep")
    for place in ("data/key.json", "data/deep/er/key.json", "linked/key.json"):
        with pytest.raises(ConfigError, match=r"inside \S+/data, which DVC tracks .*, or call it \*\.pseudonyms\.json"):
            preflight.check(config(options, f"cohort.pseudonym_key={place}"))
    for place in ("data/key.pseudonyms.json", "database/key.json", "key.json", "null"):
        preflight.check(config(options, f"cohort.pseudonym_key={place}"))
    for ignored in (".dvcignore", ".gitignore"):
        assert f"*{KEY_SUFFIX}" in (ROOT / ignored).read_text(encoding="utf-8").splitlines()


def test_a_folder_is_looked_at_once_for_all_sentences_about_a_patient(options, tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(
        "radsurv.stages.naming.names_of_files",
        lambda whose: looked.append(whose) or {f"{whose.patient_id}.nii": "image"},
    )
    naming = Naming(config(options))
    for one in (Patient("a", {}, {}), Patient("b", {}, {})):
        said = [naming.said("S", f"{one.patient_id}.nii {words}", one) for words in ("is flat", "is empty")]
        assert said == ["image is flat", "image is empty"]
    assert naming.said("S", "b.nii is flat") == "b.nii is flat"
    assert [whose.patient_id for whose in looked] == ["a", "b"]


def test_without_it_no_key_is_made_and_nothing_is_changed(options, tmp_path):
    plain = config([one for one in options if "pseudonymise" not in one], "cohort.select={patient_id: [a]}")
    naming = Naming(plain)
    naming.learn(IDS)
    assert [naming.name("a"), naming.said("a", "'x' of /a/b/c.nii")] == ["a", "'x' of /a/b/c.nii"]
    assert told(plain) is plain
    assert without_selection(["cohort.select={patient_id: [a]}"], plain) == ["cohort.select={patient_id: [a]}"]
    assert [path.name for path in (tmp_path / "data").iterdir() if "pseudonym" in path.name] == []


def test_who_was_selected_is_in_no_configuration_and_no_command(options):
    given = ["cohort.select={patient_id: [Muster-01], sex: [F]}", "+cohort.values.patient_id={Muster-02: x}", "seed=1"]
    asked = config(options, given[0], "cohort.values={patient_id: {Muster-02: x}}")
    assert told(asked).cohort.select == {"sex": ["F"]}
    assert told(asked).cohort.values == {}
    assert without_selection(given, asked) == ["cohort.select=***", "+cohort.values.patient_id=***", "seed=1"]


def test_a_crash_leaves_places_and_no_words(options, tmp_path, monkeypatch, capfd):
    def fails(*_):
        try:
            raise KeyError(IDS[5])
        except KeyError as error:
            raise ValueError(IDS[6]) from error

    monkeypatch.setattr("radsurv.stages.cohort.doubts", fails)
    assert main(["run", *options, "cohort.values={patient_id: {Muster-99: x}}"]) == crash.FAULT_OF_THE_PROGRAM
    assert f"ValueError: {IDS[6]}" in capfd.readouterr().err
    left = (tmp_path / "run/crash.txt").read_text(encoding="utf-8")
    assert "muster" not in left.lower()
    assert left.index(f"KeyError: {crash.WITHHELD}") < left.index(f"ValueError: {crash.WITHHELD}")
    assert "in fails" in left


def test_a_sweep_keeps_no_words_of_a_fault(options, tmp_path, capfd):
    table = pd.read_csv("data/c.csv", dtype=str)
    table.loc[3, "time"] = "Muster's birthday"
    table.to_csv("data/c.csv", index=False)
    assert main(["run", "-m", *options, "seed=0,1"]) == 1
    assert "Muster's birthday" in capfd.readouterr().err
    assert "muster" not in texts(tmp_path / "run")
    assert "see the terminal" in (tmp_path / "run/summary.csv").read_text(encoding="utf-8")
