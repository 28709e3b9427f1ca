"""Arrays of any shape, kind and layout into everything that is compiled: refused in a sentence, or the numbers of a plain loop.

All compiled functions are behind the public ones that are called here, as they are called in a run: `concordance` (bit masks and
tree), `FeatureReduction` (scores, deviations, pruning), `intraclass_correlation`, `fit_coxnet`, `nested_path`. `make fuzz` has the
compiled code look whether it stays within its arrays.
"""

import re
from pathlib import Path

import numpy as np
from fuzz import trials
from hypothesis import assume, event, given
from hypothesis import strategies as st

import conf
import radsurv
from radsurv.errors import RadsurvError
from radsurv.features.stability import intraclass_correlation
from radsurv.survival.absolute_deviation import median_absolute_deviation
from radsurv.survival.concordance import concordance
from radsurv.survival.elastic_net_path import PathSettings, fit_coxnet
from radsurv.survival.nested_path import inner_members, nested_path
from radsurv.survival.outcome import Outcome, check_outcome
from radsurv.survival.ranked_table import rank_table
from radsurv.survival.reduction import FeatureReduction
from radsurv.survival.training_sets import training_sets

COMPILED = {
    "features/stability.py", "survival/absolute_deviation.py", "survival/concordance.py", "survival/concordance_tree.py",
    "survival/cox_path.py", "survival/lanes.py", "survival/pruning.py", "survival/reduction.py",
}  # fmt: skip
TAME = [0.0, -0.0, 1.0, 1.0, 2.0, -1.0, 0.1, 0.3, 1e-3, 5.5, 300.0]
LARGE = [1e-100, 1e100, -1e100, 1e-90, 3e99, 1 + 2**-52]
WILD = [1e-320, 5e-324, 1e308, -1e308, 1.7e308, np.nan, np.inf, -np.inf, 2.0**53, 2.0**63]
KINDS = ["f8", ">f8", "f4", "f2", "i8", "i2", "u1", "?", "O"]
LAYOUTS = ["C", "F", "every other", "backwards", "read-only"]


def laid_out(array, layout):
    """The same numbers in another order in memory."""
    match layout:
        case "F":
            return np.asfortranarray(array)
        case "every other":
            return np.repeat(array, 2, axis=-1)[..., ::2]
        case "backwards":
            return np.ascontiguousarray(array[::-1])[::-1]
        case "read-only":
            array = array.copy()
            array.flags.writeable = False
    return array


@st.composite
def tables(draw, pool, shape=None):
    """(patient, feature) of any kind and layout, and the same as plain float64."""
    shape = draw(st.tuples(st.sampled_from([0, 1, 2, 3, 5, 8, 70]), st.integers(0, 4))) if shape is None else shape
    drawn = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=12))
    plain = np.random.default_rng(draw(st.integers(0, 9))).choice(drawn, shape)
    with np.errstate(all="ignore"):
        table = plain.astype(draw(st.sampled_from(KINDS[:3]) | st.sampled_from(KINDS)))
        plain = table.astype(np.float64)
    return laid_out(table, draw(st.sampled_from(LAYOUTS))), plain


@st.composite
def weights(draw, n_patients):
    """(set, patient): leave-one-out, everybody, draws with replacement, or anything."""
    generator = np.random.default_rng(draw(st.integers(0, 9)))
    match draw(st.sampled_from(["one out", "one out", "everybody", "drawn", "drawn", "heavy", "anything"])):
        case "one out":
            found = 1 - np.eye(n_patients, dtype=np.int64)
        case "everybody":
            found = np.ones((1, n_patients), dtype=np.int64)
        case "drawn":
            found = generator.integers(0, 3, (draw(st.integers(0, 4)), n_patients))
        case "heavy":
            found = generator.integers(0, 2000, (2, n_patients))
        case _:
            pool = [0.0, 1.0, 1.0, 2.0, -1.0, 0.5, 1e9, np.nan, np.inf]
            found = generator.choice(pool, (draw(st.integers(0, 3)), n_patients))
    return laid_out(found, draw(st.sampled_from(LAYOUTS)))


@st.composite
def outcomes(draw, n_patients, pool=(1.0, 1.0, 2.0, 3.0, 1e-300, 1e300)):
    generator = np.random.default_rng(draw(st.integers(0, 9)))
    time = generator.choice(np.array(draw(st.lists(st.sampled_from(pool), min_size=1, max_size=8))), n_patients)
    event = generator.random(n_patients) < draw(st.sampled_from([0.0, 0.3, 0.7, 1.0]))
    return laid_out(time, draw(st.sampled_from(LAYOUTS))), laid_out(event, draw(st.sampled_from(LAYOUTS)))


def or_said(call):
    """What a call returns, or None where it refuses in a sentence."""
    try:
        with np.errstate(all="ignore"):
            return call()
    except RadsurvError as error:
        said = str(error)
    event("refused")
    assert said
    assert "\n" not in said
    return None


def pairs(values, outcome):
    """Concordant, discordant and tied, by Harrell's definition."""
    time, died = outcome.time, outcome.event
    comparable = died[:, None] & ((time[:, None] < time) | ((time[:, None] == time) & ~died))
    above, below = values[:, None] > values, values[:, None] < values
    return [int((comparable & which).sum()) for which in (above, below, ~above & ~below)]


def test_everything_that_is_compiled_is_behind_what_is_called_here():
    source = Path(radsurv.__file__).parent
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(r"import .*\bkernel\b", path.read_text("utf-8"))
    }
    assert found == COMPILED


@trials("arrays: concordance", 40)
@given(st.data())
def test_concordance(data):
    table, plain = data.draw(tables(TAME + LARGE + WILD if data.draw(st.booleans()) else TAME))
    n_patients = len(plain) if data.draw(st.sampled_from([True] * 9 + [False])) else 3
    ranked = or_said(lambda: rank_table(table))
    assert (ranked is None) == (not np.isfinite(plain).all())
    times = data.draw(outcomes(n_patients, (1.0, 1.0, 2.0, 3.0, 1e-300, 1e300, 0.0, -1.0, np.nan, np.inf)))
    outcome = or_said(lambda: check_outcome(*times))
    sets = or_said(lambda: training_sets(data.draw(weights(n_patients))))
    assume(None not in (ranked, outcome, sets))
    assume(n_patients == len(plain))  # others never meet: all come from one table
    for kernel in ("bits", "tree"):
        counts = concordance(ranked, outcome, sets, kernel=kernel, n_threads=data.draw(st.sampled_from([1, 1, 3])))
        assert counts.concordant.shape == (len(sets), ranked.n_features)
        for which in range(len(sets)):
            rows = sets.rows(which)
            if len(rows) > 300:
                continue
            for feature in range(ranked.n_features):
                found = [int(kind[which, feature]) for kind in (counts.concordant, counts.discordant, counts.tied)]
                assert found == pairs(plain[rows, feature], outcome.take(rows))


@trials("arrays: feature reduction", 40)
@given(st.data())
def test_reduction(data):
    table, plain = data.draw(tables(TAME if data.draw(st.booleans()) else TAME + LARGE + WILD[:5]))
    ranked = or_said(lambda: rank_table(table))
    assume(ranked is not None)
    outcome = or_said(lambda: check_outcome(*data.draw(outcomes(len(plain)))))
    sets = or_said(lambda: training_sets(data.draw(weights(len(plain)))))
    assume(sets is not None and len(plain) and sets.weights.sum(axis=1).max(initial=0) < 3000)
    deviation = median_absolute_deviation(ranked, sets)
    with np.errstate(all="ignore"):
        for which in range(len(sets)):
            members = plain[sets.rows(which)]
            expected = np.median(np.abs(members - np.median(members, axis=0)), axis=0)
            np.testing.assert_array_equal(deviation[which], expected)
    options = conf.reduction(
        mad=data.draw(st.sampled_from([None, 0.0, 1.0])),
        cindex=data.draw(st.sampled_from([None, 0.5, 0.66, 0.99])),
        pearson=data.draw(st.sampled_from([None, 1e-9, 0.5, 0.85, 1.0])),
        orientation=data.draw(st.sampled_from(["strength", "literal"])),
    )
    with np.errstate(all="ignore"):
        reductions = FeatureReduction(ranked, sets, options).reduce(outcome)
    for which, reduction in enumerate(reductions):
        kept = reduction.kept.tolist()
        assert len(set(kept)) == len(kept)
        assert kept == [feature for feature in reduction.candidates.tolist() if feature in kept]
        assert kept[:1] == reduction.candidates.tolist()[:1]
        assert (np.diff(reduction.strength) <= 0).all()
        members = plain[sets.rows(which)]
        for feature in kept:
            assert members[:, feature].min() < members[:, feature].max()
        if (
            options.pearson is not None
            and len(kept) > 1
            and np.abs(members).max() < 1e3
            and not set(LARGE) & set(members.ravel())
        ):
            apart = np.corrcoef(members[:, kept].T) - np.eye(len(kept))
            assert np.abs(apart).max() <= options.pearson + 1e-9


@trials("arrays: agreement of readings", 40)
@given(st.data())
def test_agreement(data):
    shape = data.draw(
        st.tuples(st.sampled_from([2, 2, 3]), st.sampled_from([0, 1, 2, 5, 9]), st.sampled_from([0, 1, 3, 64, 65]))
    )
    readings, plain = data.draw(tables([*TAME, np.nan, np.inf] if data.draw(st.booleans()) else TAME, shape))
    sets = or_said(lambda: training_sets(data.draw(weights(shape[1]))))
    assume(sets is not None)
    with np.errstate(all="ignore"):
        found = intraclass_correlation(plain if readings.dtype.kind in "O?" else readings.astype(float), sets.weights)
    assert found.icc2.shape == (len(sets), shape[2])
    for which in range(len(sets)):
        complete = np.isfinite(plain).all(axis=0)
        np.testing.assert_array_equal(found.n_patients[which], sets.weights[which] @ complete)
        # Never more than full agreement, whoever disagrees.
        assert (np.nan_to_num(found.icc2[which]) <= 1 + 1e-9).all()
        assert (np.nan_to_num(found.icc3[which]) <= 1 + 1e-9).all()
        # Others play no part, to the last bit.
        others = np.where((sets.weights[which] > 0)[None, :, None], plain, 77.0)
        with np.errstate(all="ignore"):
            again = intraclass_correlation(others, sets.weights[which : which + 1])
        np.testing.assert_array_equal(again.icc2[0], found.icc2[which])
        np.testing.assert_array_equal(again.icc3[0], found.icc3[which])


def folds_of(data, n_patients):
    drawn = np.random.default_rng(data.draw(st.integers(0, 9))).integers(
        1, data.draw(st.integers(1, 5)) + 1, (2, n_patients)
    )
    return drawn[: data.draw(st.integers(1, 2))]


SETTINGS = st.builds(PathSettings, st.sampled_from([0.0, 1e-3, 0.5, 1.0]), st.sampled_from([2, 5, 20]), st.booleans())


def assert_path(path, values, n_free):
    n_lambda, n_features = len(path.lambdas), values.shape[1]
    assert n_lambda >= 1
    assert path.coefficients.shape == (n_lambda, n_features)
    assert np.isfinite(path.coefficients).all()
    assert np.isfinite(path.lambdas).all()
    assert (np.diff(path.lambdas) < 0).all()
    # Beside features without a penalty, glmnet's first λ is 1e36 rather than infinite, where a ridge leaves traces: a slope by λ.
    traces = max(1e-20, 1e-35 * np.abs(values).max()) if n_free else 0.0
    assert (np.abs(path.coefficients[0, n_free:]) <= traces).all()
    for rule in ("min", "1se"):
        assert 0 <= path.chosen(rule) < n_lambda


@trials("arrays: elastic net", 30)
@given(st.data())
def test_elastic_net(data):
    z, plain = data.draw(tables(TAME if data.draw(st.booleans()) else [*TAME, *LARGE, np.nan, np.inf]))
    outcome = or_said(lambda: check_outcome(*data.draw(outcomes(len(plain)))))
    folds, chosen = folds_of(data, len(plain)), data.draw(SETTINGS)
    n_free = data.draw(st.integers(0, plain.shape[1]))
    assume(len(plain))
    values = laid_out(plain, "F") if z.flags.f_contiguous else plain
    path = or_said(lambda: fit_coxnet(values, outcome, folds, chosen, n_free))
    assume(path is not None)
    assert_path(path, plain, n_free)


@trials("arrays: nested inner folds", 20)
@given(st.data())
def test_nested(data):
    n_patients = data.draw(st.sampled_from([4, 6, 9, 20]))
    outcome = Outcome(*data.draw(outcomes(n_patients)))
    folds = folds_of(data, n_patients)
    assume((np.ptp(folds, axis=1) > 0).all() and outcome.event.any())
    members = [np.ones(n_patients, dtype=bool), *inner_members(folds)]
    assume(min(own.sum() for own in members) > 1)
    parts = [data.draw(tables(TAME, (n_patients, data.draw(st.integers(0, 3)))))[1] for _ in members]
    parts = [
        np.ascontiguousarray(part[:, np.ptp(part[own], axis=0) > 0]) for part, own in zip(parts, members, strict=True)
    ]
    assume(parts[0].shape[1])
    n_free = [data.draw(st.integers(0, part.shape[1])) for part in parts]
    path = or_said(lambda: nested_path(parts, outcome, folds, data.draw(SETTINGS), n_free))
    assume(path is not None)
    assert_path(path, parts[0], n_free[0])
    known = path.concordance[np.isfinite(path.concordance)]
    assert ((known >= 0) & (known <= 1)).all()
