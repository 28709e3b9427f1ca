"""Addresses of object storage, such as ``s3://bucket/cohort/clinical.csv``: told from paths, taken apart, put together."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)
# In a sentence; an address of the web is no place of data.
IN_TEXT = re.compile(r"(?<![\w+.-])(?!https?://)[A-Za-z][A-Za-z0-9+.-]+://[^\s'\"`,;()\[\]{}<>|=]*")


def is_url(path: str) -> bool:
    """Whether an option that may be a path is an address.

    >>> [is_url(one) for one in ("s3://b/c.csv", "C:/c.csv", "/data/c.csv", "imagenet")]
    [True, False, False, False]
    """
    return _URL.fullmatch(path) is not None


def url_name(url: str) -> str:
    """What may be shown of an address: its last part. The bucket is nobody's to know, and stands where a folder would.

    >>> [url_name(one) for one in ("s3://b/mueller/c.csv", "s3://b/images/", "s3://b", "s3://b/../x", "s3://k:s@b/c?sig=1")]
    ['c.csv', 'images', '', 'x', 'c']
    """
    found = _URL.fullmatch(url)
    parts = [] if found is None else [part for part in found[2].partition("?")[0].split("/") if part]
    return parts[-1].replace("..", "") if len(parts) > 1 else ""


@dataclass(frozen=True)
class Url:
    """An object, or what stands before the names of several.

    Attributes
    ----------
    scheme
        Such as ``s3``, in lower case.
    bucket
    key
        Within the bucket; empty for the bucket itself. It neither begins nor ends with a slash.
    """

    scheme: str
    bucket: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Url:
        """Read an address.

        Raises
        ------
        ValueError
            It is none, or holds what has no place in an option; says what to do, and does not repeat it: there may be a secret in it.
        """
        found = _URL.fullmatch(text)
        if found is None:
            raise ValueError("expected an address such as s3://BUCKET/cohort/clinical.csv")
        scheme, rest = found[1].lower(), found[2]
        bucket, _, key = rest.partition("/")
        if "?" in text or "@" in bucket or ":" in bucket:
            raise ValueError(
                "it holds a signature, a version, an account or a password, and options are written into files; expected"
                f" {scheme}://BUCKET/NAME alone: credentials come from the environment (docs/scale.md)"
            )
        if scheme in ("file", "local"):
            raise ValueError("it is a file of this machine; expected its path, without file://")
        if scheme in ("http", "https"):
            raise ValueError("the web is no object storage, and has no folders; download it, and give its path")
        if not bucket or not rest.isprintable() or (key and {"", ".", ".."} & {*key.rstrip("/").split("/")}):
            raise ValueError(f"expected {scheme}://BUCKET/NAME, without empty parts, '.' and '..'")
        return cls(scheme, bucket, key.rstrip("/"))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.path}"

    @property
    def path(self) -> str:
        """Bucket and key, as fsspec takes them."""
        return f"{self.bucket}/{self.key}" if self.key else self.bucket

    @property
    def name(self) -> str:
        """The last part of the key; empty for a bucket."""
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> Url:
        """The folder around it; the bucket is its own."""
        return Url(self.scheme, self.bucket, self.key.rpartition("/")[0])

    def joined(self, relative: str) -> Url:
        """Where a relative path leads from here.

        >>> str(Url.parse("s3://b/cohort").joined("../images/./a")), str(Url.parse("s3://b/cohort").joined("."))
        ('s3://b/images/a', 's3://b/cohort')

        Raises
        ------
        ValueError
            Out of the bucket.
        """
        key = posixpath.normpath(posixpath.join(self.key, relative))
        if key.startswith(("..", "/")):
            raise ValueError(f"{relative} leads out of the bucket of {self}")
        return Url(self.scheme, self.bucket, "" if key == "." else key)

    def relative_to(self, folder: Url) -> str:
        """The rest of the way from a folder that it lies in.

        Raises
        ------
        ValueError
            It lies elsewhere.
        """
        inside = f"{folder.key}/" if folder.key else ""
        if (self.scheme, self.bucket) != (folder.scheme, folder.bucket) or not self.key.startswith(inside):
            raise ValueError(f"{self} is not in {folder}")
        return self.key.removeprefix(inside)
