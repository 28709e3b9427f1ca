from dataclasses import replace

import pandas as pd

import conf
from radsurv.validation.protocol import NO_SEARCH, Resources


def protocol(**parts):
    given = pd.DataFrame({"patient_id": ["a"]})
    return conf.protocol(seed=4, search=conf.search("optuna"), inner_folds=given, **parts)


def test_another_scheme_draws_its_own_inner_folds():
    whole, kfold = protocol(), conf.scheme("repeated_kfold")
    other = whole.under(kfold)
    assert other.scheme == kfold
    assert other.inner_folds is None
    assert (other.search, other.model, other.reduction, other.transforms, other.seed) == (
        whole.search, whole.model, whole.reduction, whole.transforms, 4,
    )  # fmt: skip


def test_a_plain_model_on_the_same_folds():
    whole = protocol(scheme=conf.scheme("loocv", inner="nested", inner_splits=7))
    plain = whole.plain(conf.reduction("none"), conf.model("cox"))
    assert plain.scheme == conf.scheme("loocv", inner="paper", inner_splits=7)
    assert (plain.search, plain.model, plain.reduction) == (NO_SEARCH, conf.model("cox"), conf.reduction("none"))
    assert plain.inner_folds is whole.inner_folds
    assert (plain.transforms, plain.seed) == (whole.transforms, 4)


def test_a_flat_search_is_made_inside_of_training_sets_and_others_stay():
    flat = replace(protocol(), search=conf.search("flat"))
    assert flat.searched_inside().search == conf.search("optuna")
    for one in (protocol(), conf.protocol()):
        assert one.searched_inside() is one


def test_resources_of_a_single_worker():
    resources = Resources()
    with resources.bar("nothing to see", 3) as advance:
        advance()
    assert (resources.n_jobs, resources.store) == (1, None)
