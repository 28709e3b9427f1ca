"""The page: one self-contained HTML file that needs no network and is the same bytes for the same run."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from radsurv.formats import number
from radsurv.report.experiment import Experiment
from radsurv.report.sections import build


def render(experiment: Experiment) -> str:
    """The report of an experiment as HTML."""
    environment = Environment(
        loader=PackageLoader("radsurv.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        cohort=experiment.setting("cohort.name") or "unnamed cohort",
        simulated=experiment.simulated,
        simulated_model=simulated_model(experiment),
        n_known=experiment.n_known,
        random_weights=experiment.random_weights,
        flat_search=experiment.setting("search.name") == "flat",
        protocol=protocol(experiment),
        sections=build(experiment),
        version=experiment.provenance.get("radsurv", ""),
    )


def simulated_model(experiment: Experiment) -> bool:
    """Whether it is only the patients of an applied model that are made up."""
    cohort = experiment.cohort
    here = cohort is not None and "simulated" in cohort and bool(cohort["simulated"].any())
    return bool(experiment.applied.get("simulated")) and not here


def protocol(experiment: Experiment) -> list[tuple[str, str]]:
    """The experiment in a few words, step by step, as far as the configuration says."""
    steps = [
        ("Features", _features(experiment)),
        (
            "Reduction",
            _filled(_trained_with(experiment, "reduction"), "MAD > {mad:g}, C ≥ {cindex:g}, |r| ≤ {pearson:g}"),
        ),
        ("Model", _filled(_trained_with(experiment, "model"), "elastic-net Cox, α {alpha:g}, λ {lambda_rule}")),
        ("Validation", _validation(experiment)),
        ("Follow-up", _follow_up(experiment)),
    ]
    return [(name, text) for name, text in steps if text]


def _features(experiment: Experiment) -> str:
    if experiment.setting("cohort.features"):
        kinds = ["a ready table"]
    else:
        radiomics, backbone = experiment.setting("radiomics.definition"), experiment.setting("backbone.name")
        kinds = ["radiomics"] if radiomics not in (None, "none") else []
        kinds += [f"{backbone}"] if backbone not in (None, "none") else []
    count = experiment.metrics.get("n_features")
    total = "" if count is None else f", {number(count)} in all"
    return " + ".join(kinds) + total if kinds else ""


def _trained_with(experiment: Experiment, section: str) -> Any:
    """Options in force when the models were trained: those of this run, or of the one that a finished model comes from."""
    return experiment.applied.get("options", {}).get(section) if experiment.external else experiment.setting(section)


def _validation(experiment: Experiment) -> str:
    if experiment.external:
        known = experiment.applied
        return f"external: the finished model of {known.get('cohort')}, {number(known.get('n_patients', 0))} patients"
    scheme = experiment.setting("validation.scheme")
    if scheme is None:
        return ""
    inner = experiment.setting("validation.inner_splits")
    return _scheme(experiment, str(scheme)) + (f", λ by {inner}-fold" if inner else "")


def _scheme(experiment: Experiment, name: str) -> str:
    """A validation scheme with its numbers, as far as the configuration has them."""
    options, n_folds = experiment.setting("validation"), experiment.metrics.get("n_folds")
    if name == "repeated_kfold":
        repeats = options.get("repeats", 1)
        return f"{options.get('n_splits', 'k')}-fold" + (f", {repeats} times" if repeats > 1 else "")
    if name == "leave_site_out":
        return "leave-site-out" + (f" ({number(n_folds)} sites)" if n_folds else "")
    if name == "bootstrap":
        samples = options.get("resamples")
        return "bootstrap" + (f", {number(samples)} samples" if samples else "") + " (.632+)"
    return {"loocv": "leave-one-out"}.get(name, name.replace("_", " "))


def _follow_up(experiment: Experiment) -> str:
    """How long patients were followed, with the unit that the configuration takes the times to be in."""
    if experiment.predictions is None:
        return ""
    time = experiment.first_repeat()["time"]
    return f"median {number(float(time.median()))} {experiment.time_unit} (cohort.time_unit)"


def _filled(values: dict[str, Any] | None, pattern: str) -> str:
    try:
        return pattern.format_map(values or {})
    except (KeyError, TypeError, ValueError):
        return ""
