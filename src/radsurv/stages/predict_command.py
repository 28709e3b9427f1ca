"""``radsurv predict``: its options."""

from __future__ import annotations

import argparse
from pathlib import Path

from radsurv.options.urls import is_url

DESCRIPTION = """\
Apply a finished model to patients of whom no outcome is known. Their features are computed as the options in the model's file say.

  radsurv predict --model runs/A/model.json --cohort new.csv --out predictions.csv
  radsurv predict --model model.json --cohort new.csv --features features.csv --out predictions.csv

predictions.csv has a row for each patient who could be predicted: patient_id, risk, group (short, long), survival_TIME (probability of
no event by then, in the model's unit), out_of_range (features of the model more than 5 training SDs away). predictions.qc.csv beside
it says of every patient of the table whether, and if not why. docs/predict.md
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser what the command takes."""
    parser.add_argument("--model", type=Path, required=True, metavar="FILE", help="model.json of a finished run")
    parser.add_argument(
        "--cohort",
        type=_file,
        required=True,
        metavar="TABLE",
        help="patient_id, image, mask, and what the model asks for; no time, no event",
    )
    parser.add_argument("--features", type=_file, metavar="TABLE", help="a ready feature table in place of images")
    parser.add_argument("--out", type=Path, required=True, metavar="CSV", help="where the predictions go")
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="override",
        help="how your table and files are read, e.g. cohort.root=DIR, compute.cache_dir=DIR, validation.horizons=[365,730]",
    )


def _file(given: str) -> Path:
    if is_url(given):
        raise argparse.ArgumentTypeError(
            "tables of object storage are not read here: copy the table; cohort.root=s3://… may say where its images are"
        )
    return Path(given)


def run(options: argparse.Namespace) -> int:
    """Predict; returns the exit status."""
    # Imported here because it takes Hydra and pandas a second to load.
    from radsurv.stages.predict import predict

    predict(options.model, options.cohort, options.features, options.out, options.overrides)
    print(options.out)
    return 0
