"""What a tracker gets: no ids, and otherwise the same experiment."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracked_runs import with_patients

from radsurv.catalogue.record import StageRecord
from radsurv.catalogue.tables import (
    ATTRIBUTION,
    BETWEEN_REASONS,
    COHORT,
    COMPARATORS,
    FOLDS,
    INSTABILITY,
    PREDICTIONS,
    SELECTIONS,
)
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.pseudonyms import HIDDEN, Sentences, for_tracker, pseudonyms

NAMED = "patients P003 and p003_t2.nii have the same image"
PLAIN = "batch size halved to 8: not enough memory"


@pytest.fixture
def experiment(load: Callable[..., Experiment], provenance, execution, configured) -> Experiment:
    """A run whose notes, reasons, command and selection name patients."""
    record = StageRecord(notes=[NAMED, PLAIN], reasons={"uno_c": "P001 is the only one left"})
    told = provenance.model_copy(update={"stages": {**provenance.stages, "evaluate": record}})
    went = {"evaluate": execution.stages["evaluate"].model_copy(update={"notes": [NAMED]})}
    command = "radsurv run 'cohort.select={patient_id: [P001]}'"
    chosen = configured(
        "cohort.select={patient_id: [P001, P002], arm: [P003], sex: [F]}", "cohort.values={patient_id: {Hans: P1}}"
    )
    return load(
        provenance=told, execution=execution.model_copy(update={"command": command, "stages": went}), config=chosen
    )


def ids_in(text: str) -> set[str]:
    return set(re.findall(r"(?i)\bP0\d\d", text))


@pytest.mark.parametrize("patients", ["pseudonyms", "none"])
def test_no_id_is_in_anything_that_a_tracker_gets(experiment, patients):
    assert ids_in(render(experiment)) >= {"P000", "P003", "P042"}
    run = with_patients(experiment, patients)
    assert ids_in(run.page) == set()
    assert ids_in(repr(run.parameters)) == set()
    assert "Hans" not in run.page + repr(run.parameters)
    assert ids_in(repr(run.history) + repr([chart.to_json() for chart in run.charts.values()])) == set()
    assert ids_in(repr(run.artifacts)) == set()
    assert {name: ids_in(table.to_csv()) for name, table in run.tables.items()} == {name: set() for name in run.tables}


def test_as_they_are_where_it_was_asked_for(experiment, predictions):
    run = with_patients(experiment, "ids")
    pd.testing.assert_frame_equal(run.tables["predictions"], predictions)
    assert run.page == render(experiment)
    assert run.parameters["cohort"]["select"] == {"patient_id": ["P001", "P002"], "arm": ["P003"], "sex": ["F"]}


def test_without_patients_no_table_has_rows_of_them_and_no_list_is_shown(experiment):
    run = with_patients(experiment, "none")
    assert list(run.tables) == ["selections", "folds"]
    assert "pseudonym-" not in run.page
    assert "Every prediction" not in run.page
    assert "<b>1</b> excluded at <em>cohort</em>" in run.page
    assert "this page lists no patients" in run.page


def test_sentences_that_name_patients_are_hidden_and_no_other(experiment):
    shown = for_tracker(experiment, "pseudonyms")
    assert shown.provenance.stages["evaluate"].notes == [HIDDEN, PLAIN]
    assert shown.reason("uno_c") == HIDDEN
    assert shown.execution.command == HIDDEN
    assert shown.execution.stages["evaluate"].notes == [HIDDEN]
    assert shown.execution.packages == experiment.execution.packages
    assert shown.config.cohort.select == {"sex": ["F"]}
    assert shown.qc is not None
    assert experiment.qc is not None
    assert sorted(shown.qc["reason"]) == sorted(experiment.qc["reason"]), "none of them names a patient or a file"


def test_a_reason_of_one_patient_is_hidden_where_it_names_a_file(load, qc):
    qc.loc[qc["patient_id"] == "P041", "reason"] = "images/Mueller_Hans.nii.gz is damaged"
    shown = for_tracker(load(qc=qc), "pseudonyms").qc
    assert shown is not None
    assert HIDDEN in set(shown["reason"])
    assert not shown["reason"].str.contains("Mueller").any()


def test_sentences_of_what_a_simpler_model_lacks_are_hidden_one_by_one(load):
    """And not told of as often as they were different."""
    lacking = BETWEEN_REASONS.join([NAMED, PLAIN, f"no limits: {NAMED}"])
    own = pd.DataFrame({"comparator": ["clinical", "deep"], "lacking": [lacking, ""], "reason": ["", NAMED]})
    shown = for_tracker(load(comparators=own.reindex(columns=list(COMPARATORS.columns))), "pseudonyms")
    table = shown.table(COMPARATORS)
    assert table is not None
    assert table["lacking"].tolist() == [BETWEEN_REASONS.join([HIDDEN, PLAIN]), ""]
    assert table["reason"].tolist() == ["", HIDDEN]
    assert ids_in(table.to_csv()) == set()


def test_only_names_order_and_fold_numbers_change(experiment):
    names, shown = pseudonyms(experiment), for_tracker(experiment, "pseudonyms")
    for entry in (COHORT, PREDICTIONS):
        before, after = experiment.table(entry), shown.table(entry)
        assert before is not None
        assert after is not None
        assert after["patient_id"].is_monotonic_increasing
        renamed = before.assign(patient_id=before["patient_id"].map(names)).set_index("patient_id").sort_index()
        columns = [name for name in renamed if name != "fold"]
        pd.testing.assert_frame_equal(after.set_index("patient_id")[columns], renamed[columns])
    assert shown.metrics == experiment.metrics


def test_points_of_a_figure_do_not_stand_in_the_order_of_the_table(load, predictions):
    """A figure draws the rows of its table one after the other, and the page has them in that order."""
    ids = predictions.loc[predictions["repeat"] == 0, "patient_id"]
    own = pd.DataFrame({name: np.arange(len(ids)) / len(ids) for name in INSTABILITY.columns} | {"patient_id": ids})
    experiment = load(instability=own)
    shown = for_tracker(experiment, "pseudonyms").table(INSTABILITY)
    assert shown is not None
    assert shown["patient_id"].is_monotonic_increasing
    assert sorted(shown["survival"]) == own["survival"].tolist() != shown["survival"].tolist()


def test_the_number_of_a_left_out_fold_does_not_tell_the_place_in_the_table(experiment):
    shown = for_tracker(experiment, "pseudonyms")
    before, after = experiment.table(PREDICTIONS), shown.table(PREDICTIONS)
    assert before is not None
    assert after is not None
    assert after["fold"].tolist() == list(range(len(after))), "in the order of the pseudonyms"
    new = dict(zip(before["patient_id"].map(pseudonyms(experiment)), before["fold"], strict=True))
    old_of = {fold: new[patient] for patient, fold in zip(after["patient_id"], after["fold"], strict=True)}
    for entry in (SELECTIONS, FOLDS):
        one, other = experiment.table(entry), shown.table(entry)
        assert one is not None
        assert other is not None
        back = other.assign(fold=other["fold"].map(old_of)).sort_values("fold", kind="stable", ignore_index=True)
        pd.testing.assert_frame_equal(back, one, check_dtype=False)


def test_folds_of_several_patients_keep_their_numbers(load, predictions):
    of_five = predictions.assign(fold=predictions["fold"] % 5)
    shown = for_tracker(load(predictions=of_five), "pseudonyms").table(PREDICTIONS)
    assert shown is not None
    assert shown["fold"].value_counts().to_dict() == of_five["fold"].value_counts().to_dict()


def test_the_patients_of_pictures_are_renamed_in_place(load):
    maps = pd.DataFrame({"patient_id": ["P003", "P001"], "rank": [0, 1]})
    experiment = load()
    whole = Experiment(
        experiment.config, experiment.metrics, experiment.provenance, experiment.execution, experiment.qc,
        lambda entry: maps if entry is ATTRIBUTION else experiment.read(entry),
    )  # fmt: skip
    shown = for_tracker(whole, "pseudonyms").table(ATTRIBUTION)
    assert shown is not None
    names = pseudonyms(whole)
    assert shown["patient_id"].tolist() == [names["P003"], names["P001"]]


def test_the_same_cohort_has_the_same_pseudonyms_whatever_was_made_of_it(load, cohort, predictions):
    first = pseudonyms(load())
    assert sorted(first.values()) == [f"pseudonym-{number:03d}" for number in range(1, 44)]
    shuffled = cohort.sample(frac=1, random_state=3)
    assert pseudonyms(load(cohort=shuffled, predictions=predictions.assign(risk=0.0))) == first


def test_ids_alone_do_not_tell_who_is_who(load, cohort):
    """Neither in the order of the ids, nor for somebody who knows them all but one time."""
    first = pseudonyms(load())
    other = pseudonyms(load(cohort=cohort.assign(time=cohort["time"] + (cohort.index == 7))))
    assert sum(first[patient] == other[patient] for patient in first) < 10
    ranks = np.argsort([first[patient] for patient in sorted(first)])
    assert abs(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]) < 0.5


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("patients 3, 14 have", True),
        ("case_3.nii.gz", True),
        ("the id '3' is", True),
        ("C 0.3, 3.5, 33, v3", False),
        ("batch size 8", False),
        ("'A*1' is", True),
        ("A*12", False),
        ("MÜLLER, first", True),
        ("x" * 39 + "… is cut", True),
        (r"'a\tb' has a tab", True),
    ],
)
def test_how_an_id_stands_in_a_sentence(text, names):
    assert Sentences(["3", "A*1", "Müller", "x" * 60, "a\tb"]).name(text) is names


def test_no_number_is_changed_where_ids_are_numbers(load, tables, qc):
    """Ids 0 to 42: each of them stands on the page, as a count, a rank or a day."""

    def numbered(table):
        return table.assign(patient_id=[str(int(patient[1:])) for patient in table["patient_id"]])

    changed = {entry.name: numbered(table) for entry, table in tables.items() if "patient_id" in table}
    experiment = load(qc=numbered(qc), **changed)
    shown = for_tracker(experiment, "pseudonyms")
    numbers = re.compile(r'<data value="([^"]*)" data-metric="(\w+)"')
    assert len(numbers.findall(render(shown))) > 10
    assert numbers.findall(render(shown)) == numbers.findall(render(experiment))
    assert shown.provenance.stages["deep"].notes == [HIDDEN], "the 8 of a batch may be a patient"
    for one, other in ((shown.provenance, experiment.provenance), (shown.execution, experiment.execution)):
        assert one.model_dump(exclude={"stages", "command"}) == other.model_dump(exclude={"stages", "command"})


def test_a_cohort_without_patients_hides_nothing():
    assert Sentences([]).hidden("3 patients") == "3 patients"


@given(st.text(alphabet="aB1_-. /#*", min_size=1, max_size=6))
def test_an_id_between_blanks_is_always_found(patient):
    assert Sentences([patient]).hidden(f"patient {patient} is") == HIDDEN
