"""``radsurv`` and ``dvc`` that start at once, for tests of DVC, which are a hundred commands of a second's imports each.

A process that has loaded both waits at a socket. Each command is a fork of it, with working folder, environment and streams of whoever
called, so that it is as much a process of its own as ever. What is on the path in their place is a client of a few lines.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

COMMANDS = {"radsurv": "radsurv.cli", "dvc": "dvc.cli"}
LOADED = (
    *("radsurv.cli", "radsurv.stages.pipeline", "radsurv.stages.hydra_run", "radsurv.stages.summary"),
    *(f"radsurv.stages.{name}" for name in ("cohort", "radiomics", "deep", "evaluate", "compare", "significance")),
    *("radsurv.stages.attribution", "radsurv.stages.report", "torch", "torchvision", "lightning_fabric"),
    *("dvc.cli", "dvc.cli.parser", "dvc.repo", "dvc.repo.reproduce", "dvc.utils.hydra", "dvc.stage.run"),
)
# Without `site`, which would look through all of the environment's packages.
CLIENT = """#!{python} -SE
import array, json, os, socket, sys
with socket.socket(socket.AF_UNIX) as there:
    there.connect({address!r})
    given = json.dumps([{module!r}, sys.argv, os.getcwd(), dict(os.environ)]).encode()
    streams = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
    there.sendmsg([len(given).to_bytes(8, "big")], streams)
    there.sendall(given)
    status = there.recv(4)
os._exit(int.from_bytes(status, "big") if status else 137)
"""


@contextlib.contextmanager
def warm_commands() -> Iterator[Path]:
    """A folder for the path in which both are, while the block lasts."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's have longer names than a socket may have
        yield from _served(Path(folder))


def _served(folder: Path) -> Iterator[Path]:
    address = folder / "socket"
    for name, module in COMMANDS.items():
        client = folder / name
        client.write_text(CLIENT.format(python=sys.executable, address=str(address), module=module), "utf-8")
        client.chmod(0o755)
    server = subprocess.Popen([sys.executable, __file__, str(address)])
    try:
        while not address.exists():
            assert server.poll() is None
            time.sleep(0.05)
        yield folder
    finally:
        server.terminate()
        server.wait()


def serve(address: str) -> None:
    """Answer until somebody ends this process."""
    for module in LOADED:
        importlib.import_module(module)
    gc.freeze()  # else every fork copies the pages of all that was loaded, when it looks for garbage
    signal.signal(signal.SIGTERM, _end)
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(f"{address}.new")
        here.listen()
        Path(f"{address}.new").rename(address)
        while True:
            caller, _ = here.accept()
            if not os.fork():
                here.close()
                _command(caller)
            caller.close()
            _collect()


def _collect() -> None:
    """Commands that have ended, so that their time counts among that of the tests."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _end(*_: object) -> None:
    """At once: to take down all that was loaded takes seconds."""
    _collect()
    os._exit(0)


def _command(caller: socket.socket) -> None:
    """In the fork: be the command, and tell its status."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(caller, 8, 3)
    module, arguments, folder, environment = json.loads(caller.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = arguments
    status = 70
    try:
        status = importlib.import_module(module).main()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        caller.sendall(int(status or 0).to_bytes(4, "big"))
        os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
