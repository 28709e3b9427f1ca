"""A bucket on this machine, whose answers have the form of Amazon's S3, and the index of what is in it."""

import hashlib
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

PAGE = 2  # objects that are listed at once


class Bucket(ThreadingHTTPServer):
    """Objects by key; `asked` has the paths in their order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.tags: dict[str, str] = {}
        self.gone: set[str] = set()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{{bucket}}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if "list-type" in query:
            self._answer(self._page(query["prefix"], int(query.get("continuation-token", 0))))
            return
        key = urllib.parse.unquote(address.path).partition("/")[2].partition("/")[2]
        self.server.asked.append(key)
        if key not in self.server.objects or key in self.server.gone:
            self.send_error(404)
            return
        self._answer(self.server.objects[key])

    def _page(self, prefix: str, start: int) -> bytes:
        keys = sorted(key for key in self.server.objects if key.startswith(prefix))
        listed = ""
        for key in keys[start : start + PAGE]:
            content = self.server.objects[key]
            tag = self.server.tags.get(key, hashlib.md5(content).hexdigest())
            listed += f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>&quot;{tag}&quot;</ETag></Contents>"
        more = f"<NextContinuationToken>{start + PAGE}</NextContinuationToken>" if len(keys) > start + PAGE else ""
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return f'<?xml version="1.0"?><ListBucketResult xmlns="{space}">{listed}{more}</ListBucketResult>'.encode()

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def row(n: int, modality: str, folder: str, n_files: int, **changes: object) -> dict[str, object]:
    """As the index has it."""
    return {
        "collection_id": "nsclc_radiomics",
        "analysis_result_id": None,
        "PatientID": f"LUNG1-{n:03d}",
        "Modality": modality,
        "SeriesInstanceUID": f"1.2.{n}.{n_files}",
        "crdc_series_uuid": folder,
        "aws_bucket": "open",
        "license_short_name": "CC BY-NC 3.0",
        "source_DOI": "10.7937/k9/tcia.2015.pf0m9rei",
        "series_size_MB": 0.01,
        "instanceCount": n_files,
    } | changes
