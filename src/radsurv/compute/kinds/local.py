"""This machine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal

from radsurv.compute.compute_options import ComputeConfig


class Local(ComputeConfig):
    """Threads and processes of this machine."""

    name: Literal["local"]

    def workers(self, needed: Sequence[Path]) -> AbstractContextManager[None]:
        return nullcontext()
