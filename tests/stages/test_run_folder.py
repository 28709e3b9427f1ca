"""Files of a run: whole or absent, and named as dvc.yaml names them."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages import compose
from radsurv.stages.run_folder import RunFolder, atomic

DVC = Path(__file__).parents[2] / "dvc.yaml"
TABLE = pd.DataFrame({"patient_id": ["a", "b"], "x": [1.0, math.nan]})


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write_and_fail():
        with atomic(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "old"


def test_tables_come_back_and_equal_tables_have_equal_bytes(tmp_path):
    first, second = RunFolder(tmp_path / "1"), RunFolder(tmp_path / "2")
    for folder in (first, second):
        folder.write(TABLE, folder.cohort)
    pd.testing.assert_frame_equal(first.read(first.cohort), TABLE)
    assert first.cohort.read_bytes() == second.cohort.read_bytes()


def test_a_simulated_table_says_so_in_its_schema(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write(TABLE, folder.cohort, simulated=True)
    folder.write(TABLE, folder.features)
    assert pq.read_schema(folder.cohort).metadata[b"radsurv"] == b"SIMULATED"
    assert b"radsurv" not in pq.read_schema(folder.features).metadata


def test_json_has_null_where_nothing_can_be_computed(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json(
        {"a": math.nan, "b": np.float32("inf"), "c": [np.int64(3), {"d": np.bool_(True)}]}, folder.metrics
    )
    assert json.loads(folder.metrics.read_text()) == {"a": None, "b": None, "c": [3, {"d": True}]}


def config_for(folder):
    return validate(compose.compose([f"run_dir={folder}"]))


def test_the_first_table_of_a_run_takes_the_place_of_an_earlier_one(tmp_path):
    earlier, later = RunFolder(tmp_path), RunFolder(tmp_path)
    earlier.replace_with(config_for(tmp_path))
    earlier.write(TABLE, earlier.cohort)
    earlier.write(TABLE, earlier.stage_qc("cohort"))
    earlier.write_json({"c": 1}, earlier.metrics)
    earlier.report.write_text("page")
    later.replace_with(config_for(tmp_path))
    assert earlier.report.is_file()
    later.write_refusal(TABLE)  # a run that comes to nothing
    assert earlier.metrics.is_file()
    later.write(TABLE, later.cohort)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["cohort.parquet", "config.yaml"]
    assert not earlier.stage_qc("cohort").exists()


def test_a_folder_with_other_things_is_not_taken_over(tmp_path):
    (tmp_path / "thesis.docx").write_text("keep")
    (tmp_path / "config.yaml").write_text("somebody: else")
    (tmp_path / "wandb").mkdir()
    with pytest.raises(
        ConfigError, match=r"no folder of a run and holds 3 files or folders, for instance 'config.yaml'"
    ):
        RunFolder(tmp_path).replace_with(config_for(tmp_path))


def test_a_missing_table_names_the_command_that_makes_it(tmp_path):
    folder = RunFolder(tmp_path)
    with pytest.raises(ConfigError, match=r"cohort\.parquet is missing.*dvc repro"):
        folder.read(folder.cohort)


def test_dvc_yaml_and_the_run_folder_agree_on_every_name():
    stages = yaml.safe_load(DVC.read_text("utf-8"))["stages"]
    outputs = {
        name: {next(iter(out)) if isinstance(out, dict) else out for out in [*stage["outs"], *stage.get("metrics", [])]}
        for name, stage in stages.items()
    }
    folder = RunFolder("results")
    ours = {
        "cohort": [folder.cohort, folder.features, folder.rois],
        "radiomics": [folder.radiomics, folder.radiomics_readings],
        "deep": [folder.deep, folder.deep_readings],
        "evaluate": [
            folder.predictions,
            folder.selections,
            folder.folds,
            folder.trials,
            folder.inner_draws,
            folder.comparators,
            folder.model,
            folder.stability,
            folder.metrics,
            folder.qc,
            folder.horizons,
            folder.calibration,
            folder.decision,
            folder.permutations,
        ],
        "inside": [folder.inside],
        "report": [folder.config, folder.provenance, folder.report],
    }
    for stage, paths in ours.items():
        expected = {str(path) for path in paths}
        # The last two exclude nobody; the report is where all provenance goes.
        expected |= {str(folder.stage_qc(stage))} - {str(folder.stage_qc(late)) for late in ("inside", "report")}
        expected |= {str(folder.stage_provenance(stage))} - {str(folder.stage_provenance("report"))}
        assert outputs[stage] == expected, stage
        assert stages[stage]["cmd"] == f"radsurv stage {stage}"
