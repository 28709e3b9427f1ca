"""The line of the cohort stage shows in which unit the times are taken to be."""

import pandas as pd

from radsurv.config import validate
from radsurv.stages import cohort
from radsurv.stages.compose import compose
from radsurv.stages.run_folder import RunFolder


def test_the_unit_of_the_times_is_on_the_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ids = [f"P{number:02d}" for number in range(11)]
    pd.DataFrame({"patient_id": ids, "time": range(1, 12), "event": 1}).to_csv("clinical.csv", index=False)
    pd.DataFrame({"patient_id": ids, "f0": range(11)}).to_csv("features.csv", index=False)
    tables = ["cohort.table=clinical.csv", "cohort.features=features.csv"]
    config = validate(compose([*tables, "cohort.time_unit=months", "cohort.covariates=[]", "run_dir=run"]))
    (tmp_path / "run").mkdir()
    result = cohort.run(config, RunFolder(tmp_path / "run"))
    assert result.summary == "11 patients, 11 events, median follow-up 6 months (cohort.time_unit)"
