"""Addresses of object storage: which are taken, and what of them is shown."""

import pytest

from radsurv.options.urls import IN_TEXT, Url, url_name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("s3://KEY:SECRET@bucket/a.csv", "credentials come from the environment"),
        ("s3://account@bucket/a.csv", "credentials come from the environment"),
        ("s3://bucket/a.csv?X-Amz-Signature=SECRET", "credentials come from the environment"),
        ("s3://bucket?versionId=SECRET", "credentials come from the environment"),
        ("s3://bucket:9000/a.csv", "credentials come from the environment"),
        ("file:///data/a.csv", "expected its path"),
        ("https://host/a.csv", "download it"),
        ("s3://", "expected s3://BUCKET/NAME"),
        ("s3:///a.csv", "expected s3://BUCKET/NAME"),
        ("s3://bucket//a.csv", "without empty parts"),
        ("s3://bucket/../a.csv", "without empty parts"),
        ("s3://bucket/..", "without empty parts"),
        ("s3://bucket/.", "without empty parts"),
        ("s3://bucket/../", "without empty parts"),
        ("s3://bucket/a\n.csv", "without empty parts"),
        ("data/a.csv", "expected an address"),
        ("simplecache::s3://bucket/a.csv", "expected an address"),
    ],
)
def test_what_is_no_address_of_an_object_is_refused_without_being_repeated(text, said):
    with pytest.raises(ValueError, match=said) as caught:
        Url.parse(text)
    assert "SECRET" not in str(caught.value)


def test_an_address_is_taken_apart_and_put_together():
    url = Url.parse("S3://bucket/study/a b/")
    assert (url.scheme, url.bucket, url.key, url.name) == ("s3", "bucket", "study/a b", "a b")
    assert (str(url), url.path) == ("s3://bucket/study/a b", "bucket/study/a b")
    assert str(url.parent) == "s3://bucket/study"
    bucket = Url.parse("s3://bucket")
    assert (bucket.parent, bucket.name, bucket.path) == (bucket, "", "bucket")
    assert url.relative_to(bucket) == "study/a b"
    assert url.relative_to(url.parent) == "a b"
    for other in ("s3://bucket/stud", "s3://other/study", "gs://bucket/study"):
        with pytest.raises(ValueError, match="is not in"):
            url.relative_to(Url.parse(other))
    with pytest.raises(ValueError, match="leads out of the bucket"):
        url.joined("../../../x")
    with pytest.raises(ValueError, match="leads out of the bucket"):
        url.joined("/etc/passwd")


def test_only_the_last_part_is_shown():
    text = "s3://mueller/a/b.csv: 3 ids (gs://mueller/c), 'x=s3://mueller', https://a.org/b"
    assert IN_TEXT.sub(lambda found: url_name(found.group()), text) == "b.csv: 3 ids (c), 'x=', https://a.org/b"
