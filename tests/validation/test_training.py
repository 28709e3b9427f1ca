"""The one way to train: with or without transforms, search and workers, on one training set or on all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys
from hypothesis import given, settings
from hypothesis import strategies as st
from searches import KFOLD, NO_SEARCH, SEARCH, point, run, same, tables, trials_of

import conf
from radsurv.catalogue.tables import COMPARATORS, FOLDS, SELECTIONS, TRIALS
from radsurv.compute.progress import Parts, telling
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.survival.models.cox import Cox
from radsurv.validation import inner_folds
from radsurv.validation.assess import assess
from radsurv.validation.bootstrap_632 import bootstrap_632
from radsurv.validation.comparator_choice import Comparator
from radsurv.validation.comparators import compare
from radsurv.validation.cross_validate import cross_validate, left_out
from radsurv.validation.finished_evaluations import Judged
from radsurv.validation.kfold_check import kfold_check
from radsurv.validation.learned_model import LearnedModel
from radsurv.validation.left_out import left_out_scores
from radsurv.validation.protocol import Resources
from radsurv.validation.shuffled_outcomes import of_pipeline
from radsurv.validation.splits import EVERYBODY
from radsurv.validation.training import Training


def as_predicted(one, other, names=()):
    """The same but for the table of trials, and what is said of them."""
    for table in (*names, SELECTIONS, FOLDS):
        pd.testing.assert_frame_equal(tables(one)[table], tables(other)[table], check_exact=True)
    pd.testing.assert_frame_equal(one.predictions, other.predictions, check_exact=True)


@pytest.fixture(scope="module")
def found(small):
    return run(small)


# Searches


def test_one_row_per_trial_and_the_best_is_chosen(found):
    trials = trials_of(found)
    assert trials.groupby("fold").size().tolist() == [6] * 4
    chosen = trials[trials["chosen"]]
    assert chosen["fold"].tolist() == [0, 1, 2, 3]
    assert chosen["value"].tolist() == trials.groupby("fold")["value"].min().tolist()
    assert found.metrics["search_flat"] == 0
    assert "searched inside every training set" in found.finding.notes[0]


def test_workers_change_nothing(small, found):
    same(found, run(small, n_jobs=2))


@pytest.mark.parametrize("sampler", ["random", "grid"])
def test_other_samplers(small, sampler):
    search = SEARCH.model_copy(update={"sampler": sampler, "objective": "c", "alpha": [0.5], "pearson": [0.9]})
    trials = trials_of(run(small, search=search))
    assert trials.groupby("fold").size().tolist() == [6] * 4  # 3 thresholds × 2 rules
    assert trials["value"].between(0, 1).all()
    chosen = trials[trials["chosen"]]
    assert chosen["value"].tolist() == trials.groupby("fold")["value"].max().tolist()


@pytest.mark.parametrize("inner", ["paper", "nested"])
def test_a_grid_of_one_point_is_no_search(small, inner):
    scheme = KFOLD.model_copy(update={"inner": inner})
    one, none = (run(small, search=search, scheme=scheme) for search in (point(), NO_SEARCH))
    as_predicted(one, none)
    assert trials_of(none).empty


def test_nested_changes_the_penalty_but_not_the_features(small):
    paper, nested = (
        run(small, search=NO_SEARCH, scheme=KFOLD.model_copy(update={"inner": inner})) for inner in ("paper", "nested")
    )
    assert tables(paper)[SELECTIONS]["feature"].tolist() == tables(nested)[SELECTIONS]["feature"].tolist()
    assert tables(paper)[FOLDS]["penalty"].tolist() != tables(nested)[FOLDS]["penalty"].tolist()
    assert any("validation.inner=nested" in note for note in nested.finding.notes)


def test_flat_search_is_labelled(small):
    flat = run(small, search=conf.search("flat", **{**toys.FEW_TRIALS, "trials": 6}))
    assert flat.metrics["search_flat"] == 1
    assert flat.finding.notes[0].startswith("FLAT SEARCH, OPTIMISTIC")
    assert set(trials_of(flat)["fold"]) == {EVERYBODY}


def test_a_flat_search_is_that_of_the_model_of_everybody(small):
    """Both search on all patients: once to fix what is used in all folds, once because nobody of them is predicted."""
    training = Training(small.patients, small.under(search=conf.search("flat", **toys.FEW_TRIALS)))
    fixed, trials = training.tuned_on_everybody()
    everybody = training.on_everybody()
    assert everybody.trials == trials
    assert toys.everything(fixed.on_everybody().learned, small.patients.measured) == toys.everything(
        everybody.learned, small.patients.measured
    )
    assert fixed.on_everybody().trials == []


# Groups of features


GROUPS = toys.GROUPS
LATE, EARLY = {"feature 10", "feature 11"}, {f"feature {column}" for column in range(10)}


@pytest.mark.parametrize("inner", ["paper", "nested"])
def test_a_group_is_the_table_with_its_columns_alone(small, inner):
    scheme = KFOLD.model_copy(update={"inner": inner})
    chosen = run(small, search=point(features={"early": ["feature ?"]}), scheme=scheme)
    alone = small.patients.among([f"feature {column}" for column in range(10)])
    as_predicted(chosen, run(small, alone, search=NO_SEARCH, scheme=scheme))


def test_every_fold_uses_its_own_group_only(small):
    found = run(small, search=point(features=GROUPS, objective="c"))
    trials, selections = trials_of(found), tables(found)[SELECTIONS]
    assert trials.groupby("fold")["features"].apply(set).tolist() == [set(GROUPS)] * 4
    chosen = trials[trials["chosen"]].set_index("fold")["features"]
    members = {"all": LATE | EARLY, "late": LATE, "early": EARLY}
    for fold, group in chosen.items():
        assert set(selections.loc[selections["fold"] == fold, "feature"]) <= members[group]
    said = next(note for note in found.finding.notes if note.startswith("groups of features"))
    counts = [f"{group} ({len(members[group])} features) in {(chosen == group).sum()}" for group in GROUPS]
    assert said == f"groups of features chosen in 4 searches: {'; '.join(counts)}"


def test_a_group_meets_the_features_on_which_readings_agree(small):
    """A rule that asks the members of each training set, and a choice that does not."""
    reduction = conf.reduction(**toys.REDUCTION, icc=0.8)
    found = run(small, search=point(features={"early": ["feature ?"]}), reduction=reduction)
    both = run(
        small, small.patients.among([f"feature {one}" for one in range(10)]), search=NO_SEARCH, reduction=reduction
    )
    free = run(small, search=point(features={"early": ["feature ?"]}))
    as_predicted(found, both)
    assert set(tables(found)[SELECTIONS]["feature"]) < set(tables(free)[SELECTIONS]["feature"])


@pytest.mark.parametrize("inner", ["paper", "nested"])
def test_a_flat_search_keeps_one_group_in_every_fold(small, inner):
    scheme = KFOLD.model_copy(update={"inner": inner})
    flat = run(small, search=point("flat", features={"late": ["feature 1?"]}), scheme=scheme)
    assert trials_of(flat)["features"].tolist() == ["late"]
    assert set(tables(flat)[SELECTIONS]["feature"]) <= LATE
    assert len(tables(flat)[SELECTIONS])


def test_groups_that_are_not_searched_have_no_name(found):
    assert trials_of(found)["features"].isna().all()


def test_a_pattern_without_a_feature_ends_the_run(small):
    with pytest.raises(ConfigError, match=r"search.features.deep: the pattern 'vgg\*' matches none of the 12 features"):
        run(small, search=point(features={"all": ["*"], "deep": ["feature 1", "vgg*"]}))


# Leakage through a whole cross-validation; see test_leakage.py for every way of training.


def learned_in(result, fold):
    trials, chosen = trials_of(result), tables(result)[SELECTIONS]
    return repr(
        [
            trials[trials["fold"] == fold].to_numpy().tolist(),
            chosen[chosen["fold"] == fold].to_numpy().tolist(),
            tables(result)[FOLDS].iloc[fold].tolist(),
            result.judges.learned[fold].model.threshold,
        ]
    )


@pytest.fixture(scope="module", params=["paper", "nested"])
def left_out_search(small, request):
    parts = {
        "scheme": conf.scheme("loocv", inner_splits=3, inner=request.param),
        "search": SEARCH.model_copy(update={"trials": 3, "features": GROUPS}),
    }
    return parts, run(small, **parts)


@pytest.mark.slow
@settings(max_examples=3, deadline=None)
@given(
    patient=st.integers(0, 19),
    time=st.integers(1, 500),
    flip=st.booleans(),
    values=st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=12),
)
def test_nothing_about_the_left_out_patient_reaches_their_search(small, left_out_search, patient, time, flip, values):
    parts, before = left_out_search
    table, outcome = small.patients.measured.values.copy(), small.patients.outcome
    times, events = outcome.time.copy(), outcome.event.copy()
    table[patient], times[patient], events[patient] = values, time, events[patient] ^ flip
    after = run(small, toys.changed(small.patients, values=table, time=times, event=events), **parts)
    assert learned_in(after, patient) == learned_in(before, patient)


# Transforms


@pytest.mark.parametrize("name", list(toys.protocols()))
@pytest.mark.parametrize("n_patients", [20, pytest.param(53, marks=pytest.mark.slow)])
def test_a_transform_that_does_nothing_changes_no_bit(name, n_patients):
    """What is shared where features stay as they are (ranks, counts) is what every training set would find by itself."""
    protocol, patients = toys.protocols()[name], toys.cohort(n_patients, 12 if n_patients == 20 else 90)
    if len(protocol.scheme.splits(patients.outcome, patients.sites, 0)) > 30:
        protocol = replace(protocol, scheme=KFOLD)
    through = replace(protocol, transforms=toys.transforms(toys.Same()))
    shared, alone = (cross_validate(patients, one, Resources()) for one in (protocol, through))
    as_predicted(shared, alone, [TRIALS])
    splits = Training(patients, protocol).splits()
    for one, other in zip(shared.judges.learned, alone.judges.learned, strict=True):
        assert toys.everything(one, patients.measured) == toys.everything(other, patients.measured)
    assert len(splits) == len(shared.judges.learned)
    everybody = [Training(patients, one).on_everybody() for one in (protocol, through)]
    assert everybody[0].trials == everybody[1].trials
    assert toys.everything(everybody[0].learned, patients.measured) == toys.everything(
        everybody[1].learned, patients.measured
    )


@pytest.mark.slow
def test_a_transform_that_does_nothing_changes_nothing_that_follows(small):
    """Permutations, comparators, k-fold beside leave-one-out, a flat search, judgements."""
    through = {"transforms": toys.transforms(toys.Same())}
    resources, outcome = Resources(), small.patients.outcome.take(np.arange(20)[::-1])
    for parts in ({}, {"search": conf.search("flat", **toys.FEW_TRIALS)}, {"scheme": KFOLD, "search": SEARCH}):
        direct, slow = (small.under(**parts, **more) for more in ({}, through))
        one, other = (of_pipeline(small.patients, protocol)(outcome, 3) for protocol in (direct, slow))
        assert one.tolist() == other.tolist()
        one, other = (cross_validate(small.patients, protocol, resources) for protocol in (direct, slow))
        as_predicted(one, other, [TRIALS])
        one, other = (
            assess(small.patients.measured, each.predictions, each.judges, horizons=None, seed=0)
            for each in (one, other)
        )
        assert repr(one.metrics) == repr(other.metrics)
    direct, slow = small.protocol, small.under(**through)
    assert kfold_check(small.patients, direct, resources) == kfold_check(small.patients, slow, resources)
    own = Judged(*(lambda found: (found.predictions, found.metrics))(small.run()))
    chosen = [Comparator("clinical", ["feature 0", "feature 1"], True), Comparator("radiomics", ["feature 2"], False)]
    one, other = (compare(own, small.patients, each, chosen, {}, resources) for each in (direct, slow))
    pd.testing.assert_frame_equal(one.tables[COMPARATORS], other.tables[COMPARATORS], check_exact=True)


def test_members_alone_decide_a_transform_and_everybody_goes_through_it(small):
    """A model of centred features: its own mean is 0, and scores are those of a Cox model of the features as they are."""
    parts = {
        "model": Cox(name="cox", clinical="none", strata=None),
        "reduction": conf.reduction("none"),
        "search": NO_SEARCH,
    }
    few = small.patients.among(["feature 0", "feature 1"])
    plain, centred = (
        run(small, few, **parts, transforms=steps) for steps in (toys.transforms(), toys.transforms(toys.Centre()))
    )
    assert centred.predictions["risk"].to_numpy() == pytest.approx(plain.predictions["risk"].to_numpy(), abs=1e-9)
    splits = Training(few, small.under(scheme=KFOLD, **parts)).splits()
    for weights, learned in zip(splits.weights, centred.judges.learned, strict=True):
        members = few.measured.values[weights > 0]
        assert learned.transforms[0].means["all"] == pytest.approx(members.mean(axis=0), rel=1e-15)
        assert learned.model.mean == pytest.approx(np.zeros(2), abs=1e-12)


@pytest.mark.parametrize("name", list(toys.protocols()))
def test_transforms_that_change_something_go_everywhere(name):
    patients = toys.cohort()
    protocol = replace(toys.protocols()[name], transforms=toys.transforms(toys.Centre(column="site"), toys.Total()))
    found, two = (cross_validate(patients, protocol, Resources(n_jobs=n_jobs)) for n_jobs in (1, 2))
    same(found, two)
    assert np.isfinite(found.predictions["risk"]).all()
    assert found.metrics["n_features"] == 13
    assert set(found.finding.tables[SELECTIONS]["feature"]) <= {*patients.names, "total"}
    scores = left_out(Training(patients, protocol))
    assert scores.risk.ravel().tolist() == found.predictions["risk"].tolist()
    everybody = Training(patients, protocol).on_everybody()
    assert np.isfinite(everybody.learned.survival(patients.measured, np.arange(20), np.array([3.0, 9.0]))).all()
    judged = assess(patients.measured, found.predictions, found.judges, horizons=None, seed=0)
    assert np.isfinite(judged.metrics["integrated_brier"])
    if "bootstrap" in name:
        metrics = bootstrap_632(found.judges, patients, everybody.learned).metrics
        assert np.isfinite(list(metrics.values())).all()


def test_who_was_let_pass_is_counted_and_told():
    patients = toys.cohort()
    protocol = replace(toys.protocols()["sites"], transforms=toys.transforms(toys.Centre(column="site")))
    found = cross_validate(patients, protocol, Resources())
    assert found.metrics["n_passed"] == 20  # nobody's site is in the training set that judges them
    assert found.finding.notes[0] == "before the reduction, in every training set: centred by site"
    assert "20 of 20 not centred" in found.finding.notes
    known = cross_validate(patients, replace(protocol, scheme=KFOLD), Resources())
    assert known.metrics["n_passed"] == 0
    assert "n_passed" not in cross_validate(patients, toys.protocols()["plain"], Resources()).metrics


@pytest.mark.parametrize(
    "steps", [(toys.Total(), toys.Centre(column="site")), (toys.Centre(column="site"), toys.Total())]
)
def test_any_of_the_transforms_may_be_the_one_that_lets_pass(small, steps):
    patients, rows = toys.cohort(), np.arange(20)
    of_site_a = patients.measured.take(np.flatnonzero((patients.measured.cohort["site"] == "a").to_numpy()))
    fitted = toys.transforms(*steps).fit(of_site_a)
    model = small.run().judges.learned[0].model
    passed = LearnedModel(fitted, model).passed(patients.measured, rows)
    assert passed.tolist() == (patients.measured.cohort["site"] == "b").tolist()
    assert LearnedModel((), model).passed(patients.measured, rows[:3]).tolist() == [False] * 3


def test_missing_values_are_refused_unless_a_transform_fills_them_in(small):
    class Filled(toys.Centre):
        """Zeros for what is missing."""

        def fit(self, members):
            return Zeros({"all": np.zeros(members.values.shape[1])}, None, members.names)

    class Zeros(toys.Centred):
        def apply(self, patients):
            return patients.with_values(np.nan_to_num(patients.values), patients.names)

    holes = small.patients.measured.values.copy()
    holes[3, 2] = np.nan
    with_holes = toys.changed(small.patients, values=holes)
    with pytest.raises(TrainingSetError, match="1 values are missing or infinite, the first in row 3, column 2"):
        small.run(with_holes)
    found = small.run(with_holes, transforms=toys.transforms(Filled()))
    as_predicted(found, small.run(toys.changed(small.patients, values=np.nan_to_num(holes))))
    analysis = of_pipeline(with_holes, small.under(transforms=toys.transforms(Filled())))
    assert np.isfinite(analysis(small.patients.outcome, 1)).all()


# One training set by itself


def test_a_training_set_does_not_notice_who_else_exists(small):
    """The model of a fold is the one that the members of its training set would get on their own."""
    training = Training(small.patients, small.protocol)
    found = list(training.in_every(training.splits()))
    for fold in (0, 7):
        members = np.delete(np.arange(20), fold)
        lonely = replace(
            small.patients,
            ids=tuple(small.patients.ids[row] for row in members),
            measured=small.patients.measured.take(members),
            outcome=small.patients.outcome.take(members),
            readings=None,
        )
        # λ is chosen by folds that are drawn by the place in the experiment: given to both.
        folds = training._folded(members, training.splits().places[fold]).folds
        table = pd.DataFrame({"patient_id": lonely.ids, "all": folds[0]})
        others = pd.DataFrame(np.where(np.eye(19), np.nan, 1.0), columns=list(lonely.ids))
        alone = Training(lonely, small.under(inner_folds=pd.concat([table, others], axis=1))).on_everybody()
        assert np.array_equal(alone.learned.model.features, found[fold].learned.model.features)
        assert np.array_equal(alone.learned.model.coefficients, found[fold].learned.model.coefficients)
        assert alone.learned.model.threshold == found[fold].learned.model.threshold
        assert alone.learned.model.penalty == found[fold].learned.model.penalty


def test_another_outcome_draws_its_own_inner_folds(reference):
    """Given inner folds belong to the outcome as it is."""
    training = Training(reference.patients, reference.protocol)
    splits = training.splits()
    again = training.given(reference.patients.outcome, 5)
    drawn = Training(reference.patients, reference.protocol.reseeded(5))
    assert again.protocol.inner_folds is None
    for one, other in zip(again.in_every(splits), drawn.in_every(splits), strict=True):
        assert one.learned.model.to_dict(reference.patients.names) == other.learned.model.to_dict(
            reference.patients.names
        )


def test_a_set_of_which_no_feature_is_left_draws_no_folds(small, monkeypatch):
    """Most sets of shuffled outcomes are such, and a test repeats `left_out`."""
    drawn, draw = [], inner_folds.draw_member_folds
    monkeypatch.setattr(inner_folds, "draw_member_folds", lambda *given: drawn.append(given) or draw(*given))
    strict = replace(small.protocol, reduction=conf.reduction(cindex=0.68, pearson=0.85))
    training = Training(small.patients, strict)
    empty = [not len(one.reduction.kept) for one in training.in_every(training.splits())]
    assert 0 < sum(empty) < len(empty)
    drawn.clear()
    left_out(training)
    assert len(drawn) == len(empty) - sum(empty)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"transforms": toys.transforms(toys.Centre())},
        {"model": conf.model("rsf", trees=5)},
        {"scheme": conf.scheme("bootstrap", resamples=40, inner_splits=4)},
    ],
    ids=["plain", "with transforms", "a forest", "several judges"],
)
def test_scores_are_the_same_bits_where_sets_without_features_are_passed_over(small, parts):
    """They are trained all the same by `in_every`, whose null models give the score 0 and the threshold 0."""
    training = Training(small.patients, small.under(reduction=conf.reduction(cindex=0.68, pearson=0.85), **parts))
    splits, measured = training.splits(), small.patients.measured
    empty = [not len(one.reduction.kept) for one in training.in_every(splits)]
    assert 0 < sum(empty) < len(empty)
    whole = left_out_scores(splits, enumerate(one.learned for one in training.in_every(splits)), measured)
    heard = []
    with telling(Parts(lambda share, _: heard.append(share))):
        found = left_out(training)
    for name in ("risk", "threshold", "fold"):
        assert getattr(found, name).tobytes() == getattr(whole, name).tobytes()
    assert sum(heard) == pytest.approx(1)
