"""Loops whose items are worked on by a Dask cluster.

What all items share is sent once, not with each of them; a limited number of items is under way at a time, so that a loop over 100,000
patients holds the results of a few. An item whose worker ends is given to another worker (Dask does that); one that ends several is tried
once more with nothing beside it.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, TypeVar

import cloudpickle
import dask
from distributed import Client, Future, KilledWorker

from radsurv.compute.cluster_worker import SAME, difference, installed, keep, unseen, work
from radsurv.errors import ConfigError, WorkerLost

Item = TypeVar("Item")
Result = TypeVar("Result")

PER_WORKER = 4  # items under way: enough that no worker waits for this process
LOOK_S = 5.0  # between two looks at whether there are workers
ENDED = "the worker of the cluster ended (no memory left, or a crash in compiled code)"
START = "start workers (dask worker ADDRESS), and the same command goes on"


class Cluster:
    """The workers of a scheduler.

    Parameters
    ----------
    client
        Connected to it; somebody else's to close.
    shown
        What messages call it.
    wait_s
        For how long it may be without any worker.
    """

    def __init__(self, client: Client, shown: str, wait_s: float) -> None:
        self._client, self._shown, self._wait_s = client, shown, wait_s
        self._ours = installed()
        self._sent: Future[Any] | None = None

    def check(self, needed: Sequence[Path]) -> None:
        """Wait for a worker, and look whether those that are there can do the work.

        Raises
        ------
        ConfigError
            There is none in time; or one has other code, or does not see a file.
        """
        try:
            self._client.wait_for_workers(1, timeout=self._wait_s)
        except TimeoutError:
            raise ConfigError(
                f"{self._shown} has no worker after {self._wait_s:g} s (compute.wait_s): start workers (dask worker ADDRESS), look why"
                " jobs wait, or wait longer"
            ) from None
        for worker, theirs in self._asked(installed):
            other = difference(self._ours, theirs)
            if other:
                raise ConfigError(f"{self._shown}: the worker {worker} has {other}: {SAME}")
        for worker, lacking in self._asked(unseen, list(needed)):
            if lacking:
                raise ConfigError(
                    f"{self._shown}: the worker {worker} does not see {lacking[0]}: cohort, run folder and cache have to be in a folder"
                    " that all machines share, under the same name"
                )

    def count(self) -> int:
        """How many items can be in work at a time."""
        return max(1, sum(self._client.nthreads().values()))

    def each(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        alone: bool,
        lost: Callable[[Item, str], Result],
    ) -> Iterator[Result]:
        """`function` of every item, in order.

        Parameters
        ----------
        alone
            Whether no two items may be in work in one process.
        lost
            The result of an item that ends every worker, which is told in words.

        Raises
        ------
        WorkerLost
            The scheduler, or the last of the workers, is gone.
        """
        shared = self._share(function)
        source, under_way = iter(items), deque[tuple[Item, Future[Any]]]()

        def send(item: Item) -> Future[Any]:
            return self._client.submit(
                work, shared, shared.key, cloudpickle.dumps(item), alone=alone, pure=False, key=None
            )

        try:
            while True:
                room = max(0, PER_WORKER * self.count() - len(under_way))
                under_way.extend((item, send(item)) for item in islice(source, room))
                if not under_way:
                    return
                self._await(under_way[0][1])
                ready = [*takewhile(lambda one: one.status == "finished", (future for _, future in under_way))]
                if not ready:
                    item, failed = under_way.popleft()
                    yield self._once_more(item, failed, [future for _, future in under_way], send, lost)
                for result in self._fetched(ready):
                    under_way.popleft()
                    yield cloudpickle.loads(result)
        finally:
            self._client.cancel([future for _, future in under_way])

    def _fetched(self, ready: Sequence[Future[Any]]) -> list[bytes]:
        """Results of what is finished; none where some are gone with their worker meanwhile, and it is to be looked at again."""
        try:
            return list(self._client.gather(ready))
        except Exception:
            if all(one.status == "finished" for one in ready):
                raise
            return []

    def _share(self, function: Callable[[Any], Any]) -> Future[Any]:
        """The function on the cluster; the one before it is forgotten. Of the same function there is one, however often it is asked for.

        The scheduler has its bytes too, so that it is not lost with a worker.
        """
        sent = cloudpickle.dumps(function)
        key = f"radsurv-{hashlib.sha256(sent).hexdigest()}"
        if self._sent is None or self._sent.key != key or self._sent.status not in ("pending", "finished"):
            # Dask warns of 10 MB, which tables of features have, and which are meant to go this way.
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}):
                self._sent = self._client.submit(keep, sent, self._ours, key=key)
        return self._sent

    def _once_more(
        self,
        item: Item,
        failed: Future[Any],
        others: Sequence[Future[Any]],
        send: Callable[[Item], Future[Any]],
        lost: Callable[[Item, str], Result],
    ) -> Result:
        """The result of an item that has failed: others may have ended its workers, so it is tried with nothing beside it."""
        if failed.status == "error" and isinstance(failed.exception(), KilledWorker):
            for other in others:
                self._await(other)
            failed = send(item)
            self._await(failed)
            if failed.status == "error" and isinstance(failed.exception(), KilledWorker):
                return lost(item, ENDED)
        if failed.status in ("cancelled", "lost"):
            raise WorkerLost(f"{self._shown}: the scheduler is gone, or has been started anew: start it, {START}")
        return cloudpickle.loads(failed.result())

    def _await(self, future: Future[Any]) -> None:
        """Until it is finished or has failed, as long as there are workers.

        Raises
        ------
        WorkerLost
            There are none, or the scheduler does not answer.
        """
        bare_since: float | None = None
        while not future.done():
            try:
                future.exception(timeout=LOOK_S)
            except TimeoutError:
                now = time.monotonic()
                bare_since = None if self._has_workers() else bare_since or now
                if bare_since is not None and now - bare_since > self._wait_s:
                    raise WorkerLost(f"{self._shown} has had no worker for {self._wait_s:g} s: {START}") from None

    def _has_workers(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except (OSError, TimeoutError):
            raise WorkerLost(f"{self._shown}: the scheduler does not answer any more: start it, {START}") from None

    def _asked(self, function: Callable[..., Any], *arguments: object) -> list[tuple[str, Any]]:
        """What every worker answers."""
        answers = self._client.run(function, *arguments, on_error="return")
        for worker, answer in answers.items():
            if isinstance(answer, Exception):
                raise ConfigError(f"{self._shown}: the worker {worker} cannot run RadSurv ({answer!r}): {SAME}")
        return list(answers.items())
