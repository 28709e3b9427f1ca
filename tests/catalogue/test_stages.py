"""The stages as declared: nothing is read before it is written, and every option that is named exists."""

import importlib

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import conf
from radsurv.catalogue.stages import BY_NAME, STAGE_NAMES, STAGES
from radsurv.catalogue.tables import TABLES

EACH = pytest.mark.parametrize("stage", STAGES, ids=STAGE_NAMES)


def before(stage):
    return STAGES[: STAGES.index(stage)]


@EACH
def test_a_stage_reads_only_what_earlier_stages_write(stage):
    earlier = before(stage)
    assert set(stage.reads) <= {table for one in earlier for table in one.writes}
    assert set(stage.reads_files) <= {file for one in earlier for file in one.files}


@EACH
def test_a_stage_looks_at_exclusions_and_metrics_of_earlier_stages_that_have_them(stage):
    earlier = before(stage)
    assert set(stage.reads_qc) <= {one.name for one in earlier if one.excludes}
    assert set(stage.reads_metrics) <= {one.name for one in earlier if one.measures}


@EACH
def test_nothing_is_read_twice(stage):
    for read in (stage.reads, stage.params, stage.reads_qc, stage.reads_metrics, stage.files, stage.reads_files):
        assert len(set(read)) == len(read)


@pytest.fixture(scope="module")
def composed():
    with initialize_config_dir(config_dir=str(conf.CONF), version_base=None):
        return OmegaConf.to_container(compose("config"), resolve=True)


@EACH
def test_every_option_that_is_named_exists(stage, composed):
    for name in stage.params:
        found = composed
        for key in name.split("."):
            assert key in found, f"{stage.name}: {name}"
            found = found[key]


def test_every_option_steers_a_stage_or_changes_no_number(composed):
    """The stages before the report heed all but where the run lands, how far it goes, what it may use, and what is said of it."""
    heeded = {name.split(".")[0] for stage in STAGES if stage.name != "report" for name in stage.params}
    assert set(composed) - heeded == {"run_dir", "until", "tracking", "published"}


@EACH
def test_the_module_of_a_stage_has_run(stage):
    assert callable(importlib.import_module(f"radsurv.stages.{stage.name}").run)


def test_every_table_is_written_by_one_stage():
    assert sorted(table.name for stage in STAGES for table in stage.writes) == sorted(table.name for table in TABLES)
    assert [stage.name for stage in STAGES] == list(BY_NAME) == list(STAGE_NAMES)


def test_the_report_sees_every_exclusion_and_every_metric():
    report = BY_NAME["report"]
    assert set(report.reads_qc) == {stage.name for stage in STAGES if stage.excludes}
    assert set(report.reads_metrics) == {stage.name for stage in STAGES if stage.measures}
