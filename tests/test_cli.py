"""The command line end to end: a run that goes on, or one line that helps; never a traceback, never a vanished patient."""

import errno
import io
import json
import os
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from reliability import TERMINAL, Fault, by_case

from radsurv.cli import main
from radsurv.compute.cache_folder import CacheFolder
from radsurv.config import validate
from radsurv.errors import TooFewPatients
from radsurv.stages import pipeline, terminal
from radsurv.stages.compose import compose
from radsurv.validation.validation_options import SCHEMES

FAULTS = [
    Fault(
        kind=TERMINAL, fault="`radsurv run --help` on a terminal that knows ASCII only", status=0, said="stages cohort \\u2192 radiomics",
        then="other characters are shown by their numbers", case="ascii",
    ),
    Fault(
        kind=TERMINAL, fault="`radsurv describe-features` into a pipe to `true`", status=0, lost="what nobody reads",
        then="nothing is said of it", case="pipe",
    ),
]  # fmt: skip
ROW = by_case(FAULTS)
PATIENT = "SIMULATED-003"
QUICK = ("tracking=none", "backbone=none", "significance=naive", "compute.n_jobs=1")


@pytest.fixture
def run(twelve, tmp_path, monkeypatch, capfd):
    """Run on the twelve patients; returns exit status and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*overrides: str) -> tuple[int, str]:
        table = f"cohort.table={twelve / 'clinical.csv'}"
        status = main(["run", table, "run_dir=out", *QUICK, *overrides])
        return status, capfd.readouterr().err

    return run


def set_column(folder, column, values, rows=slice(None)):
    """Cells of the clinical table, all of a column or those of some rows."""
    table = pd.read_csv(folder / "clinical.csv", dtype=str)
    table.loc[rows, column] = values
    table.to_csv(folder / "clinical.csv", index=False)


def edit_volume(path, change):
    image = sitk.ReadImage(str(path))
    array = sitk.GetArrayFromImage(image)
    edited = sitk.GetImageFromArray(change(array))
    edited.CopyInformation(image)
    sitk.WriteImage(edited, str(path))


def one_pixel(array):
    section, row, column = np.argwhere(array)[0]
    single = np.zeros_like(array)
    single[section, row, column] = 1
    return single


def with_nan(array):
    pixels = array.astype(np.float32)
    pixels[:, ::3] = np.nan
    return pixels


def shifted(folder):
    path = folder / f"masks/{PATIENT}.nii.gz"
    mask = sitk.ReadImage(str(path))
    mask.SetOrigin([coordinate + 5 for coordinate in mask.GetOrigin()])
    sitk.WriteImage(mask, str(path))


PATIENT_FAULTS = {
    "missing file": (lambda folder: (folder / f"images/{PATIENT}.nii.gz").unlink(), "does not exist"),
    "other geometry": (shifted, "mm"),
    "empty mask": (lambda folder: edit_volume(folder / f"masks/{PATIENT}.nii.gz", np.zeros_like), "empty|no voxel"),
    "one pixel": (lambda folder: edit_volume(folder / f"masks/{PATIENT}.nii.gz", one_pixel), "1 pixel"),
    "constant": (lambda folder: edit_volume(folder / f"images/{PATIENT}.nii.gz", np.ones_like), "have the intensity 1"),
    "NaN pixels": (lambda folder: edit_volume(folder / f"images/{PATIENT}.nii.gz", with_nan), "NaN"),
}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(one, marks=() if one in ("missing file", "NaN pixels") else pytest.mark.slow)
        for one in PATIENT_FAULTS
    ],
)
def test_a_patients_fault_is_a_row_and_the_run_goes_on(run, twelve, tmp_path, fault):
    spoil, reason = PATIENT_FAULTS[fault]
    spoil(twelve)
    status, shown = run("until=evaluate", "reduction.cindex=0.6")
    assert status == 0, shown
    assert PATIENT in shown
    qc = pd.read_csv(tmp_path / "out/qc.csv", keep_default_na=False)
    verdicts = qc[qc["status"] != "warning"].set_index("patient_id")
    assert len(verdicts) == 12
    assert verdicts.loc[PATIENT, "status"] == "excluded"
    assert pd.Series([verdicts.loc[PATIENT, "reason"]]).str.contains(reason, case=False).all(), verdicts.loc[PATIENT]
    predicted = pd.read_parquet(tmp_path / "out/predictions.parquet")
    assert set(predicted["patient_id"]) == set(verdicts.index) - {PATIENT}
    assert json.loads((tmp_path / "out/metrics.json").read_text())["n_excluded"] == 1


# A column and what stands in it for `PATIENT`.
CELL_FAULTS = {
    "duplicate id": ("patient_id", "SIMULATED-001", "SIMULATED-001"),
    "negative time": ("time", "-3", f"{PATIENT}.*-3"),
    "time zero": ("time", "0", PATIENT),
    "time as text": ("time", "two years", f"{PATIENT}.*two years"),
    "event 2": ("event", "2", f"{PATIENT}.*2"),
    "climbing out": ("image", "../../etc/passwd", PATIENT),
}


@pytest.fixture
def one_clear_error(run, tmp_path):
    def check(message, *overrides):
        status, shown = run("until=evaluate", *overrides)
        assert status == 1
        assert "Traceback" not in shown
        assert pd.Series([" ".join(shown.split())]).str.contains(message, case=False).all(), shown
        assert not (tmp_path / "out/cohort.parquet").exists()

    return check


@pytest.mark.parametrize("fault", CELL_FAULTS)
def test_a_fault_in_one_cell_is_one_clear_error(one_clear_error, twelve, fault):
    column, value, message = CELL_FAULTS[fault]
    set_column(twelve, column, value, rows=2)
    one_clear_error(message)


def test_no_event_is_one_clear_error(one_clear_error, twelve):
    set_column(twelve, "event", "0")
    one_clear_error("no event")


@pytest.mark.parametrize(
    ("override", "message"),
    [("cohort.min_patients=13", r"12 patients.*13"), ("cohort.covariates=[agee]", "age")],
    ids=["too few", "unknown covariate"],
)
def test_an_option_that_the_cohort_does_not_meet_is_one_clear_error(one_clear_error, override, message):
    one_clear_error(message, override)


def test_a_class_of_two_is_remarked_and_the_run_goes_on(run, twelve, tmp_path):
    set_column(twelve, "sex", ["F", "F"] + ["M"] * 10)
    status, shown = run("until=evaluate", "cohort.covariates=[age,sex]", "reduction.cindex=0.6")
    assert status == 0, shown
    qc = pd.read_csv(tmp_path / "out/qc.csv", keep_default_na=False)
    remarks = qc[(qc["status"] == "warning") & qc["reason"].str.contains("sex")]
    assert set(remarks["patient_id"]) == {"SIMULATED-001", "SIMULATED-002"}


def test_a_missing_table_is_one_line(run):
    status, shown = run("cohort.table=nowhere/clinical.csv")
    assert status == 1
    assert "nowhere/clinical.csv" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("backbone.weights=weights/vgg19.pth", "weights/vgg19.pth"),
        ("backbone.layers=[fc9]", "vgg19 has no layer 'fc9'"),
        ("reduction.cindx=1", "did you mean reduction.cindex"),
    ],
)
def test_missing_weights_and_misspellings_are_one_line(run, tmp_path, override, answer):
    status, shown = run("backbone=vgg19", override)
    assert status == 1
    assert answer in shown
    assert "Traceback" not in shown
    assert len([line for line in shown.splitlines() if "error" in line]) <= 1
    assert not (tmp_path / "out").exists()


def test_a_failed_run_of_a_sweep_is_named_and_the_others_go_on(run, twelve, tmp_path):
    status, shown = run("-m", f"cohort.table=nowhere/clinical.csv,{twelve / 'clinical.csv'}", "until=cohort")
    assert status == 1
    assert "1 of 2 runs failed: cohort.table=nowhere_clinical.csv" in shown
    assert "Traceback" not in shown
    summary = pd.read_csv(tmp_path / "out/summary.csv", keep_default_na=False)
    assert summary["error"].str.contains("does not exist").tolist() == [True, False]
    folders = sorted(path.parent.name for path in tmp_path.glob("out/**/cohort.parquet"))
    assert folders == summary["run"].tolist()[1:]


@pytest.mark.slow
@pytest.mark.parametrize("flag", ["--multi", "--multirun"])
def test_whatever_hydra_takes_for_a_sweep_is_one(run, tmp_path, flag):
    """Else the runs would take each other's place in one folder."""
    status, shown = run(flag, "seed=1,2", "until=cohort")
    assert status == 0, shown
    assert pd.read_csv(tmp_path / "out/summary.csv")["run"].tolist() == ["seed=1", "seed=2"]
    assert sorted(path.parent.name for path in tmp_path.glob("out/**/cohort.parquet")) == ["seed=1", "seed=2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-m", "--cfg", "job", "seed=1,2"], "--multirun and --cfg job exclude each other"),
        (["--run", "--info", "all"], "--run and --info all exclude each other"),
        (["--resolve"], "--resolve goes with --cfg job"),
        (["-m", "backbone=glob(z*)"], "backbone=glob(z*) fits no file of conf/backbone"),
        (["model=null"], "conf/model has no choice 'null'"),
        (["~tracking"], "conf/tracking cannot be left out"),
        (["run_dir=${nope}"], "Interpolation key 'nope' not found"),
    ],
)
def test_what_hydra_would_answer_with_a_traceback_is_one_line(run, tmp_path, arguments, said):
    status, shown = run(*arguments)
    assert status == 1
    assert shown.startswith("radsurv: error: ")
    assert said in shown
    assert len(shown.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_one_worker_or_two_and_cached_or_not_give_the_same_bytes(run, tmp_path, monkeypatch):
    monkeypatch.setattr(terminal, "PATIENTS_WORTH_PROCESSES", 2)
    names = (
        "cohort.parquet",
        "radiomics.parquet",
        "predictions.parquet",
        "selections.parquet",
        "folds.parquet",
        "metrics.json",
        "qc.csv",
    )
    tables = []
    for n_jobs in (1, 2, 1):
        status, shown = run("until=evaluate", "reduction.cindex=0.6", f"compute.n_jobs={n_jobs}")
        assert status == 0, shown
        tables.append({name: (tmp_path / "out" / name).read_bytes() for name in names})
        # What the workers of the second run find in the cache comes back to where it is said.
        assert ("1 entry of the cache (radiomics/" in shown) == (n_jobs == 2)
        if (
            len(tables) == 1
        ):  # the workers find one damaged, compute half of the others, and have the rest from the cache
            damaged, *others = sorted((tmp_path / ".cache/radsurv/radiomics").rglob("*.entry"))
            damaged.write_bytes(b"")
            for entry in others[::2]:
                entry.unlink()
            shutil.rmtree(tmp_path / ".cache/radsurv/roi", ignore_errors=True)
    assert ", 12 from the cache" in shown
    status, shown = run("until=evaluate", "reduction.cindex=0.6", "compute.n_jobs=2", "compute.cache_dir=fresh")
    assert status == 0, shown
    tables.append({name: (tmp_path / "out" / name).read_bytes() for name in names})
    assert tables[0] == tables[1] == tables[2] == tables[3]


CACHED = ("radiomics.parquet", "predictions.parquet", "trials.parquet", "metrics.json")
SEARCHING = (
    *(
        "until=evaluate",
        "reduction.cindex=0.6",
        "validation=repeated_kfold",
        "validation.n_splits=3",
        "validation.repeats=1",
    ),
    *("validation.inner_splits=3", "model.n_lambda=20", "search=optuna", "search.trials=2"),
)


def results(folder):
    return {name: (folder / name).read_bytes() for name in CACHED}


def lines_about(shown, words):
    return [line for line in shown.splitlines() if words in line]


@pytest.mark.slow
def test_damaged_entries_change_no_number_and_are_replaced(run, tmp_path):
    assert run(*SEARCHING)[0] == 0
    undisturbed = results(tmp_path / "out")
    entries = {kind: sorted((tmp_path / ".cache/radsurv" / kind).rglob("*.entry")) for kind in ("radiomics", "search")}
    assert [len(found) for found in entries.values()] == [12, 4]
    whole = {}
    for number, file in enumerate(entries["radiomics"][:6] + entries["search"][:2]):
        whole[file] = content = file.read_bytes()
        damages = (
            content[:-5],
            b"",
            bytes(len(content)),
            content[:-9] + bytes(9),
            b"[[]]",
            content[:-20] + bytes([content[-20] ^ 1]) + content[-19:],
        )
        file.write_bytes(damages[number % len(damages)])
    status, shown = run(*SEARCHING)
    assert status == 0, shown
    assert len(lines_about(shown, "each of 6 entries of the cache (the first: radiomics/")) == 1
    assert len(lines_about(shown, "each of 2 entries of the cache (the first: search/")) == 1
    assert len(lines_about(shown, "damaged: computed again and replaced")) == 2
    assert ", 6 from the cache" in shown
    assert results(tmp_path / "out") == undisturbed
    assert {file: file.read_bytes() for file in whole} == whole


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_is_said_once_and_ends_nothing(run, tmp_path, monkeypatch):
    assert run("until=radiomics")[0] == 0

    def read_only(*_args):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(CacheFolder, "_make", read_only)
    for file in (tmp_path / ".cache/radsurv").rglob("*.entry"):
        if file.name < "8":
            file.unlink()
    status, shown = run(*SEARCHING)
    assert status == 0, shown
    assert (
        len(lines_about(shown, "cannot be written, Read-only file system: what it lacks is computed and not kept")) == 1
    )
    said = json.loads((tmp_path / "out/execution/radiomics.json").read_text())["notes"]
    assert json.loads((tmp_path / "out/execution/evaluate.json").read_text())["notes"][-1] in said, (
        "each stage keeps it"
    )
    without = results(tmp_path / "out")
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert run(*SEARCHING, "compute.cache_dir=other")[0] == 0
    assert results(tmp_path / "out") == without


def test_simulate_and_describe(tmp_path, capsys):
    assert main(["simulate", str(tmp_path / "made"), "--patients", "4", "--censored", "1"]) == 0
    assert "4 SIMULATED patients" in capsys.readouterr().out
    assert main(["simulate", str(tmp_path / "made"), "--patients", "4"]) == 1
    assert "--overwrite" in capsys.readouterr().err or (tmp_path / "made").exists()
    assert main(["simulate", str(tmp_path / "mix"), "--sequence", "SE"]) == 1
    assert "NAME=SHARE" in capsys.readouterr().err
    assert main(["describe-features", "--csv", str(tmp_path / "features.csv")]) == 0
    assert len(pd.read_csv(tmp_path / "features.csv")) == 348
    capsys.readouterr()
    assert main(["describe-features", "radiomics=none"]) == 0
    assert capsys.readouterr().out == "radiomics=none: there are no hand-crafted features to describe\n"


def test_sizes_of_weights_have_one_decimal(monkeypatch, capsys):
    monkeypatch.setattr("radsurv.deep.catalog.list_backbones", lambda: pd.DataFrame({"weights_mib": [548.051]}))
    assert main(["backbones"]) == 0
    assert capsys.readouterr().out.split() == ["weights_mib", "548.1"]


def test_a_terminal_that_knows_fewer_characters_shows_the_rest_by_number(monkeypatch):
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    with pytest.raises(SystemExit) as end:
        main(["run", "--help"])
    sys.stdout.flush()
    assert end.value.code == ROW["ascii"].status
    assert ROW["ascii"].said in shown.getvalue().decode("ascii")


def test_a_reader_that_has_seen_enough_is_no_error_and_another_pipe_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    reader, writer = os.pipe()
    os.close(reader)
    for write_through in (False, True):  # as with PYTHONUNBUFFERED
        with os.fdopen(os.dup(writer), "w") as stream, monkeypatch.context() as piped:
            stream.reconfigure(write_through=write_through)
            piped.setattr(sys, "stdout", stream)
            assert main(["describe-features", "radiomics=none"]) == ROW["pipe"].status
    os.close(writer)
    assert capsys.readouterr().err == ""

    def broken(*_):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("radsurv.stages.compose.compose", broken)
    assert main(["describe-features"]) == 1
    assert capsys.readouterr().err == "radsurv: error: Broken pipe\n"


def test_help_teaches(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    shown = capsys.readouterr().out
    for word in ("cohort.table=PATH", "until=STAGE", "--cfg job", "experiment=han2020_data1", *SCHEMES):
        assert word in shown


@pytest.mark.slow
def test_twelve_real_patients_to_the_report(shared, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = shared / "cohorts/tcga_lgg"
    table = pd.read_csv(source / "clinical.csv")
    chosen = pd.concat([table[table["event"] == 1].head(6), table[table["event"] == 0].head(6)])
    (tmp_path / "real").mkdir()
    for name in ("images", "masks"):
        (tmp_path / "real" / name).mkdir()
        for file in chosen["image" if name == "images" else "mask"]:
            (tmp_path / "real" / file).write_bytes((source / file).read_bytes())
    chosen.to_csv(tmp_path / "real/clinical.csv", index=False)
    overrides = [
        "cohort.table=real/clinical.csv",
        "run_dir=out",
        "tracking=none",
        "significance=naive",
        "compute.n_jobs=1",
        "reduction.cindex=0.6",
    ]
    assert main(["run", *overrides]) == 0
    for name in ("cohort", "radiomics", "deep", "predictions"):
        assert set(pd.read_parquet(tmp_path / f"out/{name}.parquet")["patient_id"]) == set(chosen["patient_id"]), name
    page = (tmp_path / "out/report.html").read_text("utf-8")
    assert "SIMULATED" not in page
    assert pd.read_parquet(tmp_path / "out/radiomics.parquet").shape == (12, 349)
    assert pd.read_parquet(tmp_path / "out/deep.parquet").shape == (12, 1281)


def visible(folder):
    """The bytes of all files but hidden ones."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.parts[0].startswith(".")}


def test_a_run_that_comes_to_nothing_leaves_the_earlier_one(run, twelve, tmp_path):
    assert run("until=radiomics")[0] == 0
    before = visible(tmp_path / "out")
    status, said = run("cohort.table=nowhere/clinical.csv")
    assert status == 1
    for patient in range(4):
        edit_volume(twelve / "masks" / f"SIMULATED-{patient + 1:03d}.nii.gz", one_pixel if patient else np.zeros_like)
    status, said = run("cohort.min_patients=10")
    assert status == 1
    assert "8 patients can take part (4 left out: SIMULATED-001: the outline is empty" in said
    assert "; and 1 more)" in said
    refused = pd.read_csv(tmp_path / "out" / "excluded.csv")
    assert refused["patient_id"].tolist() == [f"SIMULATED-{patient + 1:03d}" for patient in range(4)]
    (tmp_path / "out" / "excluded.csv").unlink()
    assert visible(tmp_path / "out") == before


def test_a_run_that_was_refused_under_dvc_leaves_no_trace_once_it_is_mended(twelve, tmp_path, monkeypatch):
    """Each stage as `dvc repro` calls it, on its own."""
    monkeypatch.chdir(tmp_path)
    stages = ("cohort", "radiomics", "deep", "evaluate")
    for path in sorted((twelve / "masks").iterdir())[:4]:
        shutil.copy(path, tmp_path / path.name)
        edit_volume(path, one_pixel)
    overrides = [f"cohort.table={twelve / 'clinical.csv'}", "run_dir=out", *QUICK, "compute.cache_dir=cache"]
    config = validate(compose(overrides))
    with pytest.raises(TooFewPatients, match=r"all of them: out/excluded\.csv"):
        pipeline.run_alone("cohort", config)
    assert (tmp_path / "out/excluded.csv").is_file()
    for path in sorted((twelve / "masks").iterdir())[:4]:
        shutil.copy(tmp_path / path.name, path)
    for stage in stages:
        pipeline.run_alone(stage, config)
    assert not (tmp_path / "out/excluded.csv").exists()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["run_dir=/proc/nowhere"], "/proc/nowhere"),
        (["compute.cache_dir=/proc/nowhere"], "/proc/nowhere"),
        (["seed=-1"], "seed: Input should be greater than or equal to 0"),
        (["compute.n_jobs=0"], "expected a number of workers from 1 to 1,024, or -1"),
    ],
)
def test_what_cannot_be_written_or_done_is_said_in_one_line(run, overrides, message):
    status, said = run(*overrides)
    assert status == 1
    assert message in said
    assert len(said.splitlines()) <= 3  # the stages before it have a line each


def test_other_commands_that_cannot_write(tmp_path, capsys):
    for command in (["simulate", "/proc/nowhere"], ["describe-features", "--csv", "/proc/nowhere/x.csv"]):
        assert main(command) == 1
        said = capsys.readouterr().err
        assert said.startswith("radsurv: error: ")
        assert len(said.splitlines()) == 1


def test_a_data_dictionary_is_whole_or_the_old_one(tmp_path, monkeypatch, capsys):
    old = tmp_path / "features.csv"
    old.write_text("old")

    def half(table, path, **options):
        path.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(pd.DataFrame, "to_csv", half)
    assert main(["describe-features", "--csv", str(old)]) == 1
    assert "make room on the disk" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
