"""``radsurv predict``: a finished model applied to patients of whom no outcome is known."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from radsurv.catalogue.stages import BY_NAME, StageName
from radsurv.catalogue.tables import COHORT, FEATURES
from radsurv.cohort.classes import rare_class_warnings
from radsurv.cohort.faults import table_error
from radsurv.cohort.table import examine_table
from radsurv.compute.cache_use import CacheUse
from radsurv.config import Config
from radsurv.crash import crashes_in
from radsurv.csv_files import write_csv
from radsurv.errors import CohortError, ConfigError, doing
from radsurv.formats import first_few, plural
from radsurv.stages import preflight, roi_store
from radsurv.stages.cache_limit import settle
from radsurv.stages.cohort import assemble, image_columns
from radsurv.stages.cohort_at_hand import cohort_at_hand
from radsurv.stages.external import origin_notes, with_needed
from radsurv.stages.naming import Naming
from radsurv.stages.prediction_config import config_for
from radsurv.stages.qc import QcLog, excluded_note, excluded_patients, merged
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.simulated import made_up
from radsurv.stages.stage_result import StageResult
from radsurv.stages.stored_model import StoredModel, clock_of, finished, outcome_limits, read_stored
from radsurv.stages.terminal import console, print_note
from radsurv.survival.measurements import OUTCOME, Measurements
from radsurv.survival.risk_groups import group_names, is_short
from radsurv.validation.distance_from_training import DistanceFromTraining
from radsurv.validation.finished_model import NULL_MODEL, FinishedModel
from radsurv.validation.left_out_survival import survival_of
from radsurv.validation.model_strata import told_of_baselines, without_own_baseline
from radsurv.validation.patients import measurements_of
from radsurv.validation.same_patients import known_patients
from radsurv.validation.validation_options import External

NAMED = 5
QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Predicted:
    """What came of the patients of a table.

    Attributes
    ----------
    table : DataFrame
        ``patient_id, risk, group, survival_<time>…, out_of_range``, one row for each patient who could be predicted.
    qc : DataFrame
        Everybody, included or excluded and why, and remarks.
    notes : list of str
    """

    table: pd.DataFrame
    qc: pd.DataFrame
    notes: list[str]


def predict(model: Path, table: Path, features: Path | None, out: Path, overrides: Sequence[str]) -> None:
    """Write ``out``, and beside it what became of every patient, as ``STEM.qc.csv``.

    Parameters
    ----------
    model
        ``model.json`` of a finished run.
    table, features
        Cohort table, which needs no outcome (one that is there plays no part), and features in place of images.
    overrides
        See `radsurv.stages.prediction_config.config_for`.

    Raises
    ------
    ConfigError
        The model cannot be read, or options would make other features than it was trained on: each by name. ``out`` is an input.
    CohortError
        The tables cannot be used, lack a feature of the model, or have it on another scale; or not one patient can be predicted.
    """
    _check_out(out, [model, table, *([] if features is None else [features])])
    stored = read_stored(model, f"--model {model}")
    with _scratch(out) as place:
        config = config_for(stored, model, table, features, Path(place), overrides)
        with crashes_in(None, discreet=config.cohort.pseudonymise):
            preflight.check_table(config)
            preflight.check(config)
            use = CacheUse()
            with cohort_at_hand(config, use) as here:
                found = _predicted(here, stored, RunFolder(place))
            found.notes.extend(note for note in settle(config.compute, use) if note not in found.notes)
            _write(found, table, out, stored)


def _write(found: Predicted, table: Path, out: Path, stored: StoredModel) -> None:
    """The predictions and what became of everybody, and tell it."""
    qc = out.with_suffix(".qc.csv")
    write_csv(found.qc, qc)
    excluded = excluded_patients(found.qc)
    if found.table.empty:
        first = "; ".join(f"{patient}: {reason}" for patient, reason in excluded[:3])
        raise CohortError(
            f"{table}: not one patient can be predicted ({first}): {qc} has all reasons; {out} was not written"
        )
    write_csv(found.table, out)
    console.print(f"{'predict':<12} {_told(stored, found.table)}", markup=False, soft_wrap=True)
    for note in found.notes:
        print_note(note)
    if excluded:
        print_note(
            f"not predicted: {first_few([patient for patient, _ in excluded], NAMED)} ({plural(len(excluded), 'patient')}; reasons in"
            f" {qc})"
        )


def horizons_of(stored: StoredModel, config: Config) -> Float[np.ndarray, "time"]:
    """``validation.horizons``, of the model unless overridden; else the times before which a quarter, a half and three quarters of
    the event times of the training set lie."""
    given = config.validation.horizons
    if given is not None:
        return np.unique(np.array(given, dtype=np.float64))
    times = np.array(stored.kaplan_meier.event_times, dtype=np.float64)
    return np.unique(np.quantile(times, QUARTERS, method="inverted_cdf")) if len(times) else np.empty(0)


def _check_out(out: Path, inputs: Sequence[Path]) -> None:
    if out.is_dir():
        raise ConfigError(f"--out {out} is a folder; expected the name of a CSV file")
    written = {out.resolve(), out.with_suffix(".qc.csv").resolve()}
    for path in inputs:
        if path.resolve() in written:
            raise ConfigError(f"--out {out} would be written over {path}, which is read: name another file")


def _scratch(out: Path) -> tempfile.TemporaryDirectory[str]:
    """For regions and features: beside the predictions and for their owner's eyes only, gone at the end."""
    out.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent)


def _predicted(config: Config, stored: StoredModel, folder: RunFolder) -> Predicted:
    assert isinstance(config.validation, External)
    applied = finished(stored)
    cohort, notes = _measure(config, folder)
    table, lacking = with_needed(config, folder, cohort, stored, applied)
    table, patients = _served(applied, table, cohort, lacking)
    ids = table["patient_id"].tolist()
    if not ids:
        folder.write_csv(lacking.table(), folder.stage_qc("evaluate"))
        return Predicted(table.iloc[:0, :0], merged(folder.read_qc()), notes)
    distance = DistanceFromTraining.of(applied, ids, patients)
    notes += distance.finding(accept=config.validation.accept_shift).notes
    for patient, reason in distance.out_of_range().items():
        lacking.add(patient, "warning", reason)
    folder.write_csv(lacking.table(), folder.stage_qc("evaluate"))
    notes += _of_the_model(stored, applied, patients, table)
    found = _table(applied, patients, ids, horizons_of(stored, config), distance)
    notes += origin_notes(config, stored, here=made_up(cohort))
    return Predicted(found, merged(folder.read_qc()), notes)


def _served(
    applied: FinishedModel, table: pd.DataFrame, cohort: pd.DataFrame, qc: QcLog
) -> tuple[pd.DataFrame, Measurements]:
    """Those whom no transform refuses (a site that ComBat has not seen); the others by name."""
    measured = pd.DataFrame(applied.columns(table), columns=list(applied.inputs))
    measured.insert(0, "patient_id", table["patient_id"].to_numpy())
    patients = measurements_of(measured, cohort)
    refused = applied.learned.refusals(patients)
    for patient, reason in zip(table["patient_id"], refused, strict=True):
        if reason:
            qc.add(patient, "excluded", reason)
    kept = np.flatnonzero([not reason for reason in refused])
    return table.iloc[kept].reset_index(drop=True), patients.take(kept)


def _table(
    applied: FinishedModel,
    patients: Measurements,
    ids: Sequence[str],
    horizons: Float[np.ndarray, "time"],
    distance: DistanceFromTraining,
) -> pd.DataFrame:
    rows = np.arange(len(ids))
    risk = applied.learned.score(patients, rows)
    survival = survival_of(applied.learned, patients, rows, horizons)
    return pd.DataFrame(
        {
            "patient_id": ids,
            "risk": risk,
            "group": group_names(is_short(risk, applied.model.threshold)),
            **{f"survival_{time:.15g}": survival[:, place] for place, time in enumerate(horizons)},
            "out_of_range": distance.n_outside,
        }
    )


def _measure(config: Config, folder: RunFolder) -> tuple[pd.DataFrame, list[str]]:
    """The rows of patients who can take part, and their features in tables of the folder, as the stages of a run leave them."""
    qc, naming = QcLog("cohort"), Naming(config)
    table = _examined(config, qc, naming)
    with roi_store.begun(folder) as place:
        found = assemble(config, table, qc, place, naming)
    simulated = made_up(found.cohort)
    folder.write(found.cohort, COHORT, simulated=simulated)
    folder.write(found.features, FEATURES, simulated=simulated)
    roi_store.write_index(folder, found.regions, simulated=simulated)
    folder.write_csv(qc.table(), folder.stage_qc("cohort"))
    notes = [*found.notes, *settle(config.compute, found.cache)]
    stages: tuple[StageName, ...] = ("radiomics", "deep")
    for stage in stages:
        # Imported here because each loads what only it needs.
        module = import_module(f"radsurv.stages.{stage}")
        with doing(f"stage {stage}"):
            result: StageResult = module.run(config, folder.opened_for(BY_NAME[stage]))
        said = folder.read_qc()
        of_excluded = excluded_note(said[said["stage"] == stage])  # told at the end, of all stages
        remarks = [note for note in result.record.notes if note not in of_excluded]
        notes += [note for note in [*remarks, *settle(config.compute, result.cache)] if note not in notes]
    return found.cohort, notes


def _examined(config: Config, qc: QcLog, naming: Naming) -> pd.DataFrame:
    """The cohort table without its outcome, if it has one: nobody is left out by it."""
    without_outcome = config.cohort.model_copy(update={"landmark_days": None, "event_of_interest": None})
    found = examine_table(without_outcome, image_columns(config.patch)[1:])
    faults = [fault for fault in found.faults if fault.column not in OUTCOME]
    if faults:
        raise table_error(config.cohort.source, faults)
    if found.table.empty:
        first = "; ".join(f"{patient}: {reason}" for patient, reason in found.excluded[:3])
        raise CohortError(f"{config.cohort.source}: no patient can take part ({first}): correct the table")
    naming.learn([*found.qc["patient_id"], *found.table["patient_id"]])
    of_few = set(rare_class_warnings(found.table, config.cohort.covariates))  # a model asks of nobody to be one of many
    for patient, status, reason in zip(found.qc["patient_id"], found.qc["status"], found.qc["reason"], strict=True):
        if (patient, reason) not in of_few:
            qc.add(naming.name(patient), status, naming.said(naming.name(patient), reason))
    for patient in found.table["patient_id"]:
        qc.add(naming.name(patient), "included", "")
    return found.table.drop(columns=[*OUTCOME], errors="ignore")


def _of_the_model(
    stored: StoredModel, applied: FinishedModel, patients: Measurements, table: pd.DataFrame
) -> list[str]:
    """Whom it was trained on, how it treats features, and whether it says anything."""
    n_known, _ = known_patients(
        table["patient_id"].tolist(),
        table[applied.recognised_by].to_numpy(float),
        stored.training_ids,
        stored.training_rows,
    )
    notes = [*([] if applied.used else [NULL_MODEL]), *outcome_limits(stored)]
    if n_known:
        notes.append(
            f"{n_known} of {len(patients)} patients are, by hashes of ids or features, among those whom the model was trained on: what is"
            " said of them is a fit, and no prediction"
        )
    n_passed = int(applied.learned.passed(patients, np.arange(len(patients))).sum())
    if applied.model.strata:
        notes.append(told_of_baselines(int(without_own_baseline(applied.model, patients).sum()), len(patients)))
    taken = applied.options.taken()
    return [*notes, *filter(None, (transform.told_of_passed(n_passed, len(patients)) for transform in taken))]


def _told(stored: StoredModel, table: pd.DataFrame) -> str:
    n_short = int((table["group"] == group_names(np.array([True]))[0]).sum())
    return (
        f"{plural(len(table), 'patient')} by the model of the cohort {stored.cohort} ({stored.n_patients} patients, {stored.n_events}"
        f" events): {n_short} short, {len(table) - n_short} long; survival_TIME in {clock_of(stored)}"
    )
