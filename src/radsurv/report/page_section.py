"""What a section of the page is: what it shows, in words and numbers ready for print, and where it stands.

To add one, add a module to `radsurv.report.page` that holds one `PageSection`, and a partial of the same name,
``templates/page/NAME.html.j2``; nothing else has a list of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from markupsafe import Markup
from matplotlib.figure import Figure

from radsurv.report.experiment import Experiment
from radsurv.report.figures.style import to_svg

PageName = Literal["report", "passport"]  # templates of the same names
REPORT_ONLY: frozenset[PageName] = frozenset({"report"})
PASSPORT_ONLY: frozenset[PageName] = frozenset({"passport"})
BOTH_PAGES = REPORT_ONLY | PASSPORT_ONLY


@dataclass(frozen=True, kw_only=True)
class PageSection(ABC):
    """A heading, and what the partial sees as the fields of ``section``. Text is escaped; only figures come as markup.

    Attributes
    ----------
    order
        Of two sections the one with the lower number stands above.
    pages
        Of a run, of a cohort before any run (``radsurv check``), or both.
    title
        Heading.
    """

    order: ClassVar[int]
    pages: ClassVar[frozenset[PageName]] = REPORT_ONLY

    title: str

    @classmethod
    @abstractmethod
    def of(cls, experiment: Experiment) -> Self | None:
        """The section of an experiment; None where this has nothing to show."""

    @classmethod
    def name(cls) -> str:
        """Of the partial and of the anchor on the page: that of the module."""
        return cls.__module__.rpartition(".")[2]


def inline(figure: Figure, name: str, description: str) -> Markup:
    """A figure as markup; its name is unique on the page, its description for those who cannot see it."""
    return Markup(to_svg(figure, name, description))
