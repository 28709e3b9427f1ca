"""What an experiment may claim: one rule for each claim, each with its threshold by name.

A rule sees the evidence and gives a clause or sentence, or "" where it has nothing to say. `in_short` puts them in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from radsurv.formats import concordance, fixed, p_value, percent, signed_concordance
from radsurv.report.cell_text import limits
from radsurv.report.evidence import Evidence, Simpler

ALPHA = 0.05  # of the permutation P
GOOD_C, WEAK_C = 0.60, 0.55  # two schemes disagree where one reaches the first and the other stays below the second
LEAST_SLOPE = 0.5  # of calibration: below it, risks are more than twice as far apart as they should be
SAME_BRIER = 0.005  # scaled Brier scores within it are as good as 0, here and in the section on accuracy
MOST_NULL = 0.5  # share of the folds without a model from which the rest does not speak for the pipeline
OVERFITTED = 0.5  # relative overfitting rate from which more than half of the apparent C is lost outside
LEAST_GAIN = 0.02  # smaller differences of C without limits are called none


SIMPLE = {"clinical": "the clinical variables alone", "volume": "the volume alone"}


class Verdict(Enum):
    """Whether the experiment predicts at all."""

    SHOWN = "shown"
    DOUBTFUL = "doubtful"
    NOT_SHOWN = "not shown"
    UNTESTED = "untested"


class Standing(Enum):
    """Of the experiment beside a simpler model."""

    AHEAD = "ahead"
    LEVEL = "level"
    BEHIND = "behind"


STANDINGS = {
    Standing.BEHIND: "does worse than",
    Standing.LEVEL: "is not shown to do better than",
    Standing.AHEAD: "does better than",
}

GAINS = {
    Standing.BEHIND: "take away from",
    Standing.LEVEL: "are not shown to add to",
    Standing.AHEAD: "add to",
}


def verdict(evidence: Evidence) -> Verdict:
    """The permutation P decides; what speaks against it makes a small one doubtful."""
    if evidence.p is None:
        return Verdict.DOUBTFUL if flags(evidence) else Verdict.UNTESTED
    if evidence.p >= ALPHA:
        return Verdict.NOT_SHOWN
    return Verdict.DOUBTFUL if flags(evidence) else Verdict.SHOWN


def schemes_disagree(evidence: Evidence) -> str:
    """One scheme finds what the other does not."""
    own, kfold = evidence.c, evidence.kfold_c
    if own is None or kfold is None or max(own, kfold) < GOOD_C or min(own, kfold) >= WEAK_C:
        return ""
    return f"The schemes disagree: C is {own:.3f} in {evidence.scheme}, {kfold:.3f} in 5 × 5-fold."


def spread_too_far(evidence: Evidence) -> str:
    """A small P beside risks that do not hold."""
    if evidence.slope is None or evidence.p is None or evidence.slope >= LEAST_SLOPE or evidence.p >= ALPHA:
        return ""
    return f"The calibration slope is {fixed(evidence.slope, 2)} where 1 is right: the predicted risks do not hold."


def worse_than_average(evidence: Evidence) -> str:
    """A small P beside probabilities worse than telling everybody the average."""
    scaled = evidence.scaled_brier
    if scaled is None or evidence.p is None or scaled > -SAME_BRIER or evidence.p >= ALPHA:
        return ""
    worse = f"The Brier score is {percent(-scaled)} higher than that of the Kaplan-Meier curve"
    return f"{worse}: as probabilities, the predictions are no better than the average."


def mostly_null(evidence: Evidence) -> str:
    """Most folds have no model."""
    if evidence.external or not evidence.n_folds or evidence.n_null_folds / evidence.n_folds < MOST_NULL:
        return ""
    return f"{evidence.n_null_folds:,} of {evidence.n_folds:,} folds have no model: the pipeline rarely finds anything."


def overfitted(evidence: Evidence) -> str:
    """Most of the apparent C is lost outside."""
    if evidence.overfitting is None or evidence.overfitting < OVERFITTED:
        return ""
    apparent = (
        "" if evidence.apparent_c is None else f" The apparent C of {evidence.apparent_c:.3f} does not hold outside"
    )
    outside = "" if evidence.out_of_bag_c is None or not apparent else f" (out of bag: {evidence.out_of_bag_c:.3f})"
    return f"The relative overfitting rate is {evidence.overfitting:.2f}.{apparent}{outside}" + (
        "." if apparent else ""
    )


def tuned_on_everybody(evidence: Evidence) -> str:
    """A flat search."""
    return (
        "Hyper-parameters were tuned on the very patients who are predicted: every number is too good." * evidence.flat
    )


FLAGS: tuple[Callable[[Evidence], str], ...] = (
    *(schemes_disagree, spread_too_far, worse_than_average),
    *(mostly_null, overfitted, tuned_on_everybody),
)


def flags(evidence: Evidence) -> tuple[str, ...]:
    """What stands in red: what speaks against the numbers of the run, by other numbers or by how they came to be."""
    return tuple(said for rule in FLAGS if (said := rule(evidence)))


def predicts(evidence: Evidence) -> str:
    """Whether it predicts at all, with the numbers that say so; nothing where there is no model."""
    if evidence.null:
        return ""
    numbers = [said for one in NUMBERS if (said := one(evidence))]
    found = verdict(evidence)
    opening = "In these patients" if evidence.external and found is Verdict.UNTESTED else OPENINGS[found]
    return f"{opening}: {', '.join(numbers)}." if numbers else ""


def some_null(evidence: Evidence) -> str:
    """Folds without a model, where a flag does not say so already."""
    if evidence.external or not evidence.n_null_folds or mostly_null(evidence):
        return ""
    return f"{evidence.n_null_folds:,} of {evidence.n_folds:,} folds have no model."


def beside_simple(evidence: Evidence) -> str:
    """Against clinical variables and against size: better, worse, or not to be told apart. Where nothing is shown to predict, an
    advantage is not claimed. An experiment with clinical variables of its own differs from these by the images: see `images_add`."""
    names = [
        name for name in SIMPLE if name in evidence.simpler and not (name == "clinical" and evidence.with_clinical)
    ]
    found = [(name, evidence.simpler[name]) for name in names]
    said = []
    for where, how in STANDINGS.items():
        named = [f"{SIMPLE[name]} ({_told(name, model)})" for name, model in found if standing(model) is where]
        if named and not (where is Standing.AHEAD and verdict(evidence) is not Verdict.SHOWN):
            said.append(f"It {how} {' and '.join(named)}.")
    return " ".join(said)


def standing(model: Simpler) -> Standing:
    """Of the experiment beside a simpler model: by the limits of the difference; without limits, by `LEAST_GAIN`."""
    low = model.delta - LEAST_GAIN if model.delta_low is None else model.delta_low
    high = model.delta + LEAST_GAIN if model.delta_high is None else model.delta_high
    if low > 0:
        return Standing.AHEAD
    return Standing.BEHIND if high < 0 else Standing.LEVEL


def added_value(evidence: Evidence) -> str:
    """What images add to covariates, by its own test: claimed where C is higher with them, chance rarely does so, and no flag is up."""
    added = evidence.added
    if added is None:
        return ""
    between = _of_what(limits(added.low, added.high, signed_concordance), added.refitted)
    shuffled = "within sites" if added.within_sites else "among patients"
    numbers = f"difference of C {signed_concordance(added.delta)}" + (f" ({between})" if between else "")
    if added.p >= ALPHA or added.delta <= 0:
        opening = "The images are not shown to add to the covariates"
    else:
        opening = "It is doubtful whether the images add" if flags(evidence) else "The images add to the covariates"
    return f"{opening}: {numbers}, P {p_value(added.p)} with images shuffled {shuffled}."


def images_add(evidence: Evidence) -> str:
    """Whether the images add to the clinical variables, where that was not tested: by the experiment where it has both, otherwise by a
    model of both.

    An advantage is not claimed where nothing is shown to predict; nor said twice, where images alone are ahead of the clinical
    variables already.
    """
    clinical = evidence.simpler.get("clinical")
    both = _both(evidence, clinical)
    if evidence.added is not None or clinical is None or both is None:
        return ""
    how = standing(both)
    if how is Standing.AHEAD and (
        verdict(evidence) is not Verdict.SHOWN or (not evidence.with_clinical and standing(clinical) is Standing.AHEAD)
    ):
        return ""
    return (
        f"The images {GAINS[how]} the clinical variables: C {both.c:.3f} with both, {clinical.c:.3f} without images"
        f" ({difference(both)})."
    )


def _both(evidence: Evidence, clinical: Simpler | None) -> Simpler | None:
    """C of images and clinical variables together, and how far it is from the clinical variables alone."""
    if evidence.with_clinical and clinical is not None and evidence.c is not None:
        return replace(clinical, c=evidence.c)
    joint = evidence.on_top
    if joint is None:
        return None
    return Simpler(
        c=joint.c, delta=joint.gain, delta_low=joint.low, delta_high=joint.high, delta_refitted=joint.refitted
    )


def part_is_better(evidence: Evidence) -> str:
    """The combination has a lower C than a part of it."""
    parts = {name: evidence.simpler[name] for name in ("radiomics", "deep") if name in evidence.simpler}
    best = max(parts, key=lambda name: parts[name].c, default=None)
    if best is None or evidence.c is None or -parts[best].delta < LEAST_GAIN:
        return ""
    called = {"radiomics": "Radiomics", "deep": "Deep features"}[best]
    return f"{called} alone had a higher C than this experiment: {parts[best].c:.3f} against {evidence.c:.3f} ({difference(parts[best])})."


def difference(model: Simpler) -> str:
    """C of the experiment minus that of a model, with limits."""
    said, between = (
        f"difference {signed_concordance(model.delta)}",
        limits(model.delta_low, model.delta_high, signed_concordance),
    )
    over = " over refits" if model.delta_refitted else ""
    return said + (f", {between}{over}" if between else "")


def compared(model: Simpler) -> str:
    """C of a model, and how far the experiment is from it."""
    return f"C {model.c:.3f}; {difference(model)}"


def _told(name: str, model: Simpler) -> str:
    """Which volume it is, since there are several: of the whole outline, or a column of a ready table; and the numbers."""
    return f"{model.made_of}; {compared(model)}" if name == "volume" and model.made_of else compared(model)


def _p(evidence: Evidence) -> str:
    return "" if evidence.p is None else f"permutation P {p_value(evidence.p)}"


def _own_c(evidence: Evidence) -> str:
    if evidence.c is None:
        return ""
    between = limits(evidence.c_low, evidence.c_high, concordance)
    if not evidence.external:
        between = _of_what(between, evidence.refitted)
    return f"C {evidence.c:.3f} in {evidence.scheme}" + (f" ({between})" if between else "")


def _of_what(between: str, refitted: bool) -> str:
    """Limits with what they are limits of."""
    return between and between + (" over refits" if refitted else ", of these patients and models")


def _kfold(evidence: Evidence) -> str:
    if evidence.kfold_c is None:
        return ""
    return f"{evidence.kfold_c:.3f} in 5 × 5-fold" + (
        "" if evidence.kfold_sd is None else f" (SD {evidence.kfold_sd:.3f})"
    )


def _slope(evidence: Evidence) -> str:
    return "" if evidence.slope is None else f"calibration slope {fixed(evidence.slope, 2)} (1 is right)"


def _brier(evidence: Evidence) -> str:
    return (
        ""
        if evidence.scaled_brier is None
        else f"scaled Brier score {fixed(evidence.scaled_brier, 2)} (0 is the average)"
    )


NUMBERS: tuple[Callable[[Evidence], str], ...] = (_p, _own_c, _kfold, _slope, _brier)
OPENINGS = {
    Verdict.SHOWN: "It predicts better than chance",
    Verdict.DOUBTFUL: "It is doubtful whether it predicts",
    Verdict.NOT_SHOWN: "It is not shown to predict",
    Verdict.UNTESTED: "Whether it predicts was not tested",
}


def in_short(evidence: Evidence) -> list[str]:
    """The sentences, what decides most first."""
    said = (
        added_value(evidence),
        predicts(evidence),
        beside_simple(evidence),
        images_add(evidence),
        part_is_better(evidence),
        some_null(evidence),
    )
    return [sentence for sentence in said if sentence]
