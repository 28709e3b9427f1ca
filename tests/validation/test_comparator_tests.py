"""A P of each simpler model, and of what its images add: the same by loops that are written out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import simpler_models
from simpler_models import BOTH, CLINICAL, PATIENTS, PROTOCOL, RADIOMICS, rows
from sksurv.metrics import concordance_index_censored

import conf
from radsurv.errors import ConfigError, TrainingSetError
from radsurv.stages.result_store import ResultStore
from radsurv.validation.added_value import added_value
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.permutation import PERMUTATION, permutation_p, shuffled
from radsurv.validation.protocol import Resources
from radsurv.validation.shuffled_outcomes import of_pipeline, significance, strata_of

MODELS = [CLINICAL, RADIOMICS, BOTH]


def compared(resources=None, models=MODELS, protocol=PROTOCOL, patients=PATIENTS, **options):
    asked = {"permutations": 19, "within": "none", **options}
    return simpler_models.compared(models, resources, protocol, patients, **asked)


@pytest.fixture(scope="module")
def plain():
    return compared()


def concordance(patients, protocol):
    """By another package, of predictions of the whole procedure."""
    predictions = cross_validate(patients, protocol, Resources()).predictions
    return concordance_index_censored(patients.outcome.event, patients.outcome.time, predictions["risk"])[0]


def drawn(number, strata):
    """Who gets what in this repetition, and the seed of everything random in it."""
    shuffling, drawing = np.random.SeedSequence(PROTOCOL.seed, spawn_key=(PERMUTATION, number)).spawn(2)
    return shuffled(strata, np.random.default_rng(shuffling)), int(drawing.generate_state(1, np.uint64)[0])


def test_a_model_has_the_p_values_that_it_would_have_as_an_experiment():
    """By the same shuffles, strata and rule for stopping, which comes early here."""
    options = {"permutations": 60, "stop_after": 3, "within": "site"}
    model = MODELS[2]
    patients, protocol = PATIENTS.among(model.features), model.protocol(PROTOCOL)
    own, asked = cross_validate(patients, protocol, Resources()), conf.section("significance", "permutation", **options)
    expected = significance(
        of_pipeline(patients, protocol), own.predictions, asked, seed=PROTOCOL.seed, resources=Resources(), repeated_part="it",
        sites=patients.sites,
    ).metrics  # fmt: skip
    expected |= added_value(patients, protocol, own.predictions, {}, asked, Resources()).metrics
    row = rows(compared(models=[MODELS[0], model], **options)).loc[model.name]
    for column, metric in (("p", "permutation_p_c"), ("gain_p", "added_value_p")):
        for end in ("", "_low", "_high"):
            assert row[column + end] == expected[metric + end]
    assert expected["added_value_exceeding"] == 3


@pytest.mark.parametrize("within", ["none", "site"])
def test_p_values_are_those_of_written_out_loops(plain, within):
    """Outcomes shuffled with folds drawn anew; images shuffled with folds as they are; everybody by the same shuffles."""
    options = conf.section("comparison", "simpler", within=within)
    strata = [one.members for one in strata_of(options, PATIENTS.sites, PATIENTS.outcome)] or [np.arange(20)]
    assert len(strata) == (1 if within == "none" else 2)
    table = rows(plain if within == "none" else compared(within=within))
    for model in MODELS:
        patients, protocol = PATIENTS.among(model.features), model.protocol(PROTOCOL)
        observed = concordance(patients, protocol)
        repeated = {"p": [], "gain_p": []}
        for order, seed in (drawn(number, strata) for number in range(19)):
            repeated["p"].append(concordance(patients.given(PATIENTS.outcome.take(order)), protocol.reseeded(seed)))
            if model.name == "radiomics_clinical":
                repeated["gain_p"].append(concordance(patients.with_images_of(order), protocol))
        for column, values in repeated.items():
            got = table.loc[model.name, [column, f"{column}_low", f"{column}_high"]].to_numpy(float)
            if not values:
                assert np.isnan(got).all()
                continue
            exceeding = np.count_nonzero(np.array(values) >= observed - 1e-9)
            expected = permutation_p(observed, np.array(values), 50)
            assert got.tolist() == [(1 + exceeding) / 20, expected.low, expected.high]


def test_what_is_not_asked_has_its_reason(plain):
    table = rows(plain)
    no = "no P of what its images add to covariates"
    assert table["lacking"].to_dict() == {
        "experiment": "", "clinical": f"{no}: it has no images", "radiomics": f"{no}: it has no covariates",
        "radiomics_clinical": "",
    }  # fmt: skip
    assert np.isnan(table.loc["experiment", "p"])
    assert {name for name in plain.metrics if name.endswith("_p")} == {
        "comparator_clinical_p", "comparator_radiomics_p", "comparator_radiomics_clinical_p",
        "comparator_radiomics_clinical_gain_p",
    }  # fmt: skip
    alone = rows(compared(models=MODELS[2:]))
    # C of the covariates alone is the same in all shuffles of images, so that these need not be compared.
    assert alone.loc["radiomics_clinical", "lacking"] == ""
    asked = ["p", "p_low", "p_high", "gain_p", "gain_p_low", "gain_p_high"]
    pd.testing.assert_series_equal(alone.loc["radiomics_clinical", asked], table.loc["radiomics_clinical", asked])
    for note, what in zip(plain.notes, ("its whole procedure", "images"), strict=True):
        assert note.startswith(f"P of simpler models, by Harrell's C: {what} ")


def test_nothing_that_was_not_asked_for_moves(plain):
    before = compared(permutations=0)
    asked = ["p", "p_low", "p_high", "gain_p", "gain_p_low", "gain_p_high", "lacking"]
    pd.testing.assert_frame_equal(rows(before).drop(columns=asked), rows(plain).drop(columns=asked), check_exact=True)
    assert rows(before)[asked[:-1]].isna().all(axis=None)
    assert (rows(before)["lacking"] == "").all()
    assert before.notes == []


def test_workers_change_nothing_and_a_killed_run_goes_on(plain, tmp_path):
    class Killed(BaseException):
        pass

    class Bounded(ResultStore):
        """Ends the run when the second test has kept something."""

        def put(self, kind, key, value, **how):
            super().put(kind, key, value, **how)
            self.kept = getattr(self, "kept", 0) + (kind == "permutation")
            if self.kept == 2:
                raise Killed

    with pytest.raises(Killed):
        compared(Resources(n_jobs=2, store=Bounded(tmp_path)))
    again = compared(Resources(n_jobs=2, store=ResultStore(tmp_path)))
    pd.testing.assert_frame_equal(rows(again), rows(plain), check_exact=True)
    assert (again.metrics, again.notes) == (plain.metrics, plain.notes)
    assert "clinical: 19 of 19 shuffles from an earlier run" in again.run_notes
    assert "radiomics_clinical: 19 of 19 shuffles from an earlier run" not in again.run_notes
    more = compared(Resources(store=ResultStore(tmp_path)), permutations=20)
    assert "radiomics_clinical, images shuffled: 19 of 20 shuffles from an earlier run" in more.run_notes


def test_where_shuffled_patients_teach_nothing_the_model_still_stands_in_the_table(monkeypatch):
    def refused(*given, **named):
        raise TrainingSetError("no event")

    monkeypatch.setattr("radsurv.validation.comparator_tests.tested", refused)
    row = rows(compared(models=MODELS[:1])).loc["clinical"]
    assert row["lacking"].endswith("it has no images | no P: nothing can be learned from shuffled patients: no event")
    assert np.isnan(row["p"])
    assert np.isfinite(row["harrell_c"])


def test_shuffles_inside_of_sites_need_sites():
    nowhere = replace(
        PATIENTS, measured=replace(PATIENTS.measured, cohort=PATIENTS.measured.cohort.drop(columns="site"))
    )
    with pytest.raises(ConfigError, match=r"comparison\.within=site.*choose comparison\.within=auto"):
        compared(patients=nowhere, within="site")


@pytest.mark.parametrize(("scanners", "tested"), [(["A", "B"] * 10, False), (["A"] * 20, True)])
def test_images_stay_in_their_batch(scanners, tested):
    protocol = replace(PROTOCOL, transforms=conf.transforms("combat"))
    cohort = PATIENTS.measured.cohort.assign(**{protocol.transforms.combat.batch: scanners})
    patients = replace(PATIENTS, measured=replace(PATIENTS.measured, cohort=cohort))
    row = rows(compared(patients=patients, protocol=protocol, models=[MODELS[0], MODELS[2]])).loc["radiomics_clinical"]
    assert np.isfinite(row["gain_p"]) == tested
    assert ("ComBat takes out what differs" in row["lacking"]) is not tested
