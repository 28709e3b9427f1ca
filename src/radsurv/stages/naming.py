"""How a run calls its patients: as the cohort table does, or by pseudonyms (`cohort.pseudonymise`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from radsurv.catalogue.checks import Check
from radsurv.cohort.classes import STANDARD
from radsurv.cohort.discretion import LONG_ENOUGH, discreet, names_of_files
from radsurv.cohort.paths import PATHS
from radsurv.cohort.patient import Patient
from radsurv.cohort.pseudonym_key import PATTERN, PseudonymKey
from radsurv.compute.attempt import Outcome, Result, without_words
from radsurv.config import Config
from radsurv.formats import plural
from radsurv.options.cohort_table import EVENT_CAUSE, PATIENT_ID, CohortConfig

ALWAYS = {PATIENT_ID, "time", "event", EVENT_CAUSE, "age", "simulated", *STANDARD}
KEY_SUFFIX = ".pseudonyms.json"  # .gitignore and .dvcignore leave out what is called so


def key_file(cohort: CohortConfig) -> Path:
    """Where the key of the pseudonyms is: beside the cohort table, unless `cohort.pseudonym_key` says otherwise."""
    table = cohort.place
    given = table.with_name(f"{table.stem}{KEY_SUFFIX}") if cohort.pseudonym_key is None else cohort.pseudonym_key
    return Path(given).absolute()


class Naming:
    """Patients, and sentences about them, as a run may write them. Without `cohort.pseudonymise` nothing is changed.

    Parameters
    ----------
    config

    Raises
    ------
    ConfigError
        The key file cannot be used, as `PseudonymKey` says.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._key = PseudonymKey(key_file(config.cohort)) if config.cohort.pseudonymise else None
        self._originals: dict[tuple[str, str], str] = {}
        self._words = re.compile("(?!)")
        self._files: tuple[Patient | None, dict[str, str]] = (None, {})  # of the patient last spoken of

    def learn(self, patients: Iterable[str]) -> None:
        """Have the key file know patients; before any of them is named.

        Raises
        ------
        ConfigError
            As `PseudonymKey.learn`.
        """
        if self._key is not None:
            self._key.learn(patients)
            longest_first = sorted({*self._ids.values()}, key=lambda patient: (-len(patient), patient))
            words = "|".join(re.escape(patient) for patient in longest_first if len(patient) >= LONG_ENOUGH)
            self._words = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])" if words else "(?!)")

    def name(self, patient: str) -> str:
        """What a patient of the cohort table is called; nobody stays nobody."""
        return patient if self._key is None or not patient else self._key.of(patient)

    def named(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table whose patients are called so."""
        return table if self._key is None else table.assign(**{PATIENT_ID: [*map(self.name, table[PATIENT_ID])]})

    def said(self, name: str, sentence: str, patient: Patient | None = None) -> str:
        """A sentence about the patient who is called `name`, or about nobody, without what may give somebody away.

        With a `patient`, it may name their files.
        """
        if self._key is None:
            return sentence
        if patient is not None and patient is not self._files[0]:
            self._files = patient, names_of_files(patient)
        shown = discreet(sentence, {} if patient is None else self._files[1])
        # Ids that stand as words; numbers that may be counts stay.
        shown = self._words.sub(lambda found: self.name(found.group()), shown)
        self._originals[name, shown] = sentence
        return shown

    def outcome(self, outcome: Outcome[Result], patient: Patient) -> Outcome[Result]:
        """The same where the reason, if there is one, may be written."""
        if self._key is None or outcome.reason is None:
            return outcome
        found = without_words(outcome)
        return replace(found, reason=self.said(patient.patient_id, str(found.reason), patient))

    def check(self, check: Check) -> Check:
        """A row about a patient of the cohort table, or about nobody, as it may be written."""
        name = self.name(check.patient_id)
        return replace(check, patient_id=name, what=self.said(name, check.what))

    def for_the_user(self, check: Check) -> Check:
        """The same as it was found, with the id."""
        if self._key is None:
            return check
        original = self._originals.get((check.patient_id, check.what), check.what)
        what = re.sub(PATTERN, lambda found: self._ids.get(found.group(), found.group()), original)
        return replace(check, patient_id=self._ids.get(check.patient_id, check.patient_id), what=what)

    def columns(self, cohort: pd.DataFrame, found: Iterable[str]) -> tuple[pd.DataFrame, list[str]]:
        """A cohort table without columns that may lead to a person, and notes: that there are pseudonyms, and what is left out.

        Left are those that the configuration names, and `found`. No look at the cells tells more: a physician, or a remark, may
        be that of several patients.
        """
        if self._key is None:
            return cohort, []
        asked = {*ALWAYS, *found, *self._config.cohort.covariates, *self._config.transforms.needs()} - set(PATHS)
        out = [str(name) for name in cohort if name not in asked]
        notes = [
            f"cohort.pseudonymise: patients are called by pseudonyms; {self._key.path.name} leads back to them: keep it, and out of"
            " what is shared"
        ]
        if out:
            notes.append(
                f"cohort.pseudonymise: {plural(len(out), 'column')} that no later stage needs may lead to a person, not written:"
                f" {', '.join(out)}"
            )
        return cohort.drop(columns=out), notes

    @property
    def _ids(self) -> Mapping[str, str]:
        return {} if self._key is None else self._key.ids


def told(config: Config) -> Config:
    """The configuration as it is written: with `cohort.pseudonymise` without ids and labels by which patients were selected."""
    if not config.cohort.pseudonymise:
        return config
    asked = (ALWAYS | {*config.cohort.covariates, *config.transforms.needs()}) - {PATIENT_ID}
    cohort = config.cohort
    kept = {
        "select": {name: chosen for name, chosen in cohort.select.items() if name in asked},
        "values": {name: labels for name, labels in cohort.values.items() if name in asked},
    }
    return config.model_copy(update={"cohort": cohort.model_copy(update=kept)})


def without_selection(words: Sequence[str], config: Config) -> list[str]:
    """The words of a command likewise: overrides of `cohort.select` and `cohort.values` without their value."""
    if not config.cohort.pseudonymise:
        return [*words]
    return [re.sub(r"^(\+*cohort\.(?:select|values)[^=]*=).*", r"\1***", word, flags=re.DOTALL) for word in words]
