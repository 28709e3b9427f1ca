"""What a way of laying out a folder has to offer: the base of every one in ``radsurv.ingest.layouts``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from radsurv.ingest.folder import FoundFile, Tree


class Layout(ABC):
    """One way in which people lay out images and outlines.

    Attributes
    ----------
    name : str
        As it is said.
    order : int
        Where a folder fits several, the lowest is taken.
    """

    name: ClassVar[str]
    order: ClassVar[int]

    @abstractmethod
    def fits(self, tree: Tree) -> bool:
        """Whether a folder is laid out in this way."""

    @abstractmethod
    def files(self, tree: Tree) -> list[FoundFile]:
        """What is proposed of every volume of the folder."""
