"""The pages: each one self-contained HTML file that needs no network and is the same bytes for the same run."""

from __future__ import annotations

import functools
import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from radsurv.options.base import members
from radsurv.report.experiment import Experiment
from radsurv.report.header import header, passport_header
from radsurv.report.page_section import PageName, PageSection

SECTIONS = tuple(sorted(members("radsurv.report.page", PageSection), key=lambda section: section.order))


def render(experiment: Experiment, page: PageName = "report") -> str:
    """The report of an experiment, or the passport of a cohort, as HTML: all sections that it can fill, from top to bottom."""
    return (
        environment()
        .get_template(f"{page}.html.j2")
        .render(
            header=header(experiment) if page == "report" else passport_header(experiment),
            sections=[
                section for kind in SECTIONS if page in kind.pages and (section := kind.of(experiment)) is not None
            ],
            version=experiment.provenance.radsurv or "",
        )
    )


@functools.cache  # it compiles a template once
def environment() -> Environment:
    """Where templates are, and how they are filled: everything is escaped, and a name that is not there is an error."""
    found = Environment(
        loader=PackageLoader("radsurv.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["by_parts"] = by_parts
    return found


def by_parts(name: str) -> Markup:
    """The name of a run, escaped, that may go on in a new line after each option or folder.

    >>> by_parts("model.alpha=1,<b>/seed=2")
    Markup('model.alpha=1,<wbr>&lt;b&gt;/<wbr>seed=2')
    """
    return Markup("<wbr>").join(re.split("(?<=[,/])(?=.)", name))
