"""The permutation test on the page: there where it was made, with its interval, beside the naive P."""

import numpy as np
import pandas as pd
import pytest

from radsurv.catalogue.tables import PERMUTATIONS
from radsurv.report.experiment import Experiment
from radsurv.report.html import render
from radsurv.report.page.chance import Chance, Statistic

FOUND = {
    "permutation_p": 0.0312, "permutation_p_low": 0.021, "permutation_p_high": 0.0449,
    "permutation_p_hr": 0.04, "permutation_p_hr_low": 0.03, "permutation_p_hr_high": 0.05,
    "permutation_p_c": 0.000999, "permutation_p_c_low": 0.0, "permutation_p_c_high": 0.0037,
    "permutation_count": 1000, "permutation_exceeding": 30,
}  # fmt: skip


@pytest.fixture
def experiment(load, metrics):
    generator = np.random.default_rng(0)

    def make(n_repetitions=1000, **changes) -> Experiment:
        table = pd.DataFrame(generator.normal(size=(n_repetitions, 3)),
                             columns=["signed_log_rank", "log_hazard_ratio", "harrell_c"])  # fmt: skip
        table.insert(0, "repetition", np.arange(len(table)))
        table.loc[1:100, "signed_log_rank"] = 4.0
        return load(metrics=metrics | FOUND | changes, permutations=table)

    return make


def test_numbers_are_those_of_the_metrics(experiment):
    section = Chance.of(experiment(1001))
    assert section.rows == (
        Statistic("Log-rank χ², signed", ".031", ".021 to .045"),
        Statistic("Hazard ratio", ".040", ".030 to .050"),
        Statistic("Harrell's C", "<\xa0.001", "<\xa0.001 to .004"),
    )
    assert (section.small, section.naive) == ("10\xa0%", "=\xa0.014")
    assert (section.done, section.stopped) == ("1,000 repetitions", False)
    assert section.counted is None


def test_more_repetitions_than_the_headline_counts(experiment):
    """The P of another statistic may need more of them."""
    page = " ".join(render(experiment(1002)).split())
    assert "(1,001 repetitions; the first 1,000 settled the P of the log-rank χ²)" in page


@pytest.mark.parametrize(("statistic", "said"), [(0.0, "none of the"), (4.0, "all of the"), (None, "10\xa0% of the")])
def test_share_of_small_naive_p_in_words(experiment, statistic, said):
    run = experiment()
    if statistic is not None:
        run.table(PERMUTATIONS)["signed_log_rank"] = statistic
    assert f"In {said} repetitions, where there is nothing to find" in " ".join(render(run).split(" ")).replace(
        "\n", " "
    )


def test_headline_has_both_and_the_interval(experiment):
    page = render(experiment())
    assert "no guarantee: see below" in page
    assert "the whole pipeline on shuffled outcomes, 1,000 times; Monte-Carlo interval .021 to .045" in page
    assert "stopped early" in page
    assert "This run made no permutation test" not in page


def test_a_missing_p_is_shown_as_missing_and_disagrees_with_nothing(experiment):
    """It is no P of 0, which would be the strongest there is."""
    for missing in (None, float("nan")):
        run = experiment(
            permutation_p=missing, permutation_p_low=missing, permutation_p_high=missing, permutation_p_overall=0.3
        )
        section = Chance.of(run)
        assert section.rows[0] == Statistic("Log-rank χ², signed", "–", "")
        assert [row.label for row in section.rows[1:]] == ["Hazard ratio", "Harrell's C"]
        assert section.overall.p == ".300"
        assert not section.disagree
        assert "The two permutation P disagree." not in render(run)


def test_no_section_without_repetitions(experiment, load):
    assert Chance.of(load()) is None
    assert Chance.of(experiment(0)) is None
