"""What a format of images and outlines has to offer: the base of every reader in ``radsurv.cohort.readers``."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from radsurv.cohort.choice import Choice
from radsurv.cohort.volume import Volume

Content = Literal["image", "outline"]
BOTH: frozenset[Content] = frozenset({"image", "outline"})


class Reader:
    """One format of images, of outlines or of both.

    A method that meets a fault of the file raises `PatientError` with the file's name, what was found, what was expected
    and what to do. It lets `OSError` pass: files that are missing or may not be opened are the registry's to report.

    Attributes
    ----------
    name : str
        As messages call the format.
    suffixes : tuple of str
        Endings of its files' names, in lower case; none where the format is known by its content, or is a folder.
    holds : frozenset of {"image", "outline"}
        What can be read from it. A method for what it does not hold is never called.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[frozenset[Content]] = BOTH

    @property
    def description(self) -> str:
        """The name with what to recognise the format by."""
        return f"{self.name} ({', '.join(self.suffixes)})" if self.suffixes else self.name

    def suffix_of(self, path: Path) -> str:
        """The longest of its suffixes that the file's name ends in, or nothing."""
        name = path.name.lower()
        return max((suffix for suffix in self.suffixes if name.endswith(suffix)), key=len, default="")

    def recognises(self, path: Path) -> bool:
        """Whether a file or folder is of this format: by its name, unless a reader knows better. It need not exist."""
        return self.suffix_of(path) != ""

    def read_image(self, path: Path, choice: Choice) -> Volume:
        """One scalar 3-D volume: of several series, the one that `choice` means."""
        raise NotImplementedError(f"{self.name} holds no images")

    def read_outline(self, path: Path, grid: Volume, choice: Choice) -> Volume:
        """A Boolean volume.

        Parameters
        ----------
        path : Path
        grid : Volume
            The image that the outline was traced on: the grid for a format that holds contours. A format that has a grid of
            its own returns the outline on that; whether it is the image's is checked afterwards.
        choice : Choice
            Which of several labels or structures is the tumour. By default the only one that there is.
        """
        raise NotImplementedError(f"{self.name} holds no outlines")
