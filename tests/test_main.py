"""``python -m radsurv``."""

import subprocess
import sys

from radsurv import __version__


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "radsurv", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"radsurv {__version__}\n"
