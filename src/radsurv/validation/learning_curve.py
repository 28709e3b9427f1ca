"""Whether more patients would help: C of left-out patients by how many of the others a model learns from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from radsurv.catalogue.metrics import RISE, RISE_FROM
from radsurv.catalogue.tables import LEARNING_CURVE
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.formats import first_few, plural
from radsurv.survival.group_metrics import harrell_c
from radsurv.validation.finding import Finding
from radsurv.validation.finished_evaluations import Judged, judged
from radsurv.validation.kfold_check import kfold
from radsurv.validation.paired_models import limited, paired_concordance
from radsurv.validation.patients import Patients
from radsurv.validation.protocol import Protocol, Resources
from radsurv.validation.splits import Splits
from radsurv.validation.subsampled import Subsampled
from radsurv.validation.validation_options import Scheme

# Of every training set; the last one is the whole of it.
SHARES = (0.4, 0.55, 0.7, 0.85, 1.0)
METRICS = (RISE, f"{RISE}_low", f"{RISE}_high")


def learning_curve(patients: Patients, protocol: Protocol, resources: Resources, draws: int) -> Finding:
    """The experiment with a part of every training set, part by part; the same patients are judged by all.

    Patients are judged in 5-fold cross-validation, drawn anew in each draw, and where every fold is a site by the models of all other
    sites: leave-one-out would need a training per patient and size, and biases C by a different amount at each.

    Parameters
    ----------
    patients, protocol
        Of the experiment. Hyper-parameters that it searches once on all patients are searched inside here.
    draws
        Of the folds, and of the parts of the training sets.

    Returns
    -------
    Finding
        Table `LEARNING_CURVE`: for every share, mean numbers of patients and events in a training set, and mean and standard deviation
        over draws of Harrell's C; ``reason`` where there is none. Metric `RISE`: C with all training patients minus that with the part
        `RISE_FROM`, and limits from resamples of the patients who are judged.
    """
    own = protocol.searched_inside()
    done: dict[float, Judged] = {}
    rows: list[dict[str, Any]] = []
    for share in SHARES:
        scheme = _scheme(protocol.scheme, share, draws)
        try:
            splits = scheme.splits(patients.outcome, patients.sites, protocol.seed)
            done[share] = judged(
                patients, own.under(scheme), resources,
                label=f"learning curve {share:.0%}", fewer="fewer draws (comparison.learning_curve)",
            )  # fmt: skip
        except (ConfigError, TrainingSetError) as error:
            rows.append({"share": share, "reason": str(error)})
        else:
            rows.append(
                {"share": share, **_size(splits, patients), **_concordance(done[share], patients), "reason": ""}
            )
    table = pd.DataFrame(rows, columns=list(LEARNING_CURVE.columns))
    values, reasons = _rise(done, patients, protocol.seed)
    return Finding({LEARNING_CURVE: table.astype(_types())}, values, reasons, _notes(table), _run_notes(table, done))


def no_learning_curve() -> Finding:
    """Where none is asked for."""
    return Finding({LEARNING_CURVE: pd.DataFrame(columns=list(LEARNING_CURVE.columns)).astype(_types())})


def _scheme(experiment: Scheme, share: float, draws: int) -> Scheme:
    by_site = experiment.by_site
    base = experiment if by_site else kfold(experiment, draws)
    # The whole of 5 draws is the k-fold check, which then need not be done twice; that of sites is the same in every draw.
    return base if share == 1 else Subsampled.of(base, share, draws if by_site else 1)


def _size(splits: Splits, patients: Patients) -> dict[str, float]:
    """Of a training set, on average."""
    return {
        "n_patients": float(splits.weights.sum(axis=1).mean()),
        "n_events": float((splits.weights @ patients.outcome.event.astype(np.int64)).mean()),
    }


def _concordance(one: Judged, patients: Patients) -> dict[str, float]:
    drawn = np.array(
        [
            harrell_c(patients.outcome, rows["risk"].to_numpy(np.float64))
            for _, rows in one.predictions.groupby("repeat")
        ]
    )
    return {
        "harrell_c": float(drawn.mean()),
        "harrell_c_sd": float(drawn.std(ddof=1)) if len(drawn) > 1 else np.nan,
        "n_folds": one.metrics["n_folds"],
        "n_null_folds": one.metrics["n_null_folds"],
    }


def _rise(done: dict[float, Judged], patients: Patients, seed: int) -> tuple[dict[str, float], dict[str, str]]:
    """Of the mean over draws, and in resamples of patients that are the same for all draws."""
    lacking = [share for share in (RISE_FROM, SHARES[-1]) if share not in done]
    if lacking:
        return dict.fromkeys(METRICS, np.nan), dict.fromkeys(
            METRICS, f"there is no C with {lacking[0]:.0%} of the patients"
        )
    outcome = patients.outcome
    whole, part = (done[share].predictions for share in (SHARES[-1], RISE_FROM))
    n_draws = part["repeat"].nunique()
    if whole["repeat"].nunique() < n_draws:
        whole = pd.concat([whole.assign(repeat=draw) for draw in range(n_draws)], ignore_index=True)
    known = whole.assign(time=np.tile(outcome.time, n_draws), event=np.tile(outcome.event, n_draws))
    c_index, drawn = paired_concordance([known, part], seed)
    found = limited(RISE, c_index, [np.mean(drawn, axis=0)], 0, 1)
    return found, {name: "no two patients are comparable" for name, value in found.items() if np.isnan(value)}


def _notes(table: pd.DataFrame) -> list[str]:
    """Sizes at which something failed."""
    said = [f"learning curve: with {row.share:.0%} of the training patients there is no C: {row.reason}"
            for row in table[table["reason"] != ""].itertuples()]  # fmt: skip
    null = table[table["n_null_folds"] > 0]
    if len(null):
        named = [f"{row.n_null_folds:.0f} of {row.n_folds:.0f} with {row.share:.0%}" for row in null.itertuples()]
        said.append(
            f"learning curve: folds without a model (risk 0 for those left out): {first_few(named, len(SHARES))} of the"
            " training patients"
        )
    return said


def _run_notes(table: pd.DataFrame, done: dict[float, Judged]) -> list[str]:
    """What it took."""
    trainings = f"learning curve: {plural(int(table['n_folds'].sum()), 'training')}"
    n_kept = sum(one.kept for one in done.values())
    return [trainings + (f", {n_kept} of {plural(len(done), 'size')} from an earlier run" if n_kept else "")]


def _types() -> dict[str, str]:
    return {name: "object" if name == "reason" else "float64" for name in LEARNING_CURVE.columns}
