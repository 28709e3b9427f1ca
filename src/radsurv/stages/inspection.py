"""The look at a cohort: what stage ``cohort`` does, whatever faults there are, and what else can be known before computing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

import pandas as pd

from radsurv import __version__
from radsurv.catalogue.checks import Check, of_error, of_faults, ordered
from radsurv.catalogue.record import Provenance, StageRecord
from radsurv.catalogue.tables import COHORT, OUTLINES
from radsurv.cohort.covariates import encode_covariates, unknown_labels
from radsurv.cohort.landmark import landmark_reasons
from radsurv.cohort.table import ExaminedTable, examine_table, require_patients
from radsurv.cohort.unlike_others import unlike_others
from radsurv.config import Config
from radsurv.errors import ConfigError, RadsurvError
from radsurv.features.feature_table import complete, join
from radsurv.options.run import NaivePOnly
from radsurv.report.experiment import Experiment
from radsurv.report.inspection import Inspection
from radsurv.stages import preflight
from radsurv.stages.cohort import Assembled, assemble, image_columns
from radsurv.stages.column_checks import column_checks
from radsurv.stages.follow_up import doubts
from radsurv.stages.inner_folds_file import read_inner_folds
from radsurv.stages.model_file import read_model
from radsurv.stages.naming import Naming, told
from radsurv.stages.outcome_columns import check_outcome_columns
from radsurv.stages.outcome_notes import outcome_notes
from radsurv.stages.patient_look import PatientLook, look_at, mean_levels
from radsurv.stages.qc import QcLog, excluded_patients, merged
from radsurv.survival.outcome import check_outcome
from radsurv.validation.inner_folds import given_folds
from radsurv.validation.model_strata import strata_of_model
from radsurv.validation.shuffled_outcomes import strata_of
from radsurv.validation.splits import check_trainable
from radsurv.validation.validation_options import External

MEND = "mend what is named; else a run goes without this patient"


def inspect(config: Config, place: Path, naming: Naming) -> Experiment:
    """Look at a cohort.

    Parameters
    ----------
    config
    place
        An empty folder for what is needed meanwhile.
    naming
        What patients are called in all that is returned.

    Returns
    -------
    Experiment
        Without anything that a model has to do with: the cohort table of those who could be analysed, QC rows, notes, and the
        `Inspection`.
    """
    look = _Look(config, naming)
    for error in preflight.faults(config):
        look.add(of_error(error))
    look.attempt(lambda: look.at_cohort(place))
    return look.experiment()


class _Look:
    """What is found, as it is found: what stops one part of the look stops no other."""

    def __init__(self, config: Config, naming: Naming) -> None:
        self.config = config
        self.naming = naming
        self.checks: list[Check] = []
        self.notes: list[str] = []
        self.qc = QcLog("cohort")
        self.later = QcLog("evaluate")
        self.faulty: set[str] = set()
        self.read = False
        self.cohort = pd.DataFrame()
        self.outlines: pd.DataFrame | None = None
        self.seen = pd.DataFrame()
        self.told: Mapping[str, PatientLook] = {}

    def attempt(self, part: Callable[[], None]) -> None:
        """Errors of a part become reasons why no run can start."""
        try:
            part()
        except RadsurvError as error:
            self.add(of_error(error))

    def add(self, checks: Iterable[Check]) -> None:
        """Rows that name patients as the cohort table does."""
        self.checks += map(self.naming.check, checks)

    def at_cohort(self, place: Path) -> None:
        """The table, then the files or features of everybody whose row can be used."""
        examined = examine_table(self.config.cohort, image_columns(self.config.patch)[1:])
        self.read = True
        before = self._n_errors()
        self._learn(examined)
        self._at_table(examined)
        ask = partial(look_at, self.config.patch, self.config.quantization if self.config.computes_radiomics else None)
        found = assemble(self.config, examined.table, self.qc, place, self.naming, ask)
        self.notes += found.notes
        self._at_images(found)
        self.cohort = found.cohort[~found.cohort["patient_id"].isin(self.faulty)].reset_index(drop=True)
        self.outlines = found.outlines
        if not {"time", "event"} <= set(self.cohort):
            return
        if len(self.cohort):
            self.notes += outcome_notes(self.config.cohort, self.cohort, self.qc.table()["reason"])
            self.notes += doubts(self.cohort, self.config.cohort.time_unit, self.config.cohort.landmark)
            self.checks += column_checks(self.config, self.cohort)
        if examined.faults:  # who will take part is not known before they are mended
            return
        self.attempt(lambda: require_patients(self.cohort, self.config.cohort, self._excluded()))
        self.attempt(lambda: self._at_outcome_columns(found.features))
        self.attempt(lambda: self._at_features(found.features))
        if self._n_errors() == before:  # whom an error leaves may not be those who will be split
            self.attempt(self._at_validation)

    def experiment(self) -> Experiment:
        """All of it, as the page reads it."""
        for patient in self.cohort.get("patient_id", ()):
            self.later.add(patient, "included", "")
        qc = pd.concat([self.qc.table(), self.later.table()], ignore_index=True)
        as_errors = (qc["status"] == "excluded") & qc["patient_id"].isin(self.faulty)  # as errors, cell by cell
        rows = qc[(qc["status"] != "included") & ~as_errors]
        by_design = {*landmark_reasons(self.config.cohort).values()}  # there is nothing to mend
        self.checks += [
            Check(
                patient_id=patient,
                severity=status,
                what=reason,
                remedy=MEND if status == "excluded" and reason not in by_design else "",
            )
            for patient, status, reason in zip(rows["patient_id"], rows["status"], rows["reason"], strict=True)
        ]
        self.checks += [Check(severity="note", what=note) for note in self.notes]
        tables = {COHORT: self.cohort if len(self.cohort) else None, OUTLINES: self.outlines}
        return Experiment(
            config=told(self.config),
            provenance=Provenance(radsurv=__version__, stages={"cohort": StageRecord(notes=self.notes)}),
            qc=merged(qc) if self.read and len(qc) else None,
            read=tables.get,
            inspection=Inspection(
                checks=tuple(ordered(self.checks)),
                seen=self.seen,
                views={patient: look.view for patient, look in self.told.items()},
                levels=mean_levels([look.levels for look in self.told.values()]),
            ),
        )

    def _at_table(self, examined: ExaminedTable) -> None:
        for several in examined.faults:
            for place, fault in zip(several.places, several.each, strict=False):  # a column as a whole has no places
                whose = self.naming.name(fault.patient_id) or place
                if whose not in self.faulty:
                    self.faulty.add(whose)
                    said = self.naming.said(whose, f"{fault.column}: {fault.what}; {fault.remedy}")
                    self.qc.add(whose, "excluded", said)
        self.add(of_faults(one for several in examined.faults for one in several.each))
        for row in examined.qc.to_dict("records"):
            name = self.naming.name(row["patient_id"])
            self.qc.add(name, row["status"], self.naming.said(name, row["reason"]))

    def _learn(self, examined: ExaminedTable) -> None:
        """Everybody whom a row of the table, or a fault, is about."""
        faulty = [one.patient_id for several in examined.faults for one in several.each if one.patient_id]
        self.naming.learn([*faulty, *examined.qc["patient_id"], *examined.table["patient_id"]])

    def _at_images(self, found: Assembled) -> None:
        self.told = {patient: cast(PatientLook, look) for patient, look in found.told.items()}
        if not self.told:
            return
        rows = []
        for patient, look in self.told.items():
            self.qc.warn(patient, look.warnings)
            numbers = dataclasses.asdict(look.appearance)
            del numbers["pixels"]
            rows.append({"patient_id": patient, **numbers})
        site = [name for name in ("site",) if name in found.cohort]
        self.seen = (
            pd.DataFrame(rows)
            .merge(found.outlines, on="patient_id")
            .merge(found.cohort[["patient_id", *site]], on="patient_id")
        )
        self.checks += unlike_others(self.seen, {who: look.appearance.pixels for who, look in self.told.items()})

    def _at_outcome_columns(self, features: pd.DataFrame) -> None:
        self.notes += check_outcome_columns(self.config.cohort, self.cohort, features)

    def _at_features(self, features: pd.DataFrame) -> None:
        """Who lacks a value of a covariate, or of a ready feature, as stage ``evaluate`` will ask."""
        cohort, config = self.cohort, self.config
        for column in config.transforms.needs():
            if column not in cohort:
                raise ConfigError(
                    f"transforms.steps={list(config.transforms.steps)} look at the column {column!r}, which {config.cohort.source}"
                    f" does not have: name yours with 'cohort.columns={{{column}: YOURS}}', or choose other transforms"
                )
        if isinstance(config.validation, External):
            stored = read_model(config, config.validation)
            encode_covariates(cohort, config.cohort.covariates, stored.covariates)
            for patient, reason in unknown_labels(cohort, stored.covariates).items():
                self.later.add(patient, "warning", reason)
            return
        if not (config.cohort.covariates or len(features)):
            return
        covariates = encode_covariates(cohort, config.cohort.covariates)
        known = join([covariates, features], cohort["patient_id"].tolist())
        whole = complete(known, config.reduction.max_missing, fill_in=config.transforms.fills_in)
        for patient, reason in whole.incomplete_patients.items():
            self.later.add(patient, "excluded", reason)
        self.cohort = cohort[~cohort["patient_id"].isin(whole.incomplete_patients)].reset_index(drop=True)
        require_patients(self.cohort, config.cohort, self._excluded())

    def _at_validation(self) -> None:
        """Whether patients can be split as asked."""
        scheme = self.config.validation
        if isinstance(scheme, External):
            return
        outcome = check_outcome(self.cohort["time"], self.cohort["event"])
        sites = self.cohort["site"].tolist() if "site" in self.cohort else None
        check_trainable(outcome, scheme.splits(outcome, sites, self.config.seed).weights)
        folds = read_inner_folds(scheme.given_inner_folds, self.naming.name)
        if folds is not None:
            given_folds(folds, self.cohort["patient_id"].tolist())
        stratified = self.config.model.strata is not None
        if stratified:
            strata_of_model(sites)
        if not isinstance(self.config.significance, NaivePOnly):
            strata_of(self.config.significance, sites, outcome, stratified=stratified)
        if self.config.comparison.permutations:
            strata_of(self.config.comparison, sites, outcome, stratified=stratified)

    def _n_errors(self) -> int:
        return sum(check.severity == "error" for check in self.checks)

    def _excluded(self) -> list[tuple[str, str]]:
        return excluded_patients(pd.concat([self.qc.table(), self.later.table()]))
