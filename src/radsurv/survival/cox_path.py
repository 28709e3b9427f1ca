"""The numerical core of the elastic-net Cox model: glmnet 4.1's coordinate descent, path and cross-validated deviance.

Minimises ``−ℓ(β)/n + λ(α‖β‖₁ + (1−α)/2 ‖β‖²)``, ℓ the log partial likelihood with Breslow's treatment of ties, along
a falling sequence of λ (Simon et al. 2011, J Stat Softw 39(5); Friedman et al. 2010, J Stat Softw 33(1)). Each feature has a
factor of its own on λ, glmnet's ``penalty.factor``; those with the factor 0 are in the model from the start. The order
of the sweeps, the strong rule, the active set and every stopping rule are those of glmnet's Fortran, because its
tolerance leaves traces of them in the third digit of a score.

Patients are always in order of time, at equal times those with an event first, so that the risk set of an event is a
tail of the array. With strata, which glmnet's Fortran does not have, they are in order of stratum first, a risk set ends with its
stratum (`last`), no two strata share a time (`radsurv.survival.strata`), and paths are followed to the optimum. A training set and
its inner ones share the features and the order of all: who is not a member has the risk 0. Sums over patients are taken in the
order of `radsurv.survival.lanes`, so no processor changes a bit of them. All else that one compiled function calls lives in this
one file: numba's on-disk cache notices changes of the file of the outermost function only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from radsurv.compiling import WITHIN, kernel
from radsurv.survival.lanes import (
    LARGEST_EXPONENT,
    WIDTH,
    borrowed,
    exponential,
    larger,
    load,
    logarithm,
    remaining,
    running,
    spread,
    store,
    total,
)

TOLERANCE = 1e-7  # of a sweep, as a share of half the null deviance per patient: glmnet's `thresh`
STRATIFIED_TOLERANCE = 1e-20  # the same with strata: coefficients end within 1e-9 of the optimum
SMALLEST_GAIN = 1e-3  # the path ends when four more λs gain less than this share of the deviance explained …
LARGEST_DEVIANCE_RATIO = 0.99  # … or when this much is explained
SHORTEST_PATH = 5
MOST_SWEEPS = 100_000  # of a path; with strata of each λ
ALIGNED = 8  # numbers in a line of the processor's cache
PATIENCE = 10  # λs between the smallest cross-validated deviance and an early stop
NO_INFORMATION = 1e-12  # a null deviance per patient below this is rounding
INFINITE = 9.9e35  # glmnet's λ before the first, at which features without a penalty are fitted alone

compiled = kernel(error_model="numpy")
within = kernel(error_model="numpy", **WITHIN)

# Entries of `CoxPath.counters`.
N_ENTERED, LENGTH, SWEEPS, FINISHED = range(4)


class Cohort(NamedTuple):
    """One training set among the patients of `x`; arrays over patients are filled up with zeros to whole `lanes`."""

    x: np.ndarray  # (feature, patient) centred over all patients, see `centred`
    mean: np.ndarray  # (feature,) over the members
    inside: np.ndarray  # (patient,) 1 / n for a member, else 0
    event: np.ndarray  # (patient,) 1 / n for a member's event, else 0
    first: np.ndarray  # (event time,) start of its risk set
    deaths: np.ndarray  # (event time,) events at that time / n
    share: float  # 1 / n
    last: np.ndarray  # (patient,) bool: the last of a stratum; empty without strata


class CoxPath(NamedTuple):
    """A training set on its way down the path; the arrays are updated in place."""

    cohort: Cohort
    factor: np.ndarray  # (feature,) by which λ is multiplied; infinite for a feature that is left out
    alpha: float
    step: float  # ratio of one λ to the one before
    null_likelihood: float  # ℓ(0) / n
    null_deviance: float  # half of it, / n
    tolerance: float  # of a sweep
    beta: np.ndarray  # (feature,)
    before: np.ndarray  # (feature,) β when curvatures were last computed
    eta: np.ndarray  # (patient,) linear predictor, of patients who are no members too
    above: np.ndarray  # (patient,) the same at the λ before
    residual: np.ndarray  # (patient,) martingale residual / n
    weight: np.ndarray  # (patient,) minus the diagonal of the Hessian in eta, / n
    risk: np.ndarray  # (patient,) exp(eta) / n
    at_risk: np.ndarray  # (event time,) sum of `risk` over the risk set
    increment: np.ndarray  # (event time,) of the cumulative hazard
    sums: np.ndarray  # (patient,) workspace
    hazard: np.ndarray  # (patient,) cumulative
    squared: np.ndarray  # (patient,) sum of increments over `at_risk`
    curvature: np.ndarray  # (feature,)
    gradient: np.ndarray  # (feature,) absolute, of features that are not strong
    strong: np.ndarray  # (feature,) bool: takes part in full sweeps
    has_entered: np.ndarray  # (feature,) bool: has ever been non-zero
    entered: np.ndarray  # (feature,) those features in order of entry
    listed: np.ndarray  # (feature,) workspace: those features that are strong
    lambdas: np.ndarray  # (λ,)
    deviance_ratio: np.ndarray  # (λ,)
    counters: np.ndarray  # see above


@within
def _copy(source, target):  # type: ignore[no-untyped-def]
    """Element by element: of a slice, numba compiles the words of the error that its length is wrong, which takes two seconds."""
    for position in range(len(source)):
        target[position] = source[position]


@within
def _fill(target, value):  # type: ignore[no-untyped-def]
    """The same value everywhere."""
    for position in range(len(target)):
        target[position] = value


@within
def _slope(row, mean, residual):  # type: ignore[no-untyped-def]
    """Derivative of the log likelihood / n by the coefficient of a feature."""
    lanes, centre = spread(0.0), spread(mean)
    for patient in range(0, len(residual), WIDTH):
        lanes = lanes + load(residual, patient) * (load(row, patient) - centre)
    return total(lanes)


@within
def _curve(strong, x, mean, weight, curvature):  # type: ignore[no-untyped-def]
    """Curvature along every strong feature."""
    x, weight = borrowed(x), borrowed(weight)
    for feature in range(len(strong)):
        if strong[feature]:
            row, lanes, centre = x[feature], spread(0.0), spread(mean[feature])
            for patient in range(0, len(weight), WIDTH):
                distance = load(row, patient) - centre
                lanes = lanes + load(weight, patient) * distance * distance
            curvature[feature] = total(lanes)


@within
def _event_times(time, event):  # type: ignore[no-untyped-def]
    """Start of the risk set, and number of events, at every event time."""
    first = np.empty(len(time), dtype=np.int64)
    deaths = np.empty(len(time))
    n_times = 0
    for patient in range(len(time)):
        if event[patient]:
            if n_times > 0 and time[first[n_times - 1]] == time[patient]:
                deaths[n_times - 1] += 1.0
            else:
                first[n_times], deaths[n_times] = patient, 1.0
                n_times += 1
    return first[:n_times].copy(), deaths[:n_times].copy()


@within
def _zeros(n_rows, width):  # type: ignore[no-untyped-def]
    """A matrix whose rows of whole lanes begin where a line of the processor's cache does: a quarter less time."""
    space = np.zeros(n_rows * width + ALIGNED)
    start = -(space.ctypes.data // 8) % ALIGNED
    return space[start : start + n_rows * width].reshape((n_rows, width))


@compiled
def centred(x):  # type: ignore[no-untyped-def]
    """(feature, patient) features less their means over all patients, filled up with zeros to whole lanes."""
    n_features, n_patients = x.shape
    found = _zeros(n_features, -(-n_patients // WIDTH) * WIDTH)
    for feature in range(n_features):
        mean = 0.0
        for patient in range(n_patients):
            mean += x[feature, patient]
        mean /= n_patients
        for patient in range(n_patients):
            found[feature, patient] = x[feature, patient] - mean
    return found


@within
def _cohort(x, time, event, members, last):  # type: ignore[no-untyped-def]
    """The training set of these members, of patients in order of time."""
    first, deaths = _event_times(time[members], event[members])
    share, width = 1.0 / len(members), x.shape[1]
    space, mean = _zeros(2, width), np.zeros(x.shape[0])
    inside, happened = space[0], space[1]
    for patient in members:
        inside[patient], happened[patient] = share, share * event[patient]
    for feature in range(x.shape[0]):
        row, lanes = x[feature], spread(0.0)
        for patient in range(0, width, WIDTH):
            lanes = lanes + load(row, patient) * load(inside, patient)
        mean[feature] = total(lanes)
    return Cohort(x, mean, inside, happened, members[first], deaths * share, share, last)


@within
def _sum_from(values, sums, last):  # type: ignore[no-untyped-def]
    """Sums of all values from each place on, to the end of its stratum."""
    values, sums, last = borrowed(values), borrowed(sums), borrowed(last)
    behind = 0.0
    if len(last):
        for patient in range(len(values) - 1, -1, -1):
            behind = values[patient] + (0.0 if last[patient] else behind)
            sums[patient] = behind
        return
    for patient in range(len(values) - WIDTH, -1, -WIDTH):
        store(sums, patient, remaining(load(values, patient)) + spread(behind))
        behind = sums[patient]


@within
def _sum_up_to(values, sums, last):  # type: ignore[no-untyped-def]
    """Sums of all values up to each place, from the beginning of its stratum."""
    values, sums, last = borrowed(values), borrowed(sums), borrowed(last)
    before = 0.0
    if len(last):
        for patient in range(len(values)):
            sums[patient] = before + values[patient]
            before = 0.0 if last[patient] else sums[patient]
        return
    for patient in range(0, len(values), WIDTH):
        store(sums, patient, running(load(values, patient)) + spread(before))
        before = sums[patient + WIDTH - 1]


@within
def _sum_risks(cohort, eta, risk, sums, at_risk):  # type: ignore[no-untyped-def]
    """Relative risks, and their sums over the risk sets."""
    cohort, eta, risk = borrowed(cohort), borrowed(eta), borrowed(risk)
    sums, at_risk = borrowed(sums), borrowed(at_risk)
    inside, first = cohort.inside, cohort.first
    for patient in range(len(risk)):
        held = min(max(eta[patient], -LARGEST_EXPONENT), LARGEST_EXPONENT)
        risk[patient] = inside[patient] * exponential(held)
    _sum_from(risk, sums, cohort.last)
    for moment in range(len(at_risk)):
        at_risk[moment] = sums[first[moment]]


@within
def _log_likelihood(cohort, eta, at_risk, increment):  # type: ignore[no-untyped-def]
    """Log partial likelihood / n."""
    cohort, eta, at_risk, increment = borrowed(cohort), borrowed(eta), borrowed(at_risk), borrowed(increment)
    lanes, likelihood = spread(0.0), 0.0
    for patient in range(0, len(eta), WIDTH):
        lanes = lanes + load(cohort.event, patient) * load(eta, patient)
    for moment in range(len(at_risk)):
        increment[moment] = cohort.deaths[moment] * logarithm(at_risk[moment])
    for moment in range(len(at_risk)):
        likelihood += increment[moment]
    return total(lanes) - likelihood


@within
def _differentiate(path):  # type: ignore[no-untyped-def]
    """First and (diagonal) second derivative of the log likelihood / n by the linear predictor."""
    path = borrowed(path)
    cohort, risk, at_risk, sums = path.cohort, path.risk, path.at_risk, path.sums
    increment, hazard, squared, residual, weight = path.increment, path.hazard, path.squared, path.residual, path.weight
    for moment in range(len(at_risk)):
        increment[moment] = cohort.deaths[moment] / at_risk[moment]
    _fill(sums, 0.0)
    for moment in range(len(at_risk)):
        sums[cohort.first[moment]] = increment[moment]
    _sum_up_to(sums, hazard, cohort.last)
    for moment in range(len(at_risk)):
        sums[cohort.first[moment]] = increment[moment] / at_risk[moment]
    _sum_up_to(sums, squared, cohort.last)
    for patient in range(len(risk)):
        residual[patient] = cohort.event[patient] - risk[patient] * hazard[patient]
        # Zero for one who is alone at risk: rounding must not make it negative.
        weight[patient] = max(risk[patient] * (hazard[patient] - risk[patient] * squared[patient]), 0.0)


@within
def _move(row, mean, change, weight, residual):  # type: ignore[no-untyped-def]
    """Take from the residuals what a change of the coefficient of a feature explains."""
    centre, changed = spread(mean), spread(change)
    for patient in range(0, len(residual), WIDTH):
        moved = changed * (load(weight, patient) * (load(row, patient) - centre))
        store(residual, patient, load(residual, patient) - moved)


@within
def _move_and_slope(row_last, mean_last, change, row, mean, weight, residual):  # type: ignore[no-untyped-def]
    """`_move` along one feature, and `_slope` along another, in one go."""
    lanes, centre, centre_last, changed = spread(0.0), spread(mean), spread(mean_last), spread(change)
    for patient in range(0, len(residual), WIDTH):
        moved = changed * (load(weight, patient) * (load(row_last, patient) - centre_last))
        left = load(residual, patient) - moved
        store(residual, patient, left)
        lanes = lanes + left * (load(row, patient) - centre)
    return total(lanes)


@within
def _sweep(chosen, n_chosen, path, l1, l2):  # type: ignore[no-untyped-def]
    """Minimise over one coefficient after the other; the largest change, in units of the objective."""
    chosen, path = borrowed(chosen), borrowed(path)
    x, mean, weight, residual = path.cohort.x, path.cohort.mean, path.weight, path.residual
    curvature, beta, factor = path.curvature, path.beta, path.factor
    largest, change, last = 0.0, 0.0, 0
    for position in range(n_chosen):
        feature = chosen[position]
        if change == 0.0:
            slope = _slope(x[feature], mean[feature], residual)
        else:
            slope = _move_and_slope(x[last], mean[last], change, x[feature], mean[feature], weight, residual)
        old, new = beta[feature], 0.0
        pull = old * curvature[feature] + slope
        threshold, ridge = l1 * factor[feature], l2 * factor[feature]
        if abs(pull) > threshold and curvature[feature] + ridge > 0.0:
            new = np.copysign(abs(pull) - threshold, pull) / (curvature[feature] + ridge)
        change, last = new - old, feature
        beta[feature] = new
        largest = max(largest, curvature[feature] * change * change)
    if change != 0.0:
        _move(x[last], mean[last], change, weight, residual)
    return largest


@within
def _note_entries(listed, n_listed, path):  # type: ignore[no-untyped-def]
    """Features that have become non-zero join the active set, in column order."""
    path = borrowed(path)
    for position in range(n_listed):
        feature = listed[position]
        if path.beta[feature] != 0.0 and not path.has_entered[feature]:
            path.has_entered[feature] = True
            path.entered[path.counters[N_ENTERED]] = feature
            path.counters[N_ENTERED] += 1


@within
def _descend(path, l1, l2, tolerance):  # type: ignore[no-untyped-def]
    """Sweep over strong features once, over those that have entered until they rest, and so on; whether all rest."""
    path = borrowed(path)
    counters, listed, n_listed = path.counters, path.listed, 0
    for feature in range(len(listed)):
        if path.strong[feature]:
            listed[n_listed] = feature
            n_listed += 1
    while counters[SWEEPS] <= MOST_SWEEPS:
        counters[SWEEPS] += 1
        largest = _sweep(listed, n_listed, path, l1, l2)
        _note_entries(listed, n_listed, path)
        if largest < tolerance:
            return True
        while counters[SWEEPS] <= MOST_SWEEPS:
            counters[SWEEPS] += 1
            if _sweep(path.entered, counters[N_ENTERED], path, l1, l2) < tolerance:
                break
    return False


@within
def _linear_predictor(x, beta, entered, eta):  # type: ignore[no-untyped-def]
    """From the coefficients of those features that have ever entered."""
    x, entered, eta = borrowed(x), borrowed(entered), borrowed(eta)
    for patient in range(0, len(eta), WIDTH):
        lanes = spread(0.0)
        for feature in entered:
            lanes = lanes + spread(beta[feature]) * load(x[feature], patient)
        store(eta, patient, lanes)


@within
def _newly_strong(path, l1):  # type: ignore[no-untyped-def]
    """Features that the strong rule left out although they violate the optimality conditions join in."""
    path = borrowed(path)
    found = False
    for feature in range(len(path.beta)):
        if not path.strong[feature]:
            path.gradient[feature] = abs(_slope(path.cohort.x[feature], path.cohort.mean[feature], path.residual))
            if path.gradient[feature] > l1 * path.factor[feature]:
                path.strong[feature] = True
                found = True
    return found


@within
def _solve(path, l1, l2, tolerance):  # type: ignore[no-untyped-def]
    """Newton steps, each a descent on the quadratic approximation; log likelihood / n, NaN if they do not settle."""
    path = borrowed(path)
    while True:
        _copy(path.beta, path.before)
        _curve(path.strong, path.cohort.x, path.cohort.mean, path.weight, path.curvature)
        if not _descend(path, l1, l2, tolerance):
            return np.nan
        _linear_predictor(path.cohort.x, path.beta, path.entered[: path.counters[N_ENTERED]], path.eta)
        _sum_risks(path.cohort, path.eta, path.risk, path.sums, path.at_risk)
        _differentiate(path)
        settled = True
        for position in range(path.counters[N_ENTERED]):
            feature = path.entered[position]
            change = path.beta[feature] - path.before[feature]
            settled &= path.curvature[feature] * change * change < tolerance
        if settled and not _newly_strong(path, l1):
            return _log_likelihood(path.cohort, path.eta, path.at_risk, path.increment)


@within
def _factors(x, given, members):  # type: ignore[no-untyped-def]
    """Penalty factors of one training set: what has none and is constant there is left out, as it would be unbounded."""
    factor = given.copy()
    for feature in range(len(given)):
        if given[feature] == 0.0:
            values = x[feature][members]
            if values.max() == values.min():
                factor[feature] = np.inf
    return factor


@within
def _fit_unpenalised(path):  # type: ignore[no-untyped-def]
    """The model of the features without a penalty alone; the null model where it does not settle, which ends the path."""
    path = borrowed(path)
    for feature in range(len(path.beta)):
        path.strong[feature] = path.gradient[feature] > path.alpha * (2.0 * INFINITE) * path.factor[feature]
    likelihood = _solve(path, path.alpha * INFINITE, (1.0 - path.alpha) * INFINITE, path.tolerance)
    if not np.isfinite(likelihood):
        _fill(path.beta, 0.0)
        _fill(path.eta, 0.0)
        return False
    path.deviance_ratio[0] = (likelihood - path.null_likelihood) / path.null_deviance
    return True


@within
def start_path(x, given, time, event, members, alpha, n_lambda, last):  # type: ignore[no-untyped-def]
    """A training set at its largest λ, where the coefficients of all features with a penalty are zero.

    Parameters
    ----------
    x : (feature, patient) float64
        As `centred` gives it.
    given : (feature,) float64
        Penalty factors.
    time, event : (patient,)
        In order of time, at equal times events first.
    members : (member,)
        Rising positions of the patients in the training set.
    last : (patient,) bool
        Of strata, see `Cohort`; as long as a row of `x`.
    """
    cohort = _cohort(x, time, event, members, last)
    (n_features, width), n_times = x.shape, len(cohort.first)
    gradient, lambdas = np.zeros(n_features), np.zeros(n_lambda)
    counters = np.zeros(4, dtype=np.int64)
    counters[LENGTH] = 1
    flags, lists = np.zeros((2, n_features), dtype=np.bool_), np.zeros((2, n_features), dtype=np.int64)
    space = _zeros(8, width)
    eta, risk, at_risk, increment = space[0], space[1], np.zeros(n_times), np.zeros(n_times)
    _sum_risks(cohort, eta, risk, space[5], at_risk)
    likelihood = _log_likelihood(cohort, eta, at_risk, increment)
    null_deviance = -likelihood
    for deaths in cohort.deaths:
        null_deviance -= deaths * logarithm(deaths)
    smallest = 0.01 if len(members) < n_features else 1e-4
    tolerance, exponent = STRATIFIED_TOLERANCE, 1.0 / (n_lambda - 1)
    if len(last) == 0:
        tolerance = TOLERANCE
        exponent = np.float64(np.float32(1.0) / np.float32(n_lambda - 1))  # the constant of glmnet's Fortran
    path = CoxPath(
        cohort, _factors(x, given, members), alpha, exponential(exponent * logarithm(smallest)), likelihood, null_deviance,
        tolerance * null_deviance, np.zeros(n_features), np.zeros(n_features), eta, space[2], space[3], space[4], risk, at_risk, increment,
        space[5], space[6], space[7], np.zeros(n_features), gradient, flags[0], flags[1], lists[0], lists[1], lambdas, np.zeros(n_lambda),
        counters,
    )  # fmt: skip
    _differentiate(path)
    for feature in range(n_features):
        gradient[feature] = abs(_slope(x[feature], cohort.mean[feature], path.residual))
    # Where no two patients are ever at risk together, the null model is all there is.
    informed = null_deviance > NO_INFORMATION
    if informed and np.any(path.factor == 0.0):
        informed = _fit_unpenalised(path)
    for feature in range(n_features):
        if path.factor[feature] > 0.0:
            lambdas[0] = max(lambdas[0], gradient[feature] / path.factor[feature] / max(alpha, 1e-3))
    # Where no feature with a penalty differs, the path has no second λ.
    counters[FINISHED] = not (informed and lambdas[0] > 0.0)
    return path


@within
def advance(path):  # type: ignore[no-untyped-def]
    """Go on to the next λ, and see whether it is the last. A λ that does not settle is left out and ends the path."""
    path = borrowed(path)
    length = path.counters[LENGTH]
    above = path.lambdas[length - 1]
    current = above * path.step
    _copy(path.eta, path.above)
    if len(path.cohort.last):
        path.counters[SWEEPS] = 0
    for feature in range(len(path.beta)):
        path.strong[feature] |= path.gradient[feature] > path.alpha * (2.0 * current - above) * path.factor[feature]
    likelihood = _solve(path, path.alpha * current, (1.0 - path.alpha) * current, path.tolerance)
    if not np.isfinite(likelihood):
        _copy(path.above, path.eta)
        path.counters[FINISHED] = 1
        return
    ratio = (likelihood - path.null_likelihood) / path.null_deviance
    path.lambdas[length], path.deviance_ratio[length] = current, ratio
    length += 1
    path.counters[LENGTH] = length
    flat = length >= SHORTEST_PATH and ratio - path.deviance_ratio[length - SHORTEST_PATH] < SMALLEST_GAIN * ratio
    explained = length >= SHORTEST_PATH and ratio > LARGEST_DEVIANCE_RATIO
    path.counters[FINISHED] = flat or explained or length == len(path.lambdas)


@within
def _score_at(part, wanted, eta):  # type: ignore[no-untyped-def]
    """Take an inner path down to a λ; its scores there for all patients, between those of the λs around it."""
    part, eta = borrowed(part), borrowed(eta)
    while not part.counters[FINISHED] and part.lambdas[part.counters[LENGTH] - 1] > wanted:
        advance(part)
    last = part.counters[LENGTH] - 1
    share = 0.0  # of the λ above; outside of the path its end
    if last > 0 and wanted > part.lambdas[last]:
        share = (wanted - part.lambdas[last]) / (part.lambdas[last - 1] - part.lambdas[last])
    for patient in range(len(eta)):
        eta[patient] = share * part.above[patient] + (1.0 - share) * part.eta[patient]


class Judge(NamedTuple):
    """What the deviance of a left-out fold needs."""

    inside: np.ndarray  # (patient,) 1 for who is not left out, else 0
    lost: np.ndarray  # (patient,) 1 for an event of who is left out, else 0
    first: np.ndarray  # (event time of the training set,) start of its risk set
    deaths: np.ndarray  # (event time,) events then
    kept: np.ndarray  # (event time,) those of them that are not left out
    eta: np.ndarray  # (patient,) linear predictor; filled up with zeros like the next three
    risk: np.ndarray  # (patient,)
    of_part: np.ndarray  # (patient,) the same of those inside
    sums: np.ndarray  # (patient,) workspace
    everybody: np.ndarray  # (event time,) workspace
    part: np.ndarray  # (event time,) workspace
    last: np.ndarray  # (patient,) bool: as in `Cohort`


@within
def _judge(time, event, inside, first, deaths, last):  # type: ignore[no-untyped-def]
    """For a training set with these event times, of which some patients are `inside` of its part."""
    kept, lost = np.zeros(len(first)), np.zeros(len(time))
    for patient in range(len(time)):
        lost[patient] = event[patient] and not inside[patient]
    for moment in range(len(first)):
        patient = first[moment]
        while patient < len(time) and event[patient] and time[patient] == time[first[moment]]:
            kept[moment] += inside[patient]
            patient += 1
    width = -(-len(time) // WIDTH) * WIDTH
    space = _zeros(4, width)
    spaces = space[0], space[1], space[2], space[3], np.empty(len(first)), np.empty(len(first))
    return Judge(inside.astype(np.float64), lost, first, deaths, kept, *spaces, last)


@within
def _left_out_deviance(judge):  # type: ignore[no-untyped-def]
    """Deviance of a training set less that of its part (Verweij and van Houwelingen 1993, Stat Med 12)."""
    judge = borrowed(judge)
    first, deaths, kept, eta, risk = judge.first, judge.deaths, judge.kept, judge.eta, judge.risk
    everybody, part = judge.everybody, judge.part
    # 0 at least, because scores are centred.
    lanes, highest = spread(0.0), 0.0
    for patient in range(0, len(eta), WIDTH):
        lanes = larger(lanes, load(eta, patient))
    store(judge.sums, 0, lanes)
    for one in judge.sums[:WIDTH]:
        highest = max(highest, one)
    for patient in range(len(judge.lost)):
        risk[patient] = exponential(eta[patient] - highest)
        judge.of_part[patient] = risk[patient] * judge.inside[patient]
    _sum_from(risk, judge.sums, judge.last)
    for moment in range(len(first)):
        everybody[moment] = judge.sums[first[moment]]
    _sum_from(judge.of_part, judge.sums, judge.last)
    # The deviance compares with the saturated likelihood, −Σ d log d: the term of d deaths is d log(sum of risks / d).
    for moment in range(len(first)):
        inner = judge.sums[first[moment]] * deaths[moment]
        part[moment] = everybody[moment] * kept[moment] / inner if kept[moment] > 0.0 else 1.0
    likelihood = 0.0
    for patient in range(len(judge.lost)):
        likelihood += judge.lost[patient] * (eta[patient] - highest)
    for moment in range(len(first)):
        part[moment] = kept[moment] * logarithm(part[moment])
        everybody[moment] = (deaths[moment] - kept[moment]) * logarithm(everybody[moment] / deaths[moment])
    for moment in range(len(first)):
        likelihood -= part[moment] + everybody[moment]
    return -2.0 * likelihood


@within
def _pool(deviance, events):  # type: ignore[no-untyped-def]
    """Deviance per left-out event, and its error. A fold without event drops out of the sums, not the count."""
    total, n_events = 0.0, 0
    for which in range(len(events)):
        if events[which] > 0:
            total += deviance[which]
            n_events += events[which]
    mean, squares = total / n_events, 0.0
    for which in range(len(events)):
        if events[which] > 0:
            squares += events[which] * (deviance[which] / events[which] - mean) ** 2
    return mean, np.sqrt(squares / n_events / (len(events) - 1))


@within
def _pool_draws(added, events, mean, error, judged):  # type: ignore[no-untyped-def]
    """`_pool` for each draw of the folds, and the averages over draws in the last row.

    The average error is that of one draw: drawing folds again tells nothing of other patients.
    """
    n_draws = len(events)
    mean[n_draws, judged], error[n_draws, judged] = 0.0, 0.0
    for draw in range(n_draws):
        mean[draw, judged], error[draw, judged] = _pool(added[draw], events[draw])
        mean[n_draws, judged] += mean[draw, judged] / n_draws
        error[n_draws, judged] += error[draw, judged] / n_draws


@within
def _past_minimum(mean, error, best, judged):  # type: ignore[no-untyped-def]
    """Whether the curve of every draw, and their average, is well past its minimum; notes the minima in `best`."""
    past = True
    for row in range(len(best)):
        if mean[row, judged] < mean[row, best[row]]:
            best[row] = judged
        lowest = best[row]
        past &= judged - lowest >= PATIENCE and mean[row, judged] > mean[row, lowest] + error[row, lowest]
    return past


@within
def _events_of_folds(event, fold, n_folds):  # type: ignore[no-untyped-def]
    """(draw, fold) events in the left-out folds."""
    events = np.zeros((len(fold), n_folds), dtype=np.int64)
    for draw in range(len(fold)):
        for patient in range(len(event)):
            events[draw, fold[draw, patient] - 1] += event[patient]
    return events


@within
def _finite(deviance):  # type: ignore[no-untyped-def]
    """Scores so extreme that relative risks overflow: no λ to choose."""
    return deviance if np.isfinite(deviance) else np.inf


@compiled
def cross_validate_path(x, factors, time, event, last, fold, n_folds, alpha, n_lambda, stop_early):  # type: ignore[no-untyped-def]
    """Path of a training set, with the deviance that each inner fold adds when it is left out.

    All paths go down together, so that they can stop together: a λ of the training set is judged as soon as the path of
    every fold has reached it.

    Parameters
    ----------
    x : (feature, patient) float64
    factors : (feature,) float64
        Of the penalty.
    time, event : (patient,)
        In order of time, at equal times events first.
    last : (patient,) bool
        Of strata, see `Cohort`, filled up to whole lanes.
    fold : (draw, patient) int64
        Inner fold, from 1 to `n_folds`, in one or several draws.
    stop_early : bool
        Stop once the deviance exceeds its smallest value by a standard error, and that value lies `PATIENCE` λs back, in
        every draw and on average.

    Returns
    -------
    lambdas : (λ,) float64
        Those that were judged.
    deviance_ratio : (λ,) float64
    coefficients : (λ, feature) float64
    deviance : (λ, draw, fold) float64
    mean, error : (draw + 1, λ) float64
        Deviance per event, and its standard error; the last row is the average over draws.
    """
    filled = centred(x)
    path = start_path(filled, factors, time, event, np.arange(len(time)), alpha, n_lambda, last)
    first, deaths = _event_times(time, event)
    events = _events_of_folds(event, fold, n_folds)
    # What a fold without an event adds has no weight, so its path is not needed.
    voices = np.flatnonzero(events.ravel())
    inside = [fold[voice // n_folds] != voice % n_folds + 1 for voice in voices]
    parts = [
        start_path(filled, factors, time, event, np.flatnonzero(members), alpha, n_lambda, last) for members in inside
    ]
    judges = [_judge(time, event, members, first, deaths, last) for members in inside]
    deviance = np.zeros((n_lambda, len(fold), n_folds))
    coefficients = np.zeros((n_lambda, len(x)))
    _copy(path.beta, coefficients[0])
    mean, error = np.empty((len(fold) + 1, n_lambda)), np.empty((len(fold) + 1, n_lambda))
    best, judged = np.zeros(len(fold) + 1, dtype=np.int64), 0
    while judged < path.counters[LENGTH]:
        for which in range(len(voices)):
            draw, left_out = voices[which] // n_folds, voices[which] % n_folds
            part, judge = borrowed(parts[which]), borrowed(judges[which])
            _score_at(part, path.lambdas[judged], judge.eta)
            deviance[judged, draw, left_out] = _finite(_left_out_deviance(judge))
        _pool_draws(deviance[judged], events, mean, error, judged)
        past = _past_minimum(mean, error, best, judged)
        judged += 1
        if stop_early and past:
            break
        if judged == path.counters[LENGTH] and not path.counters[FINISHED]:
            advance(path)
            _copy(path.beta, coefficients[min(judged, n_lambda - 1)])  # where it has not settled, nobody looks at it
    judged_path = path.lambdas[:judged], path.deviance_ratio[:judged], coefficients[:judged]
    return (*judged_path, deviance[:judged], mean[:, :judged], error[:, :judged])


@within
def _concordant(eta, time, event, inside, last):  # type: ignore[no-untyped-def]
    """Concordant (ties count half) and comparable pairs among the patients who are not `inside`, both of one stratum."""
    concordant, comparable = 0.0, 0
    for early in range(len(time)):
        if inside[early] or not event[early]:
            continue
        for late in range(early + 1, len(time)):
            if len(last) and last[late - 1]:
                break
            if inside[late] or (time[late] == time[early] and event[late]):
                continue
            comparable += 1
            concordant += 1.0 if eta[early] > eta[late] else 0.5 * (eta[early] == eta[late])
    return concordant, comparable


@compiled
def cross_validate_parts(  # type: ignore[no-untyped-def]
    x, factors, own, own_factors, starts, time, event, last, fold, n_folds, alpha, n_lambda, stop_early
):
    """As `cross_validate_path`, but every inner training set has features of its own.

    Parameters
    ----------
    own : (feature of any inner training set, patient) float64
    own_factors : (feature of any inner training set,) float64
    starts : (draw × fold + 1,) int64
        Rows ``starts[k]:starts[k + 1]`` of `own` are the features of inner training set k; draw by draw, fold by fold.

    Returns
    -------
    lambdas : (λ,) float64
    coefficients : (λ, feature) float64
        Of the features in `x`.
    mean, error : (draw + 1, λ) float64
    concordance : (λ,) float64
        Share of concordant ones of the comparable pairs within left-out folds; NaN without such a pair.
    """
    path = start_path(centred(x), factors, time, event, np.arange(len(time)), alpha, n_lambda, last)
    first, deaths = _event_times(time, event)
    events = _events_of_folds(event, fold, n_folds)
    voices = np.flatnonzero(events.ravel())
    inside = [fold[voice // n_folds] != voice % n_folds + 1 for voice in voices]
    features = [centred(own[starts[voice] : starts[voice + 1]]) for voice in voices]
    weighed = [own_factors[starts[voice] : starts[voice + 1]] for voice in voices]
    parts = [
        start_path(features[which], weighed[which], time, event, np.flatnonzero(inside[which]), alpha, n_lambda, last)
        for which in range(len(voices))
    ]
    judges = [_judge(time, event, members, first, deaths, last) for members in inside]
    added = np.zeros((len(fold), n_folds))
    coefficients = np.zeros((n_lambda, len(x)))
    _copy(path.beta, coefficients[0])
    mean, error = np.empty((len(fold) + 1, n_lambda)), np.empty((len(fold) + 1, n_lambda))
    concordance = np.empty(n_lambda)
    best, judged = np.zeros(len(fold) + 1, dtype=np.int64), 0
    while judged < path.counters[LENGTH]:
        concordant, comparable = 0.0, 0
        for which in range(len(voices)):
            draw, left_out = voices[which] // n_folds, voices[which] % n_folds
            part, judge = borrowed(parts[which]), borrowed(judges[which])
            _score_at(part, path.lambdas[judged], judge.eta)
            added[draw, left_out] = _finite(_left_out_deviance(judge))
            ordered, pairs = _concordant(judge.eta, time, event, inside[which], last)
            concordant += ordered
            comparable += pairs
        _pool_draws(added, events, mean, error, judged)
        concordance[judged] = concordant / comparable if comparable else np.nan
        past = _past_minimum(mean, error, best, judged)
        judged += 1
        if stop_early and past:
            break
        if judged == path.counters[LENGTH] and not path.counters[FINISHED]:
            advance(path)
            _copy(path.beta, coefficients[min(judged, n_lambda - 1)])  # where it has not settled, nobody looks at it
    return path.lambdas[:judged], coefficients[:judged], mean[:, :judged], error[:, :judged], concordance[:judged]
