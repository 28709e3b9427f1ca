"""A multiverse on a dashboard: one run beside those of its specifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from radsurv import __version__
from radsurv.options.run import Logged
from radsurv.report.abstract import Abstract
from radsurv.report.banners import banners
from radsurv.report.differences import differing_options, naturally
from radsurv.report.lineage import used_by
from radsurv.report.multiverse import PAGE, Multiverse
from radsurv.report.pseudonyms import for_tracker
from radsurv.report.reasons import FAILED, told
from radsurv.report.specification_chart import specification_chart
from radsurv.report.tracker import Artifact, BegunRun, LoggedRun, Say, file_name
from radsurv.report.tracking import Tracked, begun_run, parameters_of

KIND = "multiverse"


def log_multiverse(
    multiverse: Multiverse, names: Mapping[str, str], tracking: Logged, folder: Path, say: Say
) -> list[str]:
    """Log what many runs say together, as a run of the same group.

    Parameters
    ----------
    multiverse
    names
        Of every specification, failed ones as well, the name of its own run there.
    tracking
        With name and group of this run.
    folder
        Trackers may keep their files there.
    say
        Is told what leaves before it does.

    Returns
    -------
    list of str
        Where the run is, and what went wrong.
    """
    shown = _for_tracker(multiverse, names, tracking)
    begun = _begun(shown, tracking)
    return Tracked(begun, tracking, folder, say).finish_with(lambda: _logged(shown, begun, tracking))


def _for_tracker(whole: Multiverse, names: Mapping[str, str], options: Logged) -> Multiverse:
    """Every run as a tracker gets it, and of failures no sentence that may name a patient, unless ids may leave."""
    runs = {names[name]: for_tracker(run, options.patients) for name, run in whole.experiments.items()}
    failed = {names[name]: reason for name, reason in told(whole.failed, options.patients, FAILED).items()}
    return replace(whole, experiments=runs, failed=failed, choices=tuple(differing_options([*runs.values()])))


def _begun(multiverse: Multiverse, options: Logged) -> BegunRun:
    """With tags and options that all specifications have, and the choices in which they differ."""
    runs = [*multiverse.experiments.values()]
    each = [begun_run(run, options) for run in runs]
    tags = [tag for tag in each[0].tags if all(tag in one.tags for one in each)]
    return replace(
        each[0],
        kind=KIND,
        tags=tuple(tags),
        options=_same([one.options for one in each]) | _choices(multiverse),
        # None is listed. Tables of features are of patients, and in configuration and reasons ids may stand, where they may leave.
        patients=options.patients if options.features or options.patients == "ids" else "none",
    )


def _choices(multiverse: Multiverse) -> dict[str, object]:
    return {"choices": {one.name: sorted(set(one.values), key=naturally) for one in multiverse.choices}}


def _logged(multiverse: Multiverse, begun: BegunRun, options: Logged) -> LoggedRun:
    page = multiverse.render(__version__)
    return LoggedRun(
        begun=begun,
        parameters=_same([parameters_of(run) for run in multiverse.experiments.values()]) | _choices(multiverse),
        metrics=multiverse.metrics(),
        history=[],
        charts={"specification_curve": specification_chart(multiverse)},
        figures={},
        tables={"specifications": multiverse.table()},
        page=page,
        abstract=_abstract(multiverse),
        artifacts=_artifacts(multiverse, page, with_features=options.features),
    )


def _artifacts(multiverse: Multiverse, page: str, *, with_features: bool) -> list[Artifact]:
    """The cohort and every table of features that a specification began with, as its own run names them; then the page."""
    # One run for each set of inputs: tables of features are long.
    of_inputs = {tuple(sorted(run.provenance.inputs.items())): run for run in multiverse.experiments.values()}
    used: list[Artifact] = []
    for run in of_inputs.values():
        used += [one for one in used_by(run, with_features=with_features) if one not in used]
    name = run.config.cohort.name
    facts = {"cohort_sha256": used[0].facts["sha256"], **multiverse.metrics()}
    return [*used, Artifact("report", file_name(name, KIND), False, facts, {PAGE: page.encode()})]


def _abstract(multiverse: Multiverse) -> Abstract:
    lead, *further = multiverse.in_short()
    said = tuple(f"{banner.mark} {banner.said}" for banner in banners(*multiverse.experiments.values()))
    return Abstract(banners=said, lead=lead, flags=(), sentence=" ".join(further))


def _same(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What stands in all of several nested mappings.

    >>> _same([{"a": {"b": 1, "c": 2}, "d": 3, "e": {}}, {"a": {"b": 1, "c": 4}, "d": 5, "e": {}}])
    {'a': {'b': 1}, 'e': {}}
    """
    first, *others = found
    same: dict[str, Any] = {}
    for name in [name for name in first if all(name in other for other in others)]:
        values = [one[name] for one in found]
        if all(value == values[0] for value in values):
            same[name] = values[0]
        elif all(isinstance(value, Mapping) for value in values) and (inner := _same(values)):
            same[name] = inner
    return same
