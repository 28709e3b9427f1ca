"""Who took part: every column that says something of the patients, and none that does not."""

import numpy as np
import pytest

from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.sections.patients import MOST_FURTHER, patients

HOSTILE = "<script>G2</script>"


@pytest.fixture
def shown(make_run, tables, config):
    """The table of characteristics, of a cohort with further columns."""

    def make(**further):
        cohort = tables["cohort.parquet"]
        run_dir = make_run(
            "run", cohort=cohort.assign(**{name: values[: len(cohort)] for name, values in further.items()})
        )
        experiment = Experiment.load(run_dir)
        return patients(experiment).values["baseline"], experiment

    return make


def test_further_columns_are_shown(shown):
    baseline, experiment = shown(
        grade=["G2", HOSTILE] * 30, resected=[0.0, 1.0] * 30, codel=[True, False] * 30, volume=np.linspace(1, 9.5, 60)
    )
    names = [name for name, _ in baseline["rows"]]
    assert names[0] == "age, median (quartiles)"
    assert names[3:] == [f"grade: {HOSTILE}", "grade: G2", "resected: 0", "resected: 1", "codel: False", "codel: True",
                         "volume, median (quartiles)"]  # fmt: skip
    assert baseline["hidden"] == []
    assert HOSTILE not in render(experiment)


def test_names_files_outcomes_and_facts_of_the_image_are_not(shown):
    baseline, _ = shown(
        time=np.linspace(1, 9, 60), event=[0, 1] * 30, image=["a.nii", "b.nii"] * 30, flair=["a", "b"] * 30,
        flair_hash=["c", "d"] * 30, n_voxels=np.arange(60) % 50, simulated=[True, False] * 30,
        record=np.arange(60) + 1000.0, comment=[f"seen by {who}" for who in range(60)], country=["DE"] * 60,
    )  # fmt: skip
    assert [name.partition(":")[0] for name, _ in baseline["rows"]] == ["age, median (quartiles)", "sex", "sex"]


def test_columns_are_capped_and_the_rest_counted(shown):
    baseline, experiment = shown(**{f"gene{number:02d}": [0, 1] * 30 for number in range(MOST_FURTHER + 4)})
    assert baseline["hidden"] == [f"gene{number}" for number in range(MOST_FURTHER, MOST_FURTHER + 4)]
    assert "Not shown: 4 more columns of the cohort table." in render(experiment)
