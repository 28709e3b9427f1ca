"""``radsurv demo``: what it asks the run for."""

import pytest

from radsurv.errors import ConfigError
from radsurv.stages import hydra_run
from radsurv.stages.compose import compose
from radsurv.stages.demo import demo


def test_what_is_given_goes_before_and_folders_may_be_called_anything(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(hydra_run, "run", lambda overrides: asked.append(list(overrides)) or 0)
    folder = tmp_path / "it's a, b=c {d}"
    (folder / "data").mkdir(parents=True)
    (folder / "data/clinical.csv").write_text("patient_id\n")
    (folder / "data/truth.csv").write_text("patient_id\n")
    told = []
    assert demo(folder, ["seed=3", "run_dir=elsewhere"], told.append) == 0
    assert told == []  # nobody is simulated again
    found = compose(asked[0])
    assert found["cohort"]["table"] == str(folder / "data/clinical.csv")
    assert found["cohort"]["name"] == "demo"
    assert (found["run_dir"], found["seed"]) == ("elsewhere", 3)
    assert found["compute"]["cache_dir"] == str(folder / "cache")


def test_another_cohort_in_its_place_is_not_taken_for_the_simulated_one(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/clinical.csv").write_text("patient_id\n")
    with pytest.raises(ConfigError, match=r"another cohort, not of simulated patients.*name another --dir"):
        demo(tmp_path, [], print)
