"""Parts of a piece of work are told of from whatever thread they are done in, each with its share of the piece."""

import pytest

from radsurv.compute.parallel import in_threads
from radsurv.compute.progress import Parts, among, part_done, telling


def work(n_parts):
    with among(n_parts, "models"):
        for _ in range(n_parts):
            part_done()


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_shares_of_every_piece_add_up_to_it(n_jobs):
    heard = []
    with telling(Parts(lambda share, parts: heard.append((share, parts)))):
        list(in_threads(work, [4, 4, 4], n_jobs))
        with among(3, "models"):
            work(2)
            part_done()
    assert heard == [(1 / 4, "4 models")] * 12 + [(1 / 6, "3 models × 2 models")] * 2 + [(1 / 3, "3 models")]


def test_nobody_need_listen():
    work(2)
    heard = []
    with telling(Parts(lambda *told: heard.append(told))):
        with telling(None):
            work(2)
        part_done()
    part_done()
    assert heard == [(1.0, "")]
