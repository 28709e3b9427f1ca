"""dvc.yaml is written from the catalogue."""

from pathlib import Path

import pytest
import yaml
from doc_pages import holds

from radsurv.catalogue.stages import STAGE_NAMES, STAGES
from radsurv.catalogue.tables import ROI_INDEX
from radsurv.stages.dvc_pipeline import dvc_yaml


def names(entries):
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def test_that_of_the_repository_is_what_the_catalogue_says():
    """Written anew with RADSURV_REWRITE_DOCS=1, as pages of docs/ are."""
    assert holds("../dvc.yaml", dvc_yaml())


def test_its_lock_tells_of_no_other_stages():
    """DVC keeps those of earlier versions for ever, and reads and writes them again after every stage."""
    locked = Path(__file__).parents[2] / "dvc.lock"
    assert set(yaml.safe_load(locked.read_text("utf-8"))["stages"]) == set(yaml.safe_load(dvc_yaml())["stages"])


def test_a_stage_depends_on_what_earlier_ones_write():
    """Whatever the catalogue says: DVC would find the order by itself, and a file that nobody writes only when it runs."""
    stages = yaml.safe_load(dvc_yaml())["stages"]
    assert list(stages) == ["compose", *STAGE_NAMES, "summary"]
    written = {"conf", "data"}
    for name, stage in stages.items():
        assert set(names(stage["deps"])) <= written, name
        written |= set(names(stage["outs"]))


@pytest.mark.parametrize("stage", STAGES, ids=STAGE_NAMES)
def test_a_stage_is_that_of_the_catalogue(stage):
    found = yaml.safe_load(dvc_yaml())["stages"][stage.name]
    files = {f"results/{table.file}" for table in stage.writes if table is not ROI_INDEX}  # a file of the folder rois
    files |= {f"results/{name}" for name in stage.files}
    files |= {f"results/qc/{stage.name}.csv"} if stage.excludes else set()
    files |= {f"results/metrics/{stage.name}.json"} if stage.measures else set()
    last = stage is STAGES[-1]
    files |= set() if last else {f"results/provenance/{stage.name}.json"}
    assert set(names([*found["outs"], *found.get("metrics", [])])) == files

    needed = {"data"} if stage is STAGES[0] else set()
    needed |= {f"results/{table.file}" for table in stage.reads if table is not ROI_INDEX}
    needed |= {f"results/{name}" for name in stage.reads_files}
    needed |= {f"results/qc/{name}.csv" for name in stage.reads_qc}
    needed |= {f"results/metrics/{name}.json" for name in stage.reads_metrics}
    needed |= {f"results/provenance/{other.name}.json" for other in STAGES[:-1]} if last else set()
    assert set(found["deps"]) == needed
    assert found["params"] == list(stage.params)
    assert found["cmd"] == f"radsurv stage {stage.name}"


@pytest.mark.parametrize(
    "table", ["/disk/cohort/clinical.csv", "/a disk/kohorte: ü, {1} #2/clinical.csv", "C:\\x\\y.csv"]
)
def test_the_table_is_watched_where_it_is_elsewhere(table):
    found = yaml.safe_load(dvc_yaml(table))
    assert found["stages"]["cohort"]["deps"] == [table]
    found["stages"]["cohort"]["deps"] = ["data"]
    assert found == yaml.safe_load(dvc_yaml())


def test_the_file_for_hydra_within_dvc_is_that_of_the_repository():
    template = Path(dvc_yaml.__code__.co_filename).parent / "templates/no_environment.py.j2"
    plugin = Path(__file__).parents[2] / "hydra_plugins/no_environment.py"
    assert template.read_text("utf-8") == plugin.read_text("utf-8")
