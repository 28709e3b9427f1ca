"""What was claimed of a finished model beside its C in other patients."""

import pytest

from radsurv.catalogue.record import AppliedModel, JudgedModel, StageRecord
from radsurv.report.html import render
from radsurv.report.page.claims_and_outcome import Claim, ClaimsAndOutcome

JUDGED = JudgedModel(how="leave-one-out", harrell_c=0.7, harrell_c_low=0.6, harrell_c_high=0.8, apparent_c=0.9)


@pytest.fixture
def external(load, metrics, provenance):
    def external(judged, **changes):
        applied = AppliedModel(
            model="model.json", sha256="0" * 64, cohort="<A>", n_patients=50, n_events=40, simulated=False,
            transforms="none", reduction="none", trained="Cox", judged=judged,
        )  # fmt: skip
        known = {"harrell_c": 0.65, "harrell_c_low": 0.55, "harrell_c_high": 0.75, "external_known": 0}
        stages = provenance.stages | {"evaluate": StageRecord(applied=applied)}
        return load(metrics=metrics | known | changes, provenance=provenance.model_copy(update={"stages": stages}))

    return external


def test_the_most_flattering_first_and_these_patients_at_last(external):
    section = ClaimsAndOutcome.of(external(JUDGED))
    assert section.rows == (
        Claim("Its training patients", "0.900", "+0.250"),
        Claim("The same, left out (leave-one-out)", "0.700 (0.600 to 0.800)", "+0.050"),
        Claim("These patients", "0.650 (0.550 to 0.750)", ""),
    )
    assert "cohort &lt;A&gt; as its own run had it" in render(external(JUDGED))


def test_nothing_where_the_file_does_not_tell_or_the_model_has_seen_them(external, load):
    assert ClaimsAndOutcome.of(external(None)) is None
    assert ClaimsAndOutcome.of(external(JUDGED, external_known=3)) is None
    assert ClaimsAndOutcome.of(load()) is None


def test_a_number_that_could_not_be_computed_is_a_dash(external):
    unknown = JUDGED.model_copy(update={"harrell_c": None, "apparent_c": None})
    assert [row.c for row in ClaimsAndOutcome.of(external(unknown)).rows[:2]] == ["–", "–"]
