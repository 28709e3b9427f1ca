"""Composition: the real conf/, and answers to a misspelling that help."""

import shutil
from pathlib import Path

import pytest
import yaml

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages import compose, params_file

CONF = Path(__file__).parents[2] / "conf"
CHOICES = [
    f"{group.name}={file.stem}"
    for group in sorted(CONF.iterdir())
    if group.is_dir()
    for file in sorted(group.glob("*.yaml"))
]


@pytest.mark.parametrize("choice", CHOICES)
def test_every_file_of_every_group_composes_and_validates(choice):
    needed = {"validation=external": ["validation.model=A/model.json"]}
    validate(compose.compose([choice, *needed.get(choice, [])]))


@pytest.mark.parametrize("file", sorted(CONF.rglob("*/*.yaml")), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_file_begins_with_the_command_that_picks_it(file):
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("# @package")]
    assert lines[0].startswith(f"# radsurv run {file.parent.name}={file.stem}")


@pytest.mark.parametrize(
    ("data", "cindex", "sequences"),
    [("data1", 0.685, {}), ("data2", 0.66, {}), ("data3", 0.66, {"sequence": ["SE"]})],
)
def test_the_papers_settings(data, cindex, sequences):
    config = validate(compose.compose([f"experiment=han2020_{data}", "cohort=table", "cohort.table=clinical.csv"]))
    assert config.cohort.select == sequences
    assert "han2020" not in config.cohort.name
    assert (config.reduction.mad, config.reduction.cindex, config.reduction.pearson) == (0.0, cindex, 0.85)
    assert (config.model.alpha, config.validation.scheme, config.validation.inner_splits) == (0.1, "loocv", 10)
    assert (config.backbone.name, config.backbone.layers, config.backbone.weights) == (
        "vgg19",
        ["fc1", "fc2"],
        "imagenet",
    )
    assert config.quantization.algorithms == ["equal", "uniform"]
    assert config.quantization.levels == [16, 32]
    assert config.quantization.scales == ["native", 1.0]
    assert config.quantization.outlier_sd == 3.0


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("reduction.cindx=0.6", r"no option is called 'reduction.cindx' \(did you mean reduction.cindex"),
        ("bakbone=vgg19", r"no option is called 'bakbone' \(did you mean backbone"),
        ("backbone=vgg", r"conf/backbone has no choice 'vgg' \(did you mean vgg19.*\?\); it has: .*efficientnet_lite0"),
        ("reduction.cindex=high", r"reduction.cindex: Input should be a valid number.*'high'"),
        ("reduction.cindex=1.2", r"reduction.cindex: .*less than or equal to 1 \(found 1.2\)"),
        ("reduction.cindex", r"an override looks like"),
        ("+reduction.extra=1", r"reduction.extra: Extra inputs are not permitted"),
        (
            "cohort=han2020 cohort.table=my.csv",
            r"cohort\.table=my\.csv is not read where several tables are joined \(cohort\.join=\[data/hospital/clinical\.csv,data/tcga/"
            r"clinical\.csv\]\): add cohort=table",
        ),
        ("until=rapport", r"until: Input should be 'cohort', .*found 'rapport'"),
        ("model=null", r"conf/model has no choice 'null'; it has: cox, coxnet"),
        ("~tracking", r"conf/tracking cannot be left out \(~tracking\); it has: mlflow, none, wandb"),
        ("~seed", r"seed: Field required$"),
        ("run_dir=${nope}", "Interpolation key 'nope' not found"),
        ("seed=1,2", "seed=1,2 asks for several runs: give -m with it"),
    ],
)
def test_a_wrong_override_gets_one_line_that_helps(override, answer):
    with pytest.raises(ConfigError, match=answer) as caught:
        compose.check(override.split(), sweep=False)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "override", ["hydra.mode=MULTIRUN", "++hydra.mode=MULTIRUN", "+hydra.sweeper.params.seed='1,2'"]
)
@pytest.mark.parametrize("sweep", [False, True])
def test_a_sweep_is_asked_for_in_one_way(override, sweep):
    """Runs that Hydra makes of these would all have the same folder."""
    with pytest.raises(ConfigError, match="give -m for one run per value"):
        compose.check([override], sweep=sweep)


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        (
            "cohort=glob(z*)",
            r"cohort=glob\(z\*\) fits no file of conf/cohort; it has: brats, demo, han2020, han2020_data1, han2020_data2, lung1, table, ",
        ),
        ("seed=glob(*)", r"fits no file of conf/seed, which is no group"),
        ("seed=interval(0,1)", r"seed=interval\(0,1\): Can only enumerate .*; name the values"),
    ],
)
def test_values_of_a_sweep_that_cannot_be_listed(override, answer):
    with pytest.raises(ConfigError, match=answer):
        compose.check([override], sweep=True)


def test_a_pattern_stands_for_the_files_that_it_fits():
    compose.check(["backbone=glob(vgg*)"], sweep=True)
    assert compose.combinations(["backbone=glob(vgg*)", "seed=1"]) == (
        [("backbone=vgg16",), ("backbone=vgg19",)],
        ["seed=1"],
    )


def test_each_point_of_a_sweep_is_composed_once(monkeypatch):
    composed, asked = compose._compose, []
    monkeypatch.setattr(compose, "_compose", lambda overrides: asked.append(list(overrides)) or composed(overrides))
    compose.check(["model=rsf", "seed=1,2,3"], sweep=True)
    assert asked == [["model=rsf", f"seed={seed}"] for seed in (1, 2, 3)]


def test_a_sweep_is_checked_value_by_value_before_anything_runs():
    compose.check(["reduction.cindex=0.6,0.62", "backbone=vgg19,none"], sweep=True)
    with pytest.raises(ConfigError, match="found 2"):
        compose.check(["reduction.cindex=0.6,2", "backbone=vgg19,none"], sweep=True)
    with pytest.raises(ConfigError, match="no choice 'resnet'"):
        compose.check(["backbone=vgg19,resnet"], sweep=True)


ROWS = [
    *("data1", "data2", "data3", "tumour_only", "age_sex", "two_readers"),
    *("vgg16", "resnet50", "radiomics", "deep", "alpha05", "alpha1"),
]


def test_a_recipe_that_stands_for_several_runs_is_its_rows_and_what_is_given_stays():
    found = compose.without_sweeping_recipes(["experiment=han2020", "seed=1", "cohort=demo"], sweep=True)
    assert compose.combinations(found) == (
        [(f"experiment=han2020_{row}",) for row in ROWS],
        ["seed=1", "cohort=demo"],
    )
    assert {path.stem for path in (CONF / "experiment").glob("*.yaml")} == {
        "han2020",
        *(f"han2020_{row}" for row in ROWS),
    }
    for given in (
        ["seed=1,2"],
        ["experiment=han2020_data1,han2020_data2"],
        ["experiment=glob(han2020_data*)"],
        ["~experiment"],
    ):
        assert compose.without_sweeping_recipes(given, sweep=True) == given


@pytest.mark.parametrize(
    ("overrides", "sweep", "answer"),
    [
        (
            ["experiment=han2020"],
            False,
            r"^experiment=han2020 stands for several runs: give -m with it, or one of han2020_data1, ",
        ),
        (
            ["experiment=han2020,han2020_data1"],
            True,
            r"^experiment=han2020 stands for several runs itself: give it alone",
        ),
        (["experiment=glob(*)"], True, r"^experiment=han2020 stands for several runs itself"),
        (["experiment=han2021"], True, r"no choice 'han2021' \(did you mean han2020"),
    ],
)
def test_a_recipe_that_stands_for_several_runs_is_no_run(overrides, sweep, answer):
    with pytest.raises(ConfigError, match=answer):
        compose.without_sweeping_recipes(overrides, sweep=sweep)


def test_options_of_a_sweeping_recipe_yield_to_given_ones_and_none_stands_for_another(tmp_path, monkeypatch):
    shutil.copytree(CONF, tmp_path / "conf")
    shutil.copy(CONF.parent / "dvc.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    mine = Path("conf/experiment/mine.yaml")
    head = "# @package _global_\nhydra: {sweeper: {params: {"
    mine.write_text(head + "model.alpha: '0.1,1', seed: '1,2'}}}\n", "utf-8")
    given = ["experiment=mine", "seed=3"]
    assert compose.without_sweeping_recipes(given, sweep=True) == ["seed=3", "model.alpha=0.1,1"]
    mine.write_text(head + "experiment: 'han2020,han2020_data1'}}}\n", "utf-8")
    with pytest.raises(ConfigError, match="name those runs in its file"):
        compose.without_sweeping_recipes(given, sweep=True)


def test_what_a_recipe_says_of_seed_and_published_holds(tmp_path, monkeypatch):
    shutil.copytree(CONF, tmp_path / "conf")
    shutil.copy(CONF.parent / "dvc.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("conf/experiment/mine.yaml").write_text("# @package _global_\nseed: 5\npublished: han2020_data1\n", "utf-8")
    found = compose.compose(["experiment=mine"])
    assert (found["seed"], found["published"]) == (5, "han2020_data1")
    assert compose.compose(["experiment=mine", "seed=6"])["seed"] == 6


def test_mappings_can_be_overridden_as_a_whole():
    values = "cohort.values={sex: {1: M, 0: F}}"
    config = validate(compose.compose(["cohort.select={sequence: [SE, FSE]}", "cohort.columns={time: OS}", values]))
    assert config.cohort.values == {"sex": {"1": "M", "0": "F"}}
    assert config.cohort.select == {"sequence": ["SE", "FSE"]}
    assert config.cohort.columns == {"time": "OS"}


def test_the_committed_params_are_what_conf_composes(monkeypatch):
    """Else every `dvc repro` in a fresh clone would begin with a change: `radsurv stage compose`, and commit params.yaml."""
    monkeypatch.chdir(CONF.parent)
    assert yaml.safe_load((CONF.parent / params_file.PARAMS).read_text("utf-8")) == compose.compose()


def test_params_are_composed_by_repro_and_left_alone_in_an_experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    with pytest.raises(ConfigError, match="dvc repro"):
        params_file.read()
    params_file.follow_conf()
    assert params_file.read() == validate(compose.compose())

    edited = yaml.safe_load(Path("params.yaml").read_text("utf-8")) | {"seed": 7}
    Path("params.yaml").write_text(yaml.safe_dump(edited), "utf-8")
    monkeypatch.setenv("DVC_EXP_NAME", "pinky-toe")
    params_file.follow_conf()
    assert params_file.read().seed == 7
    monkeypatch.delenv("DVC_EXP_NAME")
    params_file.follow_conf()
    assert params_file.read().seed == 0


def test_a_damaged_file_of_conf_is_named(tmp_path, monkeypatch):
    shutil.copytree(CONF, tmp_path / "conf")
    shutil.copy(CONF.parent / "dvc.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("conf/tracking/none.yaml").write_text("name: [none", "utf-8")
    compose.compose()
    with pytest.raises(ConfigError, match=r"is no YAML: .*conf/tracking/none\.yaml.*; mend it") as caught:
        compose.compose(["tracking=none"])
    assert "\n" not in str(caught.value)


def test_a_cohort_is_called_after_its_folder_unless_it_has_a_name():
    assert validate(compose.compose()).cohort.name == "demo"
    assert validate(compose.compose(["cohort.table=my/patients/clinical.csv"])).cohort.name == "patients"
    assert validate(compose.compose(["cohort.name=pilot"])).cohort.name == "pilot"


def test_given_inner_folds_are_for_leave_one_out():
    with pytest.raises(ConfigError, match=r"no option is called 'validation\.inner_folds'"):
        validate(compose.compose(["validation=leave_site_out", "validation.inner_folds=x.csv"]))
