"""Which options may be addresses."""

import pytest

from radsurv.config import validate
from radsurv.errors import ConfigError
from radsurv.stages.compose import compose


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["cohort.table=s3://KEY:SECRET@b/c.csv"], r"^cohort.table .*'c.csv'.*credentials come from the environment"),
        (["cohort.table='s3://b/c.csv?sig=SECRET'"], r"^cohort.table .*'c.csv'.*credentials"),
        (["cohort.join=[s3://b/a/c.csv,'s3://b/d/c.csv?sig=SECRET']"], r"^cohort.join .*credentials"),
        (["cohort.join=[s3://b/a/c.csv,s3://SECRET/d/c.csv]"], "several buckets"),
        (["cohort.join=[s3://SECRET/a/c.csv,d/c.csv]"], "several buckets"),
        (["cohort.root=https://SECRET/c"], "cohort.root .*download it"),
        (
            ["run_dir=s3://SECRET/runs"],
            "'runs'.*only cohort.table, .join, .root and .features, and compute.shared_cache, may",
        ),
        (["compute.cache_dir=s3://SECRET/cache"], "'cache'.*a path of this machine"),
        (["compute.shared_cache=/SECRET/cache"], r"^compute.shared_cache is no address .*compute.cache_dir$"),
        (
            ["compute.shared_cache=s3://KEY:SECRET@b/cache"],
            r"^compute.shared_cache .*'cache'.*credentials come from the env",
        ),
        (
            ["compute.shared_cache=s3://SECRET/cache", "compute.cache_dir=s3://SECRET/cache"],
            "'cache'.*a path of this machine",
        ),
        (["cohort.table=s3://SECRET/c.csv", "cohort.pseudonymise=true"], "with cohort.pseudonym_key"),
        (["cohort.pseudonym_key=s3://SECRET/k.json"], "'k.json'.*a path of this machine"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_without_the_address(overrides, said):
    with pytest.raises(ConfigError, match=said) as caught:
        validate(compose(overrides))
    assert "SECRET" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cohort_is_called_like_its_folder_never_like_the_bucket():
    for table, name in (("s3://b/study/c.csv", "study"), ("s3://bucket/c.csv", "cohort")):
        assert validate(compose(["cohort=table", f"cohort.table={table}"])).cohort.name == name
    joined = validate(compose(["cohort=table", "cohort.join=[s3://b/x/c.csv,s3://b/y/c.csv]"])).cohort
    assert joined.name == "x + y"
    assert joined.in_object_storage
    assert not validate(compose()).cohort.in_object_storage
