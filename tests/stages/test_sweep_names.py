"""What a dashboard is told of a sweep."""

from radsurv.stages import sweep_names
from radsurv.stages.compose import compose
from radsurv.stages.sweep import Sweep


def test_names_that_would_be_the_same_stay_whole():
    jobs = [("model.name=a", "search.name=b"), ("model.name=c", "search.name=b")]
    assert list(sweep_names.labels(jobs).values()) == ["model.name=a,search.name=b", "model.name=c,search.name=b"]


def options(*overrides: str, job: str) -> dict:
    sweep = Sweep(overrides)
    fixed = [one for one in overrides if "," not in one]
    return sweep.options(compose([*fixed, job]), [*fixed, job])


def test_a_run_is_called_by_what_varies_and_its_group_is_the_sweep():
    found = options("model.alpha=0.1,1", "run_dir=/data/mueller/ablation", job="model.alpha=1")
    assert found["run_dir"] == "/data/mueller/ablation/model.alpha=1"
    assert (found["tracking"]["run_name"], found["tracking"]["group"]) == ("alpha=1", "ablation")


def test_what_the_user_has_named_stays_and_without_a_dashboard_nothing_is_named():
    given = ("model.alpha=0.1,1", "run_dir=a", "tracking.group=mine", "tracking.run_name=thesis")
    found = options(*given, job="model.alpha=1")["tracking"]
    assert (found["run_name"], found["group"]) == ("thesis", "mine")
    assert options("model.alpha=0.1,1", "tracking=none", job="model.alpha=1")["tracking"] == {"name": "none"}
    assert options("model.alpha=0.1", job="model.alpha=0.1")["tracking"]["run_name"] is None
