"""The command line.

``radsurv demo | init | run | check | predict | multiverse | ingest | download | stage | compare | dashboard | wandb-report | simulate |
describe-features | backbones | convert-weights | compile | cache``
"""

from __future__ import annotations

import argparse
import io
import os
import select
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from radsurv import __version__, crash
from radsurv.archive import command as archive
from radsurv.catalogue.stages import STAGE_NAMES
from radsurv.cohort import simulation
from radsurv.errors import ConfigError
from radsurv.ingest import command as ingest
from radsurv.stages import predict_command
from radsurv.stages.interruption import SAID, listening

MULTIVERSE = """\
Runs every combination of the options that have several values, each on the same shuffled outcomes, and writes into run_dir:
multiverse.html (specification curve), multiverse.parquet (a row for each), metrics.json (multiverse_p: how often chance makes the best
of them as good as the best that was seen). Features are computed once; where the runs are logged, the whole is logged beside them.
For instance

  radsurv multiverse cohort.table=my/clinical.csv reduction.cindex=0.6,0.65 model.alpha=0.1,0.5,1 quantization=equal16_1mm,uniform32_1mm \\
      significance.permutations=200 run_dir=runs/multiverse
"""
DESCRIPTION = """\
RadSurv turns tumour images, outlines and survival times into an honest survival experiment:
radiomics and deep features, feature reduction and Elastic-Net Cox under leave-one-out, and a report.

  radsurv demo                                       50 SIMULATED patients, made and analysed in radsurv-demo/
  radsurv run                                        the demo cohort of a clone
  radsurv run cohort.table=my/clinical.csv           your own patients
  radsurv check cohort.table=my/clinical.csv         what can be known before: faults, outliers, a passport of the cohort
  radsurv predict --model runs/A/model.json --cohort new.csv --out predictions.csv    a finished model on new patients
  radsurv ingest FOLDER --clinical FILE --out DIR    a cohort from images and a clinical table as they are
  radsurv run backbone=vgg19 reduction.cindex=0.66   other choices, other values
  radsurv run -m reduction.cindex=0.6,0.62,0.64      an ablation: one run per value
  dvc repro                                          the same, versioned: reruns only what a change touches
  radsurv init FOLDER --table my/clinical.csv        a folder with conf/ and dvc.yaml for one cohort, of any number side by side
"""

RUN_HELP = """\
Run the stages cohort → radiomics, deep → evaluate → compare → significance → attribution → report in one process.

What can be overridden (group=choice picks a file of conf/, group.option=value changes a value):

  cohort.table=PATH          clinical.csv with patient_id, image, mask, time, event (docs/cohort.md)
  cohort.features=PATH       a ready feature table (CSV or Parquet) in place of images
  run_dir=DIR                where the tables and report.html go (default: results)
  until=STAGE                stop after cohort, radiomics, deep, evaluate, compare, significance, attribution or report
  backbone=vgg19             the network; backbone.layers=[fc1] its layers; backbone=none: no deep features
  reduction.cindex=0.66      thresholds of the feature reduction (also .mad, .pearson)
  model.alpha=0.1            elastic-net mixing; model.lambda_rule=min|1se
  experiment=han2020_data1   the settings of Han et al., AJNR 2020 (also _data2, _data3); experiment=han2020 -m: all of the paper
  validation=repeated_kfold  or loocv, leave_site_out, bootstrap
  validation=external        apply validation.model=PATH (model.json of a finished run) to these patients; learn nothing
  search=optuna              search thresholds and alpha inside every training set
  transforms=combat          harmonise sites inside every training set; imputation, imputation_combat: fill in missing values
  attribution=none           no maps of what the deep features look at
  comparison=none            no simpler models beside it
  significance=naive         no permutation test (it repeats everything on shuffled outcomes)
  tracking=none              no Weights & Biases run; tracking=mlflow: an MLflow run in its place
  compute=dask               loops on the workers of a Dask cluster (compute.address=tcp://HOST:8786); slurm: in SLURM jobs
  seed=0                     seeds all that is drawn: folds, shuffled outcomes, bootstrap samples, varied outlines

When something goes wrong:

  --debug                    show the traceback (so does RADSURV_DEBUG=1); what nobody expected leaves it in crash.txt anyway

Where options come from:

  --config-dir DIR           read DIR, a whole folder like RadSurv's own conf/, in its place; a conf/ in the working folder is read
                             without being named only beside a dvc.yaml that runs `radsurv stage compose`

Hydra's own:

  --cfg job                  show the whole composed configuration, run nothing
  -m, --multirun             one run per combination of values (a,b or glob(vgg*)); features are computed once

With -m:

  --again                    run points again that an earlier sweep has finished with the same options, data and code
"""


CHECK_HELP = """\
Find everything that can be known before computing, without a model: all faults of the table, the images, the outlines and the
configuration at once, and patients who are unlike the others. Takes the overrides of radsurv run, and writes into run_dir

  checks.csv                 one row for each thing found: patient_id, column, severity, what, remedy
  passport.html              the cohort on one page: who takes part, Table 1, every patient's section with its outline

A run in that folder stays as it is. Exit status 0 if a run could start, 1 if not.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. A fault of the user's ends in one line on standard error and exit status 1, one that nobody expected in one and 70,
    SIGINT and SIGTERM in one and 130 and 143.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows fewer characters ends nothing
    with listening() as heard:
        try:
            return _answer(given)
        except BaseException as end:
            if heard.signal is None and not isinstance(end, KeyboardInterrupt):
                raise
            number = heard.signal or signal.SIGINT
    goes_on = given[:1] in (["demo"], ["run"], ["stage"])
    hint = "; what was computed per patient is cached, the same command goes on" if goes_on else ""
    print(f"radsurv: {SAID[number]}{hint}", file=sys.stderr)
    return 128 + number


def _answer(given: list[str]) -> int:
    debug = crash.asked_for_debug(given)
    try:
        status = _done([argument for argument in given if argument != "--debug"], debug)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a fault is one like any other, and not while Python shuts down
        return status
    except Exception as error:
        # A reader (head, less) that has seen enough is no fault; the way to a worker process that breaks is one.
        if isinstance(error, OSError) and _output_is_lost() and isinstance(error, BrokenPipeError):
            return 0
        return crash.told(error, given, debug=debug).status


def _done(arguments: list[str], debug: bool) -> int:
    _require_working_folder()
    if arguments[:1] in (["run"], ["check"], ["multiverse"]) and not {"-h", "--help"} & set(arguments):
        # Imported here because it takes Hydra and pandas a second to load.
        from radsurv.stages import hydra_run

        if arguments[0] == "check":
            return hydra_run.check(arguments[1:])
        if arguments[0] == "multiverse":
            return hydra_run.multiverse(arguments[1:], debug=debug)
        return hydra_run.run(arguments[1:], debug=debug)
    return _dispatch(_parser().parse_args(arguments))


def _require_working_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise ConfigError("the working folder is not there any more: change to one that is (cd)") from None


def _output_is_lost() -> bool:
    """Whether standard output takes no more; then it leads nowhere, so that Python does not complain once more at its end."""
    try:
        lost = _without_reader(sys.stdout.fileno())
    except (OSError, AttributeError):  # it is closed, or no file
        return False
    try:
        sys.stdout.flush()  # what could not be written is still to be
    except OSError:
        lost = True
    if lost:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return lost


def _without_reader(descriptor: int) -> bool:
    """Whether it is a pipe that nobody reads; unknown, so False, on systems without ``poll``."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="radsurv", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"radsurv {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")  # taken out by `main`
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "run",
        help="run an experiment: radsurv run [group=choice] [group.option=value] …",
        description=RUN_HELP,
        usage="radsurv run [-m [--again]] [--cfg job] [--config-dir DIR] [override …]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands.add_parser(
        "check",
        help="look at a cohort before a run: all faults at once, and a passport of it",
        description=CHECK_HELP,
        usage="radsurv check [override …]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands.add_parser(
        "multiverse",
        help="many defensible analyses of the same patients: specification curve, and a P that pays for having looked at all",
        description=MULTIVERSE,
        usage="radsurv multiverse override …  (some with several values)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    predicting = commands.add_parser(
        "predict",
        help="apply a finished model to patients without outcome",
        description=predict_command.DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    predict_command.add_options(predicting)
    compared = commands.add_parser(
        "compare", help="finished runs, or all those of a sweep, on one page and in one table"
    )
    compared.add_argument(
        "runs",
        type=Path,
        nargs="+",
        metavar="RUN",
        help="folders of runs or sweeps; the others are held against the first",
    )
    compared.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="for index.html, comparison.csv and, of runs that repeat a paper, published.csv",
    )
    board = commands.add_parser(
        "dashboard", help="all runs below a folder as a site of plain files, to search, sort and compare"
    )
    board.add_argument("folder", type=Path, metavar="DIR", help="holds runs and sweeps")
    board.add_argument(
        "--out", type=Path, required=True, metavar="SITE", help="folder of the site: new, or an earlier one"
    )
    board.add_argument(
        "--patients",
        choices=("pseudonyms", "none", "ids"),
        default="pseudonyms",
        help="how reports name patients (pseudonyms)",
    )
    reported = commands.add_parser(
        "wandb-report", help="the W&B report of a run with tracking.report=true, once `wandb sync` has sent the run"
    )
    reported.add_argument("folder", type=Path, metavar="FOLDER", help="the one that `wandb sync` was given")
    demo = commands.add_parser(
        "demo",
        help="make 50 SIMULATED patients and analyse them, in a folder of its own: needs no clone and no network",
    )
    demo.add_argument("overrides", nargs="*", metavar="override", help="as of radsurv run, e.g. significance=naive")
    demo.add_argument(
        "--dir", type=Path, default=Path("radsurv-demo"), help="where (radsurv-demo); its data/ is made once"
    )
    made = commands.add_parser(
        "init", help="a folder in which one cohort is analysed with DVC (dvc repro, dvc exp run)"
    )
    made.add_argument("folder", type=Path, metavar="FOLDER", help="new; the cohort is called like it")
    made.add_argument(
        "--table",
        type=Path,
        metavar="FILE",
        help="the cohort table, which stays where it is (FOLDER/data/clinical.csv)",
    )
    stage = commands.add_parser("stage", help="run one DVC stage from params.yaml (this is what dvc.yaml calls)")
    stage.add_argument("name", choices=("compose", *STAGE_NAMES, "summary"))
    simulate = commands.add_parser(
        "simulate", help="make a cohort of SIMULATED patients", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    simulation.add_options(simulate)
    describe = commands.add_parser("describe-features", help="the data dictionary of the hand-crafted features")
    describe.add_argument("--csv", type=Path, metavar="FILE", help="write it as CSV, one row per feature")
    describe.add_argument("--config-dir", type=Path, metavar="DIR", help="read DIR in place of RadSurv's own conf/")
    describe.add_argument(
        "overrides", nargs="*", metavar="override", help="e.g. radiomics=ibsi quantization=equal16_1mm"
    )
    ingesting = commands.add_parser(
        "ingest",
        help="propose a cohort from a folder of images and a clinical table",
        description=ingest.DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ingest.add_options(ingesting)
    downloading = commands.add_parser(
        "download",
        help="fetch a public collection that conf/cohort has a recipe for",
        description=archive.DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    archive.add_options(downloading)
    backbones = commands.add_parser(
        "backbones", help="networks, their layers, feature counts, and which weights are here"
    )
    backbones.add_argument("name", nargs="?", help="show the layers of one network")
    convert = commands.add_parser(
        "convert-weights",
        help="Keras' weights of VGG-19, which the paper's network had, as a file for backbone.weights",
        description="Convert vgg19_weights_tf_dim_ordering_tf_kernels.h5 (or …_notop.h5), which keras.applications downloads.",
    )
    convert.add_argument("file", type=Path, metavar="FILE.h5", help="needs the package h5py (uv sync --extra keras)")
    convert.add_argument("out", type=Path, nargs="?", metavar="OUT", help="default: FILE.safetensors")
    compiling = commands.add_parser(
        "compile", help="compile now what the first run would: 15 s, for images of containers and jobs on many machines"
    )
    compiling.add_argument("overrides", nargs="*", metavar="override", help="as of radsurv run, e.g. search=optuna")
    cache = commands.add_parser("cache", help="what is kept of earlier runs: show it, check it, make it smaller")
    cache.add_argument("overrides", nargs="*", metavar="override", help="e.g. compute.cache_dir=DIR")
    cache.add_argument(
        "--prune",
        nargs="?",
        const="",
        metavar="SIZE",
        help="delete the least recently used entries until SIZE is left, e.g. 5GB (default: compute.cache_limit)",
    )
    cache.add_argument("--verify", action="store_true", help="check the checksums of all entries")
    cache.add_argument("--share", action="store_true", help="upload what the shared cache (compute.shared_cache) lacks")
    return parser


def _dispatch(options: argparse.Namespace) -> int:
    run = {
        "demo": _demo,
        "init": _init,
        "predict": predict_command.run,
        "simulate": simulation.run,
        "ingest": ingest.run,
        "compare": _compare,
        "dashboard": _dashboard,
        "wandb-report": _wandb_report,
        "download": archive.run,
        "stage": _stage,
        "describe-features": _describe_features,
        "backbones": _backbones,
        "convert-weights": _convert_weights,
        "compile": _compile,
        "cache": _cache,
    }
    return run[options.command](options)


def _demo(options: argparse.Namespace) -> int:
    # Imported here because the command line starts without them.
    from radsurv.stages.demo import demo

    return demo(options.dir, options.overrides, print)


def _init(options: argparse.Namespace) -> int:
    from radsurv.stages.cohort_folder import init

    init(options.folder, options.table, print)
    return 0


def _compare(options: argparse.Namespace) -> int:
    from radsurv.stages.compare_runs import compare_runs

    compare_runs(options.runs, options.out, print)
    return 0


def _dashboard(options: argparse.Namespace) -> int:
    from radsurv.stages.dashboard import dashboard

    dashboard(options.folder, options.out, options.patients, print)
    return 0


def _wandb_report(options: argparse.Namespace) -> int:
    from radsurv.stages.wandb_report import write_report

    write_report(options.folder, print)
    return 0


def _describe_features(options: argparse.Namespace) -> int:
    from radsurv.config import validate
    from radsurv.csv_files import write_csv
    from radsurv.radiomics.dictionary import by_family, describe_features
    from radsurv.stages import compose, conf_folder

    with conf_folder.chosen(options.config_dir):
        config = validate(compose.compose(options.overrides))
    table = describe_features(config.quantization, config.radiomics)
    if table.empty:
        print("radiomics=none: there are no hand-crafted features to describe")
    elif options.csv is not None:
        write_csv(table, options.csv)
        print(f"{len(table)} features: {options.csv}")
    else:
        print(by_family(table, shutil.get_terminal_size().columns))
        print(f"\n{len(table)} features; --csv FILE writes them one by one")
    return 0


def _backbones(options: argparse.Namespace) -> int:
    from radsurv.deep.catalog import list_backbones, list_layers

    table = list_backbones() if options.name is None else list_layers(options.name)
    print(table.to_string(index=False, float_format="{:.1f}".format))
    return 0


def _compile(options: argparse.Namespace) -> int:
    from radsurv.stages.compile_ahead import compile_ahead

    compile_ahead(options.overrides, print)
    return 0


def _cache(options: argparse.Namespace) -> int:
    from radsurv.config import validate
    from radsurv.stages import compose
    from radsurv.stages.cache_report import cache_report

    config = validate(compose.compose(options.overrides))
    cache_report(config.compute, size=options.prune, verify=options.verify, share=options.share, tell=print)
    return 0


def _convert_weights(options: argparse.Namespace) -> int:
    from radsurv.deep.converted import LAST_MAPS, NAME, PREPROCESS, SUFFIX
    from radsurv.deep.keras_weights import convert_keras, published_as

    target = options.file.with_suffix(SUFFIX) if options.out is None else options.out
    found = convert_keras(options.file, target)
    published = published_as(options.file)
    what = (
        f"what Keras publishes as {published}"
        if published
        else "no file that Keras publishes: other values, in its layout"
    )
    layers = "" if found.has_head else f" 'backbone.layers=[{LAST_MAPS}]'"
    print(f"{target}: {what}")
    print(f"radsurv run backbone={NAME} backbone.weights={target} backbone.preprocess={PREPROCESS}{layers}")
    return 0


def _stage(options: argparse.Namespace) -> int:
    from radsurv.stages import params_file

    if options.name == "compose":
        from radsurv.stages import preflight

        params_file.follow_conf()
        preflight.check(params_file.read())
        return 0
    config = params_file.read()
    with crash.crashes_in(Path(config.run_dir), discreet=config.cohort.pseudonymise):
        if options.name == "summary":
            from radsurv.stages import summary

            summary.run(config)
        else:
            from radsurv.stages import pipeline

            pipeline.run_alone(options.name, config)
    return 0
