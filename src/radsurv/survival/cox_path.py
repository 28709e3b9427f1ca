"""The numerical core of the elastic-net Cox model: glmnet 4.1's coordinate descent, path and cross-validated deviance.

Minimises ``−ℓ(β)/n + λ(α‖β‖₁ + (1−α)/2 ‖β‖²)``, ℓ the log partial likelihood with Breslow's treatment of ties, along
a falling sequence of λ (Simon et al. 2011, J Stat Softw 39(5); Friedman et al. 2010, J Stat Softw 33(1)). The order
of the sweeps, the strong rule, the active set and every stopping rule are those of glmnet's Fortran, because its
tolerance leaves traces of them in the third digit of a score.

Patients are always in order of time, at equal times those with an event first, so that the risk set of an event is a
tail of the array. All that one compiled function calls lives in this one file: numba's on-disk cache notices changes
of the file of the outermost function only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

TOLERANCE = 1e-7  # of a sweep, as a share of half the null deviance per patient: glmnet's `thresh`
SMALLEST_GAIN = 1e-3  # the path ends when four more λs gain less than this share of the deviance explained …
LARGEST_DEVIANCE_RATIO = 0.99  # … or when this much is explained
SHORTEST_PATH = 5
MOST_SWEEPS = 100_000
VECTOR = 16  # numbers that the compiler's vector loops take at once
LARGEST_EXPONENT = 707.0  # of a relative risk, short of overflow
PATIENCE = 10  # λs between the smallest cross-validated deviance and an early stop
NO_INFORMATION = 1e-12  # a null deviance per patient below this is rounding

compiled = njit(cache=True, nogil=True, error_model="numpy")
compiled_sum = njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"}
)  # may sum in any order

# Entries of `CoxPath.counters`.
N_ENTERED, LENGTH, SWEEPS, FINISHED = range(4)


class Cohort(NamedTuple):
    """One training set, without patients censored before the first event: they are never at risk when one happens."""

    x: np.ndarray  # (feature, patient) centred over the whole training set; columns of zeros fill up the last vector
    event: np.ndarray  # (patient,) 1 / n for an event, else 0
    first: np.ndarray  # (event time,) start of its risk set
    deaths: np.ndarray  # (event time,) events at that time / n
    share: float  # 1 / n


class CoxPath(NamedTuple):
    """A training set on its way down the path; the arrays are updated in place."""

    cohort: Cohort
    alpha: float
    step: float  # ratio of one λ to the one before
    null_likelihood: float  # ℓ(0) / n
    null_deviance: float  # half of it, / n
    beta: np.ndarray  # (feature,)
    before: np.ndarray  # (feature,) β when curvatures were last computed
    weighted: np.ndarray  # (feature, patient) x times minus the diagonal of the Hessian in eta, / n
    eta: np.ndarray  # (patient,) linear predictor; filled up like x
    residual: np.ndarray  # (patient,) martingale residual / n; filled up like x
    weight: np.ndarray  # (patient,) minus the diagonal of the Hessian in eta, / n; filled up like x
    risk: np.ndarray  # (patient,) exp(eta) / n
    at_risk: np.ndarray  # (event time,) sum of `risk` over the risk set
    curvature: np.ndarray  # (feature,)
    gradient: np.ndarray  # (feature,) absolute, of features that are not strong
    strong: np.ndarray  # (feature,) bool: takes part in full sweeps
    has_entered: np.ndarray  # (feature,) bool: has ever been non-zero
    entered: np.ndarray  # (feature,) those features in order of entry
    lambdas: np.ndarray  # (λ,)
    deviance_ratio: np.ndarray  # (λ,)
    coefficients: np.ndarray  # (λ, feature)
    counters: np.ndarray  # see above


@compiled_sum
def _dot(first, second):  # type: ignore[no-untyped-def]
    total = 0.0
    for position in range(len(first)):
        total += first[position] * second[position]
    return total


@compiled_sum
def _weigh(strong, x, weight, weighted, curvature):  # type: ignore[no-untyped-def]
    """Strong features times the weights, and the curvature along each."""
    for feature in range(len(strong)):
        if strong[feature]:
            total = 0.0
            for patient in range(x.shape[1]):
                weighted[feature, patient] = weight[patient] * x[feature, patient]
                total += weighted[feature, patient] * x[feature, patient]
            curvature[feature] = total


@compiled
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


@compiled
def _cohort(x, time, event, members):  # type: ignore[no-untyped-def]
    """The training set of these members, which must be in order of time."""
    time, event = time[members], event[members]
    first, deaths = _event_times(time, event)
    share = 1.0 / len(members)
    skipped = first[0] if len(first) else len(members)
    # Loops over whole vectors run twice as fast as loops with a rest.
    width = -(-(len(members) - skipped) // VECTOR) * VECTOR
    centred = np.zeros((x.shape[0], width))
    for feature in range(x.shape[0]):
        mean = 0.0
        for position in range(len(members)):
            mean += x[feature, members[position]]
        mean *= share
        for position in range(skipped, len(members)):
            centred[feature, position - skipped] = x[feature, members[position]] - mean
    return Cohort(centred, event[skipped:] * share, first - skipped, deaths * share, share)


@compiled
def _sum_risks(cohort, eta, risk, at_risk):  # type: ignore[no-untyped-def]
    """Relative risks, and their sums over the risk sets."""
    for patient in range(len(risk)):
        risk[patient] = cohort.share * np.exp(min(max(eta[patient], -LARGEST_EXPONENT), LARGEST_EXPONENT))
    total, end = 0.0, len(risk)
    for moment in range(len(at_risk) - 1, -1, -1):
        for patient in range(end - 1, cohort.first[moment] - 1, -1):
            total += risk[patient]
        end = cohort.first[moment]
        at_risk[moment] = total


@compiled
def _log_likelihood(cohort, eta, at_risk):  # type: ignore[no-untyped-def]
    """Log partial likelihood / n."""
    likelihood = _dot(cohort.event, eta)
    for moment in range(len(at_risk)):
        likelihood -= cohort.deaths[moment] * np.log(at_risk[moment])
    return likelihood


@compiled
def _differentiate(cohort, risk, at_risk, residual, weight):  # type: ignore[no-untyped-def]
    """First and (diagonal) second derivative of the log likelihood / n by the linear predictor."""
    hazard, squared = 0.0, 0.0
    for moment in range(len(at_risk)):
        increment = cohort.deaths[moment] / at_risk[moment]
        hazard += increment
        squared += increment / at_risk[moment]
        end = cohort.first[moment + 1] if moment + 1 < len(at_risk) else len(risk)
        for patient in range(cohort.first[moment], end):
            residual[patient] = cohort.event[patient] - risk[patient] * hazard
            # Zero for one who is alone at risk: rounding must not make it negative.
            weight[patient] = max(risk[patient] * (hazard - risk[patient] * squared), 0.0)


@compiled
def start_path(x, time, event, members, alpha, n_lambda):  # type: ignore[no-untyped-def]
    """A training set at its largest λ, where all coefficients are zero.

    Parameters
    ----------
    x : (feature, patient) float64
    time, event : (patient,)
        In order of time, at equal times events first.
    members : (member,)
        Rising positions of the patients in the training set.
    """
    cohort = _cohort(x, time, event, members)
    n_features, width = cohort.x.shape
    risk, at_risk = np.zeros(len(cohort.event)), np.zeros(len(cohort.first))
    eta, residual, weight = np.zeros(width), np.zeros(width), np.zeros(width)
    _sum_risks(cohort, eta, risk, at_risk)
    likelihood = _log_likelihood(cohort, eta, at_risk)
    _differentiate(cohort, risk, at_risk, residual, weight)
    gradient, lambdas = np.zeros(n_features), np.zeros(n_lambda)
    for feature in range(n_features):
        gradient[feature] = abs(_dot(residual, cohort.x[feature]))
        lambdas[0] = max(lambdas[0], gradient[feature] / max(alpha, 1e-3))
    null_deviance = -likelihood
    for deaths in cohort.deaths:
        null_deviance -= deaths * np.log(deaths)
    counters = np.zeros(4, dtype=np.int64)
    counters[LENGTH] = 1
    # Where no two patients are ever at risk together, or no feature differs, the null model is all there is.
    counters[FINISHED] = not (null_deviance > NO_INFORMATION and lambdas[0] > 0.0)
    smallest = 0.01 if len(members) < n_features else 1e-4
    exponent = np.float64(np.float32(1.0) / np.float32(n_lambda - 1))  # glmnet's constant is single precision
    return CoxPath(
        cohort, alpha, smallest**exponent, likelihood, null_deviance, np.zeros(n_features), np.zeros(n_features),
        np.zeros(cohort.x.shape), eta, residual, weight, risk, at_risk, np.zeros(n_features), gradient,
        np.zeros(n_features, dtype=np.bool_), np.zeros(n_features, dtype=np.bool_),
        np.zeros(n_features, dtype=np.int64), lambdas, np.zeros(n_lambda), np.zeros((n_lambda, n_features)), counters,
    )  # fmt: skip


@compiled_sum
def _sweep(chosen, n_chosen, x, weighted, residual, curvature, beta, l1, l2):  # type: ignore[no-untyped-def]
    """Minimise over one coefficient after the other; the largest change, in units of the objective."""
    largest, change, last = 0.0, 0.0, 0
    for position in range(n_chosen):
        feature = chosen[position]
        gradient = 0.0
        for patient in range(x.shape[1]):
            # What the feature before has changed is taken from the residuals on the same way.
            residual[patient] -= change * weighted[last, patient]
            gradient += residual[patient] * x[feature, patient]
        old, new = beta[feature], 0.0
        pull = old * curvature[feature] + gradient
        if abs(pull) > l1 and curvature[feature] + l2 > 0.0:
            new = np.copysign(abs(pull) - l1, pull) / (curvature[feature] + l2)
        change, last = new - old, feature
        beta[feature] = new
        largest = max(largest, curvature[feature] * change * change)
    for patient in range(x.shape[1]):
        residual[patient] -= change * weighted[last, patient]
    return largest


@compiled
def _note_entries(strong, beta, has_entered, entered, counters):  # type: ignore[no-untyped-def]
    """Features that have become non-zero join the active set, in column order."""
    for feature in strong:
        if beta[feature] != 0.0 and not has_entered[feature]:
            has_entered[feature] = True
            entered[counters[N_ENTERED]] = feature
            counters[N_ENTERED] += 1


@compiled
def _descend(path, l1, l2, tolerance):  # type: ignore[no-untyped-def]
    """Sweep over strong features once, over those that have entered until they rest, and so on; whether all rest."""
    x, weighted, residual, curvature = path.cohort.x, path.weighted, path.residual, path.curvature
    beta, entered, counters = path.beta, path.entered, path.counters
    strong = np.flatnonzero(path.strong)
    while counters[SWEEPS] <= MOST_SWEEPS:
        counters[SWEEPS] += 1
        largest = _sweep(strong, len(strong), x, weighted, residual, curvature, beta, l1, l2)
        _note_entries(strong, beta, path.has_entered, entered, counters)
        if largest < tolerance:
            return True
        while counters[SWEEPS] <= MOST_SWEEPS:
            counters[SWEEPS] += 1
            largest = _sweep(entered, counters[N_ENTERED], x, weighted, residual, curvature, beta, l1, l2)
            if largest < tolerance:
                break
    return False


@compiled
def _linear_predictor(x, beta, eta):  # type: ignore[no-untyped-def]
    eta[:] = 0.0
    for feature in range(len(beta)):
        coefficient = beta[feature]
        if coefficient != 0.0:
            for patient in range(len(eta)):
                eta[patient] += coefficient * x[feature, patient]


@compiled
def _newly_strong(path, l1):  # type: ignore[no-untyped-def]
    """Features that the strong rule left out although they violate the optimality conditions join in."""
    found = False
    for feature in range(len(path.beta)):
        if not path.strong[feature]:
            path.gradient[feature] = abs(_dot(path.residual, path.cohort.x[feature]))
            if path.gradient[feature] > l1:
                path.strong[feature] = True
                found = True
    return found


@compiled
def _solve(path, l1, l2, tolerance):  # type: ignore[no-untyped-def]
    """Newton steps, each a descent on the quadratic approximation; log likelihood / n, NaN if they do not settle."""
    while True:
        for feature in range(len(path.beta)):
            path.before[feature] = path.beta[feature]
        _weigh(path.strong, path.cohort.x, path.weight, path.weighted, path.curvature)
        if not _descend(path, l1, l2, tolerance):
            return np.nan
        _linear_predictor(path.cohort.x, path.beta, path.eta)
        _sum_risks(path.cohort, path.eta, path.risk, path.at_risk)
        _differentiate(path.cohort, path.risk, path.at_risk, path.residual, path.weight)
        settled = True
        for position in range(path.counters[N_ENTERED]):
            feature = path.entered[position]
            change = path.beta[feature] - path.before[feature]
            settled &= path.curvature[feature] * change * change < tolerance
        if settled and not _newly_strong(path, l1):
            return _log_likelihood(path.cohort, path.eta, path.at_risk)


@compiled
def advance(path):  # type: ignore[no-untyped-def]
    """Go on to the next λ, and see whether it is the last. A λ that does not settle is left out and ends the path."""
    length = path.counters[LENGTH]
    above = path.lambdas[length - 1]
    current = above * path.step
    for feature in range(len(path.beta)):
        path.strong[feature] |= path.gradient[feature] > path.alpha * (2.0 * current - above)
    likelihood = _solve(path, path.alpha * current, (1.0 - path.alpha) * current, TOLERANCE * path.null_deviance)
    if not np.isfinite(likelihood):
        path.counters[FINISHED] = 1
        return
    ratio = (likelihood - path.null_likelihood) / path.null_deviance
    path.lambdas[length], path.deviance_ratio[length] = current, ratio
    for feature in range(len(path.beta)):
        path.coefficients[length, feature] = path.beta[feature]
    length += 1
    path.counters[LENGTH] = length
    flat = length >= SHORTEST_PATH and ratio - path.deviance_ratio[length - SHORTEST_PATH] < SMALLEST_GAIN * ratio
    explained = length >= SHORTEST_PATH and ratio > LARGEST_DEVIANCE_RATIO
    path.counters[FINISHED] = flat or explained or length == len(path.lambdas)


@compiled
def _interpolate(path, wanted, beta):  # type: ignore[no-untyped-def]
    """Coefficients at a λ between two of the path; outside its range those of the end."""
    right = path.counters[LENGTH] - 1
    while right > 0 and path.lambdas[right - 1] <= wanted:
        right -= 1
    share = 0.0  # of the λ above
    if right > 0 and wanted > path.lambdas[right]:
        share = (wanted - path.lambdas[right]) / (path.lambdas[right - 1] - path.lambdas[right])
    for feature in range(len(beta)):
        beta[feature] = path.coefficients[right, feature]
        if share > 0.0:
            beta[feature] = share * path.coefficients[right - 1, feature] + (1.0 - share) * beta[feature]


@compiled
def _left_out_deviance(eta, event, inside, first, deaths, deaths_inside):  # type: ignore[no-untyped-def]
    """Deviance of a training set less that of its part `inside` (Verweij and van Houwelingen 1993, Stat Med 12)."""
    highest = -np.inf
    for score in eta:
        highest = max(highest, score)
    everybody, part, likelihood, end = 0.0, 0.0, 0.0, len(eta)
    for moment in range(len(first) - 1, -1, -1):
        for patient in range(end - 1, first[moment] - 1, -1):
            risk = np.exp(eta[patient] - highest)
            everybody += risk
            if inside[patient]:
                part += risk
            elif event[patient]:
                likelihood += eta[patient] - highest
        end = first[moment]
        # The deviance compares with the saturated likelihood, −Σ d log d: the term of d deaths is d log(sum of risks / d).
        kept, lost = deaths_inside[moment], deaths[moment] - deaths_inside[moment]
        if kept > 0.0:
            likelihood -= kept * np.log(everybody * kept / (part * deaths[moment]))
        if lost > 0.0:
            likelihood -= lost * np.log(everybody / deaths[moment])
    return -2.0 * likelihood


@compiled
def _deaths_of_members(time, event, inside, first):  # type: ignore[no-untyped-def]
    """Events of the patients `inside` at every event time of the training set."""
    deaths = np.zeros(len(first))
    for moment in range(len(first)):
        patient = first[moment]
        while patient < len(time) and event[patient] and time[patient] == time[first[moment]]:
            deaths[moment] += inside[patient]
            patient += 1
    return deaths


@compiled
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


@compiled
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


@compiled
def _past_minimum(mean, error, best, judged):  # type: ignore[no-untyped-def]
    """Whether the curve of every draw, and their average, is well past its minimum; notes the minima in `best`."""
    past = True
    for row in range(len(best)):
        if mean[row, judged] < mean[row, best[row]]:
            best[row] = judged
        lowest = best[row]
        past &= judged - lowest >= PATIENCE and mean[row, judged] > mean[row, lowest] + error[row, lowest]
    return past


@compiled
def _events_of_folds(event, fold, n_folds):  # type: ignore[no-untyped-def]
    """(draw, fold) events in the left-out folds."""
    events = np.zeros((len(fold), n_folds), dtype=np.int64)
    for draw in range(len(fold)):
        for patient in range(len(event)):
            events[draw, fold[draw, patient] - 1] += event[patient]
    return events


@compiled
def _left_out_score(part, wanted, x, eta):  # type: ignore[no-untyped-def]
    """Take an inner path down to a λ; its scores for all patients."""
    beta = np.empty(len(x))
    while not part.counters[FINISHED] and part.lambdas[part.counters[LENGTH] - 1] > wanted:
        advance(part)
    _interpolate(part, wanted, beta)
    _linear_predictor(x, beta, eta)


@compiled
def _finite(deviance):  # type: ignore[no-untyped-def]
    """Scores so extreme that relative risks overflow: no λ to choose."""
    return deviance if np.isfinite(deviance) else np.inf


@compiled
def cross_validate_path(x, time, event, fold, n_folds, alpha, n_lambda, stop_early):  # type: ignore[no-untyped-def]
    """Path of a training set, with the deviance that each inner fold adds when it is left out.

    All paths go down together, so that they can stop together: a λ of the training set is judged as soon as the path of
    every fold has reached it.

    Parameters
    ----------
    x : (feature, patient) float64
    time, event : (patient,)
        In order of time, at equal times events first.
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
    path = start_path(x, time, event, np.arange(len(time)), alpha, n_lambda)
    first, deaths = _event_times(time, event)
    events = _events_of_folds(event, fold, n_folds)
    # What a fold without an event adds has no weight, so its path is not needed.
    voices = np.flatnonzero(events.ravel())
    inside = [fold[voice // n_folds] != voice % n_folds + 1 for voice in voices]
    parts = [start_path(x, time, event, np.flatnonzero(members), alpha, n_lambda) for members in inside]
    part_deaths = [_deaths_of_members(time, event, members, first) for members in inside]
    eta, deviance = np.empty(len(time)), np.zeros((n_lambda, len(fold), n_folds))
    mean, error = np.empty((len(fold) + 1, n_lambda)), np.empty((len(fold) + 1, n_lambda))
    best, judged = np.zeros(len(fold) + 1, dtype=np.int64), 0
    while judged < path.counters[LENGTH]:
        for which in range(len(voices)):
            draw, left_out = voices[which] // n_folds, voices[which] % n_folds
            _left_out_score(parts[which], path.lambdas[judged], x, eta)
            added = _left_out_deviance(eta, event, inside[which], first, deaths, part_deaths[which])
            deviance[judged, draw, left_out] = _finite(added)
        _pool_draws(deviance[judged], events, mean, error, judged)
        past = _past_minimum(mean, error, best, judged)
        judged += 1
        if stop_early and past:
            break
        if judged == path.counters[LENGTH] and not path.counters[FINISHED]:
            advance(path)
    judged_path = path.lambdas[:judged], path.deviance_ratio[:judged], path.coefficients[:judged]
    return (*judged_path, deviance[:judged], mean[:, :judged], error[:, :judged])


@compiled
def _concordant(eta, time, event, inside):  # type: ignore[no-untyped-def]
    """Concordant (ties count half) and comparable pairs among the patients who are not `inside`."""
    concordant, comparable = 0.0, 0
    for early in range(len(time)):
        if inside[early] or not event[early]:
            continue
        for late in range(early + 1, len(time)):
            if inside[late] or (time[late] == time[early] and event[late]):
                continue
            comparable += 1
            concordant += 1.0 if eta[early] > eta[late] else 0.5 * (eta[early] == eta[late])
    return concordant, comparable


@compiled
def cross_validate_parts(x, own, starts, time, event, fold, n_folds, alpha, n_lambda, stop_early):  # type: ignore[no-untyped-def]
    """As `cross_validate_path`, but every inner training set has features of its own.

    Parameters
    ----------
    own : (feature of any inner training set, patient) float64
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
    path = start_path(x, time, event, np.arange(len(time)), alpha, n_lambda)
    first, deaths = _event_times(time, event)
    events = _events_of_folds(event, fold, n_folds)
    voices = np.flatnonzero(events.ravel())
    inside = [fold[voice // n_folds] != voice % n_folds + 1 for voice in voices]
    features = [own[starts[voice] : starts[voice + 1]] for voice in voices]
    parts = [
        start_path(features[which], time, event, np.flatnonzero(inside[which]), alpha, n_lambda)
        for which in range(len(voices))
    ]
    part_deaths = [_deaths_of_members(time, event, members, first) for members in inside]
    eta, added = np.empty(len(time)), np.zeros((len(fold), n_folds))
    mean, error = np.empty((len(fold) + 1, n_lambda)), np.empty((len(fold) + 1, n_lambda))
    concordance = np.empty(n_lambda)
    best, judged = np.zeros(len(fold) + 1, dtype=np.int64), 0
    while judged < path.counters[LENGTH]:
        concordant, comparable = 0.0, 0
        for which in range(len(voices)):
            draw, left_out = voices[which] // n_folds, voices[which] % n_folds
            _left_out_score(parts[which], path.lambdas[judged], features[which], eta)
            deviance = _left_out_deviance(eta, event, inside[which], first, deaths, part_deaths[which])
            added[draw, left_out] = _finite(deviance)
            ordered, pairs = _concordant(eta, time, event, inside[which])
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
    return path.lambdas[:judged], path.coefficients[:judged], mean[:, :judged], error[:, :judged], concordance[:judged]
