"""``model_card.md``: what a reader must know of a model before applying it (the headings follow Mitchell et al., FAT* 2019).

It is made to travel beside ``model.json``: no patient is named, and what names the user gave are text, never markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import yaml

import radsurv
from radsurv.cohort.covariates import is_clinical
from radsurv.files import atomic
from radsurv.formats import capitalised, number, one_line, plural
from radsurv.report.evidence import Evidence
from radsurv.report.experiment import Experiment
from radsurv.report.metric_text import label, with_its_limits
from radsurv.report.rules import flags, in_short
from radsurv.stages.model_file import IMAGING
from radsurv.stages.run_folder import RunFolder
from radsurv.stages.stored_model import (
    DIGEST,
    StoredCoefficients,
    StoredModel,
    clock_of,
    option,
    outcome_limits,
    read_stored,
    recipe_of,
    sealed,
)

JUDGED = (
    *("harrell_c", "kfold_harrell_c", "c_632plus", "hazard_ratio", "log_rank_p", "permutation_p", "calibration_slope"),
    *("integrated_brier", "integrated_brier_km", "scaled_brier", "selection_stability", "external_out_of_range"),
)  # fmt: skip
MOST_FEATURES = 50
# What means something anywhere; what makes a link of a bare address; and what makes a list or a heading where a line begins.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&$]|[.:@](?=[^\W\d]|/)|^[-+=]|(?<=^\d)[.)](?=\s|$)")


def plain(text: object) -> str:
    r"""A text of somebody's as one line that Markdown shows as it is.

    >>> print(plain("<b>f*1*</b>\n# |x|"), plain("www.a.org"), plain("- 0.5"))
    \<b\>f\*1\*\</b\> \# \|x\| www\.a\.org \- 0.5
    """
    return _SPECIAL.sub(r"\\\g<0>", one_line(text))


def write_card(folder: RunFolder) -> None:
    """Write ``model_card.md`` beside the model of a run whose other numbers stand.

    Raises
    ------
    ConfigError
        When ``model.json`` is not there, or not as it was written.
    """
    stored = read_stored(folder.model, str(folder.shown / folder.model.name))
    with atomic(folder.card) as temporary:
        temporary.write_text(model_card(stored, Experiment.load(folder.root)), encoding="utf-8")


def model_card(stored: StoredModel, experiment: Experiment) -> str:
    """The card of the model that a run has trained or applied.

    Parameters
    ----------
    stored
        What is in its file.
    experiment
        The run, `Experiment.for_others`.
    """
    parts = (
        _head(stored),
        _use(stored),
        _patients(stored),
        _performance(experiment),
        _features(stored),
        _measuring(stored),
        _limits(stored),
    )
    return "\n".join(line for part in parts for line in part)


def _head(stored: StoredModel) -> Iterator[str]:
    recipe = recipe_of(stored)
    yield f"# Model card: {plain(stored.cohort)}"
    yield ""
    if stored.simulated:
        yield from (
            "**SIMULATED: the patients whom it was trained on are made up. It says nothing of any disease.**",
            "",
        )
    yield (
        f"A model of survival from {_made_of(stored)}, trained on"
        f" {plural(stored.n_patients, 'patient')} with {plural(stored.n_events, 'event')}. Research use only: no medical device."
    )
    yield ""
    yield from _table(
        ("", ""),
        {
            "File": f"model.json, format {stored.format}, digest {sealed(stored.model_dump(mode='json'))[DIGEST]}",
            "Model": recipe.model.describe(),
            "Reduction of features": recipe.reduction.describe(),
            "Before it": recipe.transforms.describe() or "nothing",
            "Says": "log relative risk; short or long survival, divided by the median of the training patients; probability of no event",
            "Unit of time": clock_of(stored),
            "Written by": f"RadSurv {stored.radsurv}",
            "This card by": f"RadSurv {radsurv.__version__}",
        }.items(),
    )


def _made_of(stored: StoredModel) -> str:
    if stored.covariates and all(is_clinical(name) for name in stored.model.features):
        return "clinical variables"
    ready = option(stored.config, "cohort", "features") is not None
    return f"{'a table of features' if ready else 'images'}{' and clinical variables' if stored.covariates else ''}"


def _use(stored: StoredModel) -> Iterator[str]:
    yield from ("## What it is for", "")
    yield "Research on groups of patients like those below, imaged, outlined and measured as those were."
    yield ""
    yield "Not for decisions on the treatment of anybody; for patients whom the table below does not resemble; for images of another kind."
    yield ""
    for limit in outcome_limits(stored):
        yield from (f"{plain(capitalised(limit))}.", "")
    features = "" if option(stored.config, "cohort", "features") is None else " --features features.csv"
    yield from (
        "```sh",
        f"radsurv predict --model model.json --cohort new.csv{features} --out predictions.csv",
        "```",
        "",
    )


def _patients(stored: StoredModel) -> Iterator[str]:
    yield from ("## Whom it was trained on", "")
    chosen = option(stored.config, "cohort", "select")
    if isinstance(chosen, dict) and chosen:
        said = "; ".join(f"{plain(name)}: {', '.join(map(plain, labels))}" for name, labels in chosen.items())
        yield from (f"Selected by {said}.", "")
    yield from _table(("Characteristic", "All"), stored.characteristics.items())


def _performance(experiment: Experiment) -> Iterator[str]:
    yield from ("## How well it predicts", "")
    scheme, metrics = experiment.scheme, experiment.metrics
    if scheme is None:
        n_known = experiment.n_known
        yield (
            f"Measured by applying it to {number(metrics.get('n_patients') or 0)} patients of the cohort"
            f" {plain(experiment.config.cohort.name)}"
            + (
                f". **{n_known} of them are among those whom it was trained on: this shows nothing.**"
                if n_known
                else ", from whom nothing was learned."
            )
        )
    else:
        folds = metrics.get("n_folds")
        yield (
            "Measured on patients of the same cohort while they were left out"
            f" ({scheme.describe(None if folds is None else int(folds))}), by models that were trained as this one was, on fewer of"
            " them. This very model has seen everybody, and was judged on nobody. Other hospitals, scanners and readers may do worse."
        )
    yield ""
    there = [key for key in JUDGED if metrics.get(key) is not None]
    yield from _table(
        ("Measure", "Value (95 % limits)"), ((label(key, experiment), with_its_limits(metrics, key)) for key in there)
    )
    evidence = Evidence.of(experiment)
    caveats = () if scheme is None else (scheme.caveat, scheme.not_independent)
    for sentence in (*in_short(evidence), *flags(evidence), *caveats):
        if sentence and not experiment.n_known:
            yield f"- {plain(sentence)}"
    if metrics.get("permutation_p") is None:
        yield "- No permutation test was made: how often chance does as well is not known."
    yield ""


def _features(stored: StoredModel) -> Iterator[str]:
    yield from ("## What it uses", "")
    model = stored.model
    for name, labels in stored.covariates.items():
        what = (
            "a number"
            if labels is None
            else f"{', '.join(map(plain, labels[1:]))}, against {plain(labels[0])}"
            if labels
            else "no label"
        )
        yield f"- {plain(name)}: {what}"
    if stored.covariates:
        yield ""
    if isinstance(model, StoredCoefficients):
        rows = sorted(
            (row for row in zip(model.features, model.coefficients, model.mean, model.sd, strict=True) if row[1]),
            key=lambda row: -abs(row[1]),
        )
        if not rows:
            yield from ("No feature: a null model, which gives everybody the risk 0.", "")
            return
        yield from _table(
            ("Feature", "Log hazard ratio per SD", "Mean", "SD"),
            ((name, *(f"{value:.4g}" for value in rest)) for name, *rest in rows[:MOST_FEATURES]),
        )
        hidden = len(rows) - MOST_FEATURES
    else:
        pairs = list(zip(model.features, model.mean, model.sd, strict=True))
        yield from _table(
            ("Feature", "Mean", "SD"), ((name, f"{mean:.4g}", f"{sd:.4g}") for name, mean, sd in pairs[:MOST_FEATURES])
        )
        yield from ("Trees have no coefficients: what a feature does hangs on all others.", "")
        hidden = len(pairs) - MOST_FEATURES
    if hidden > 0:
        yield from (f"And {hidden} more, in the file.", "")


def _measuring(stored: StoredModel) -> Iterator[str]:
    yield from ("## How features are made", "")
    if option(stored.config, "cohort", "features") is not None:
        yield from ("Somebody else's table: how its features were made is not known here.", "")
        return
    yield "`radsurv predict` does all of it. By these options, and definitions of these versions:"
    yield ""
    shown = {
        **{section: stored.config.get(section) for section in IMAGING},
        "definitions": stored.definitions,
        "precision": stored.precision,
        "weights": stored.weights,
    }
    text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=False, width=100)
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    yield from (f"{fence}yaml", text.rstrip(), fence, "")


def _limits(stored: StoredModel) -> Iterator[str]:
    yield from ("## What to know before sharing it", "")
    recognised = (
        "hashes by which whoever has the features of a training patient recognises them"
        if stored.training_rows
        else "a hash by which whoever has the ids of all training patients recognises them"
    )
    yield (
        "The file has no patient's id and no table of features. It has the times of events, counts as in the table above, and"
        f" {recognised}."
    )
    if not isinstance(stored.model, StoredCoefficients):
        yield "Its leaves have the event times of a few patients each, between limits of their features: more than a Cox model tells."
    elif stored.model.strata:
        sites = plural(len(stored.model.strata), "site")
        yield f"It names {sites}, each with its event times: those of a site with few events are the times of single patients."
    yield ""


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(map(plain, head))} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(plain, row))} |"
    yield ""
