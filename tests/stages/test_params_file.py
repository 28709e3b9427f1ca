"""The options that the stages of DVC read: whether they are those of ``conf/`` is known without composing it."""

from pathlib import Path

import pytest
import yaml

from radsurv.errors import ConfigError
from radsurv.stages import compose, params_file


@pytest.fixture(autouse=True)
def followed(clone, monkeypatch):
    """``params.yaml`` is that of ``conf/``."""
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    params_file.follow_conf()


@pytest.fixture
def composed(monkeypatch):
    """How often Hydra was asked."""
    asked, ask = [], compose.compose
    monkeypatch.setattr(compose, "compose", lambda *given: asked.append(given) or ask(*given))
    return asked


def others():
    return params_file.other_options(params_file.read())


def test_what_was_composed_is_known_as_it_is(composed):
    assert others() == []
    assert composed == []


def test_who_opens_it_is_told_where_options_are():
    assert params_file.PARAMS.read_text("utf-8").startswith(
        "# Composed from conf/ by `radsurv stage compose`: edit conf/ instead."
    )


def edited(text):
    assert text.count("seed: 0\n") == 1
    return text.replace("seed: 0\n", "seed: 7\n")


def as_dvc_writes_it(text):
    return yaml.safe_dump(yaml.safe_load(edited(text)))


@pytest.mark.parametrize("change", [edited, as_dvc_writes_it])
def test_other_options_are_named(change, composed):
    params_file.PARAMS.write_text(change(params_file.PARAMS.read_text("utf-8")), "utf-8")
    assert others() == ["seed=7"]
    assert len(composed) == 1


def test_so_are_those_that_conf_has_changed_since():
    path = Path("conf/config.yaml")
    path.write_text(path.read_text("utf-8").replace("seed: 0", "seed: 33", 1), "utf-8")
    assert others() == ["seed=0"]
    params_file.follow_conf()
    assert others() == []


def test_the_same_options_in_another_file_are_no_others(composed):
    path = Path("conf/config.yaml")
    path.write_text(path.read_text("utf-8") + "# a remark\n", "utf-8")
    assert others() == []
    assert len(composed) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"seed: [0", r"params\.yaml is no YAML \(.*line 1.*`radsurv stage compose` writes it anew"),
        (b"seed: \xff\xfe", r"params\.yaml is no YAML"),
        (b"", r"params\.yaml holds no options"),
        (b"- seed", r"params\.yaml holds no options"),
    ],
)
def test_a_damaged_params_yaml_is_one_line(content, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=said) as caught:
        params_file.read()
    assert "\n" not in str(caught.value)
