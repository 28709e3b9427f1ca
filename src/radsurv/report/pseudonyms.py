"""An experiment as a tracker gets it: without the ids of its patients."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import pandas as pd

from radsurv.catalogue.record import Execution, Provenance
from radsurv.catalogue.tables import COHORT, INSTABILITY, PREDICTIONS, Table
from radsurv.cohort.faults import quoted
from radsurv.config import Config
from radsurv.options.cohort_table import PATIENT_ID
from radsurv.options.run import LoggedPatients
from radsurv.report.experiment import Experiment, with_reasons

HIDDEN = "(names patients: see the report in the run folder)"
# A file of a patient may be called by a name that is no id: more likely a path or an ending than a ratio or a decimal.
_FILE = re.compile(r"\w/\w|\w\.[a-z][a-z0-9]{1,3}\b", re.I)


def for_tracker(experiment: Experiment, patients: LoggedPatients, names: Mapping[str, str] | None = None) -> Experiment:
    """The experiment with patients as `patients` says.

    ``pseudonyms``: every id of a table is replaced, and rows and left-out folds are in the order of the pseudonyms, since that of
    the cohort table would give them away. A sentence in which an id stands as a word is hidden as a whole: with ids such as 3
    nobody can tell an id from a number, and a number must not be changed. Reasons why one patient was left out or warned of
    are hidden where they name a file, too. ``none``: so, and no page lists patients one by one. ``ids``: as it is.

    A pseudonym is no anonymity: who has the clinical table finds a patient by the follow-up time.

    Parameters
    ----------
    experiment
    patients
    names
        `pseudonyms` of this experiment and others, where they stand beside each other; by default its own.
    """
    if patients == "ids":
        return experiment
    names = pseudonyms(experiment) if names is None else names
    sentences = Sentences(names)
    folds = _folds(experiment.table(PREDICTIONS), names)

    def read(entry: Table) -> pd.DataFrame | None:
        return _shown(
            experiment.read(entry), names, sentences, folds, ordered=entry in (COHORT, PREDICTIONS, INSTABILITY)
        )

    return replace(
        experiment,
        config=_config(experiment.config, sentences),
        provenance=_provenance(experiment.provenance, sentences),
        execution=_execution(experiment.execution, sentences),
        qc=_shown(experiment.qc, names, sentences, folds, ordered=True),
        read=functools.cache(read),
        lists_patients=patients != "none",
    )


def pseudonyms(*experiments: Experiment) -> dict[str, str]:
    """A name for each patient of the cohort tables, excluded ones as well: ``pseudonym-001`` and so on; whoever is in several has one.

    Numbers follow the order of keyed hashes (BLAKE2b) of the ids; the key is the SHA-256 of all ids and of the follow-up times of
    those who take part. So the same cohort has the same pseudonyms in every run, and the ids alone, which may be no more
    than 1 to 50, do not tell who is who. With one patient more or less all of them change: runs that are to be held against
    each other are named together.
    """
    tables = [table for one in experiments for table in (one.qc, one.table(COHORT), one.table(PREDICTIONS))]
    ids = sorted({str(patient) for table in tables if table is not None for patient in table[PATIENT_ID]})
    cohorts = [cohort for one in experiments if (cohort := one.table(COHORT)) is not None]
    times = sorted(
        {str(pair) for cohort in cohorts for pair in zip(cohort[PATIENT_ID], cohort["time"].astype(float), strict=True)}
    )
    key = hashlib.sha256("\n".join([*ids, "", *times]).encode()).digest()
    ordered = sorted(ids, key=lambda patient: hashlib.blake2b(patient.encode(), key=key).digest())
    width = max(3, len(str(len(ids))))
    return {patient: f"pseudonym-{number:0{width}d}" for number, patient in enumerate(ordered, start=1)}


class Sentences:
    """Hides sentences that name patients.

    >>> said = Sentences(["3", "P-1"])
    >>> [said.hidden(text) == HIDDEN for text in ("patients 3, 4", "p-1_t2.nii is empty", "C 0.3 and 3.2", "P-12, 13", "at -3")]
    [True, True, False, False, True]
    """

    def __init__(self, patients: Iterable[str]) -> None:
        spellings = {spelling for patient in patients for spelling in _spellings(patient)}
        longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        self._names = re.compile("|".join(map(_as_word, longest_first)) or "(?!)", re.I)

    def name(self, text: str) -> bool:
        """Whether an id stands in a text as a word, in whatever case; a digit of a decimal is none."""
        return self._names.search(text) is not None

    def hidden(self, text: str) -> str:
        """The sentence, or `HIDDEN`."""
        return HIDDEN if self.name(text) else text

    def hidden_of_patient(self, text: str) -> str:
        """The same of a sentence about one patient, which may name a file of theirs."""
        return HIDDEN if self.name(text) or _FILE.search(text) else text


def _spellings(patient: str) -> set[str]:
    """As messages print it: as it is, with control characters made visible, and shortened."""
    return {patient, repr(patient)[1:-1], quoted(patient)[1:-1].removesuffix("…")} - {""}


def _as_word(patient: str) -> str:
    before, after = (
        "" if not patient[0].isalnum() else r"(?<![^\W_])",
        "" if not patient[-1].isalnum() else r"(?![^\W_])",
    )
    if patient.isdecimal():
        before, after = before + r"(?<!\d\.)", after + r"(?!\.\d)"
    return before + re.escape(patient) + after


def _folds(predictions: pd.DataFrame | None, names: Mapping[str, str]) -> dict[int, int]:
    """New numbers of folds that are one patient each, and so numbered as the patients of the cohort table; else none."""
    if predictions is None:
        return {}
    ones = predictions[["fold", PATIENT_ID]].drop_duplicates()
    if ones["fold"].duplicated().any() or len(ones) == 1:
        return {}
    ordered = ones.assign(name=ones[PATIENT_ID].map(names)).sort_values("name")["fold"]
    return dict(zip(ordered.tolist(), sorted(ordered.tolist()), strict=True))


def _shown(
    table: pd.DataFrame | None,
    names: Mapping[str, str],
    sentences: Sentences,
    folds: Mapping[int, int],
    *,
    ordered: bool,
) -> pd.DataFrame | None:
    if table is None:
        return None
    of_patients = PATIENT_ID in table
    shown = with_reasons(table, sentences.hidden_of_patient if of_patients else sentences.hidden)
    assert shown is not None
    if folds and "fold" in shown:
        shown = shown.assign(fold=shown["fold"].replace(folds))
        shown = shown.sort_values(["repeat", "fold"], kind="stable", ignore_index=True)
    if of_patients:
        shown = shown.assign(**{PATIENT_ID: [names[str(patient)] for patient in shown[PATIENT_ID]]})
    if not ordered:
        return shown
    keys = ["repeat", PATIENT_ID] if "repeat" in shown else [PATIENT_ID]
    return shown.sort_values(keys, kind="stable", ignore_index=True)


def _config(config: Config, sentences: Sentences) -> Config:
    """Without the patients who were selected or renamed by id, or by a column whose values name them."""

    def names_nobody(entries: Collection[object]) -> bool:
        return not any(isinstance(one, str) and sentences.name(one) for one in entries)

    cohort = config.cohort.without_ids()
    told = {
        "select": {name: chosen for name, chosen in cohort.select.items() if names_nobody(chosen)},
        "values": {name: labels for name, labels in cohort.values.items() if names_nobody([*labels, *labels.values()])},
    }
    return config.model_copy(update={"cohort": cohort.model_copy(update=told)})


def _provenance(provenance: Provenance, sentences: Sentences) -> Provenance:
    """Its sentences: notes and reasons."""
    stages = {
        name: record.model_copy(
            update={
                "notes": [sentences.hidden(note) for note in record.notes],
                "reasons": {metric: sentences.hidden(reason) for metric, reason in record.reasons.items()},
            }
        )
        for name, record in provenance.stages.items()
    }
    return provenance.model_copy(update={"stages": stages})


def _execution(execution: Execution, sentences: Sentences) -> Execution:
    """Its sentences: the command, and notes."""
    stages = {
        name: stage.model_copy(update={"notes": [sentences.hidden(note) for note in stage.notes]})
        for name, stage in execution.stages.items()
    }
    command = None if execution.command is None else sentences.hidden(execution.command)
    return execution.model_copy(update={"stages": stages, "command": command})
