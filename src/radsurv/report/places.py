"""Paths as others may see them: who gets a report need not know whose computer it was made on, nor where the data are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from radsurv.files import at_home
from radsurv.options.file_paths import file_name
from radsurv.options.urls import IN_TEXT, is_url, url_name

# What stands before a path in a sentence or a command, and what ends one. A path with blanks is known, or else cut at the first.
_START = r"(?<![\w./~])"
_PART = r"/[^\s/'\"`,;:()\[\]{}<>|=]+"
_PATH = re.compile(rf"{_START}(?:(?:~[\w.-]*|\.\.)(?:{_PART})+|(?:{_PART}){{2,}})/?")


class Places:
    """Shows a path inside the working folder relative to it, and any other by its name alone.

    A working folder that holds everybody's homes (``/``) is as good as none: what is shown would name the user.

    Parameters
    ----------
    known
        Paths that sentences may speak of, as they are configured; blanks in them, and in the folders that they lie in, are
        then no hindrance.
    working, home
        Absolute.
    """

    def __init__(self, known: Iterable[str], working: Path, home: Path) -> None:
        self._working, self._home = working, home
        spellings = {spelling for path in known for spelling in _spellings(path, working)}
        self._known = sorted((path for path in spellings if self.path(path) != path), key=len, reverse=True)
        folders = {working, *(Path(path).parent for path in self._known if Path(path).is_absolute())}
        # Never above the home: what is left of a path would begin with the user's name.
        safe = [str(folder) for folder in folders if folder == home or not home.is_relative_to(folder)]
        self._folders = sorted(safe, key=len, reverse=True)

    @classmethod
    def here(cls, known: Iterable[str] = ()) -> Places:
        """As seen from the present working folder."""
        return cls(known, Path.cwd(), at_home("~").absolute())

    def path(self, path: str) -> str:
        """One path, or a name that is none, which stays as it is.

        >>> places = Places([], Path("/work"), Path("/home/jane"))
        >>> [places.path(one) for one in ("/work/data/a.csv", "/home/jane/b.csv", "~/c.csv", "../d.csv", "e/f.csv", "imagenet")]
        ['data/a.csv', 'b.csv', 'c.csv', 'd.csv', 'e/f.csv', 'imagenet']
        >>> places.path("s3://bucket/cohort/g.csv")
        'g.csv'
        """
        if path.startswith("~") or is_url(path):
            return file_name(path)
        full = Path(os.path.normpath(self._working / path))
        if not full.is_relative_to(self._working):
            return file_name(path)
        if not Path(path).is_absolute():
            return path
        above = self._home != self._working and self._home.is_relative_to(self._working)
        return file_name(path) if above else full.relative_to(self._working).as_posix()

    def text(self, text: str) -> str:
        """A sentence or a command, with each path in it as it may be seen.

        >>> places = Places(["/data/Jane Doe/a.csv"], Path("/work"), Path("/home/jane"))
        >>> places.text("/data/Jane Doe/a.csv: none of /data/Jane Doe/b/c.nii, 'x=/home/jane/e.pt', ../f.csv, 3/4, https://g.org/h/i")
        "a.csv: none of b/c.nii, 'x=e.pt', f.csv, 3/4, https://g.org/h/i"
        """
        text = IN_TEXT.sub(lambda found: url_name(found.group()), text)
        for path in self._known:
            text = re.sub(rf"{_START}{re.escape(path)}(?!\w)", _literally(self.path(path)), text)
        for folder in self._folders:
            text = re.sub(rf"{_START}{re.escape(folder)}/", "", text)
        text = re.sub(rf"{_START}{re.escape(str(self._home))}(?!\w)", "~", text)
        return _PATH.sub(lambda found: self.path(found.group()), text)


def _literally(text: str) -> str:
    """As a replacement of `re.sub`."""
    return text.replace("\\", r"\\")


def _spellings(path: str, working: Path) -> tuple[str, ...]:
    """As it is configured, from the root on, and with links followed."""
    full = working / at_home(path)
    return path, os.path.normpath(full), os.path.realpath(full)
