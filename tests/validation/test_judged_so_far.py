"""What a follower is told of a cross-validation that is at work."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import toys

import conf
from radsurv.catalogue.tables import FOLDS, PREDICTIONS
from radsurv.compute.progress import NOTHING_TO_SAY, Advance, Effort, SoFar, nothing_yet
from radsurv.validation.cross_validate import cross_validate
from radsurv.validation.protocol import Resources


class Follower:
    """Asks after every piece."""

    def __init__(self) -> None:
        self.told: list[Mapping[str, float]] = []

    @contextmanager
    def __call__(self, label: str, total: int, done: int = 0, effort: Effort = NOTHING_TO_SAY) -> Iterator[Advance]:
        def advance(so_far: SoFar = nothing_yet) -> None:
            self.told.append(so_far())

        yield advance


@pytest.mark.parametrize(
    ("scheme", "options"),
    [("loocv", {}), ("repeated_kfold", {"repeats": 1, "n_splits": 4}), ("repeated_kfold", {}), ("bootstrap", {})],
)
def test_the_last_value_of_a_repeat_is_its_c_and_no_number_changes(scheme, options):
    patients = toys.cohort()
    protocol = replace(toys.protocols()["plain"], scheme=conf.scheme(scheme, inner_splits=4, **options))
    follower = Follower()
    followed = cross_validate(patients, protocol, Resources(bar=follower))
    alone = cross_validate(patients, protocol, Resources())
    for which in (PREDICTIONS, FOLDS):
        pd.testing.assert_frame_equal(followed.finding.tables[which], alone.finding.tables[which], check_exact=True)
    values = [one["harrell_c"] for one in follower.told if one]
    assert np.all((np.array(values) >= 0) & (np.array(values) <= 1))
    assert values
    if scheme == "loocv":
        assert [place for place, one in enumerate(follower.told, start=1) if one] == [5, 10, 15, 20]
    if scheme == "loocv" or "repeats" in options:
        assert values[-1] == followed.metrics["harrell_c"]
