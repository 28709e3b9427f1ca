import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from buckets import Bucket, row

from radsurv.archive.index import series_of


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        for n in (1, 2):
            for k in range(5):
                server.objects[f"ct-{n}/{k}.dcm"] = bytes([n, k]) * 1000
            server.objects[f"rs-{n}/outline.dcm"] = bytes([9, n])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def parquet(tmp_path) -> Path:
    rows = [row(n, *its) for n in (2, 1) for its in (("RTSTRUCT", f"rs-{n}", 1), ("CT", f"ct-{n}", 5))]
    rows.append(row(1, "CT", "made-by-others", 1, analysis_result_id="nnu_net"))
    rows.append(row(1, "SEG", "not-asked-for", 1))
    rows.append(row(1, "CT", "elsewhere", 1, collection_id="other"))
    path = tmp_path / "index.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return path


@pytest.fixture
def series(parquet):
    return series_of(parquet, "nsclc_radiomics", ("CT", "RTSTRUCT"))
