"""Families are found in their folders; sections know their names and have no defaults."""

import sys
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

import conf
from radsurv.config import Config
from radsurv.options.base import Alternative, NamedMapping, OptionalMapping, Section, alternatives, members, one_of
from radsurv.survival.model_options import MODELS
from radsurv.survival.reduction_options import STEPS
from radsurv.survival.transform_options import TRANSFORMS

SHAPE = """
from typing import Literal
from radsurv.options.base import Alternative

class Shape(Alternative):
    name: Literal["shape"]
"""
CIRCLE = """
from typing import Literal
from shapes_of_the_test import Shape

class Circle(Shape):
    name: Literal["circle"]
    radius: float
"""
SQUARE = """
from abc import ABC, abstractmethod
from typing import Literal
from shapes_of_the_test import Shape
from shapes_of_the_test.circle import Circle

class Flat(Shape, ABC):
    @abstractmethod
    def area(self): ...

class Square(Flat):
    name: Literal["square"]
    side: float
    def area(self):
        return self.side**2

def unit() -> Square:
    return Square(name="square", side=1)
"""


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """A package with a module per alternative; one of them imports the other, and holds an abstract class."""
    name = "shapes_of_the_test"
    folder = tmp_path / name
    folder.mkdir()
    for module, text in {"__init__": SHAPE, "square": SQUARE, "circle": CIRCLE}.items():
        (folder / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    for module in [one for one in sys.modules if one.split(".")[0] == name]:
        del sys.modules[module]


def test_members_are_the_concrete_classes_of_each_module_once(shapes):
    found = members(shapes, Alternative)
    assert [kind.__name__ for kind in found] == ["Circle", "Square"]
    with pytest.raises(TypeError, match=r"circle has no complete int; missing: the class"):
        members(shapes, int)


def test_a_class_that_lacks_a_method_is_named_with_it(shapes, tmp_path):
    text = SQUARE.replace("def area(self):\n        return", "def surface(self):\n        return")
    (tmp_path / shapes / "square.py").write_text(text)
    with pytest.raises(TypeError, match=r"square has no complete Alternative; missing: area"):
        members(shapes, Alternative)


def test_a_module_that_is_added_is_found(shapes, tmp_path):
    text = CIRCLE.replace("Circle", "Ring").replace("circle", "ring")
    (tmp_path / shapes / "ring.py").write_text(text)
    assert list(alternatives(shapes, Alternative)) == ["circle", "ring", "square"]


def test_alternatives_are_told_by_their_names(shapes):
    family = alternatives(shapes, Alternative)
    assert {name: kind.choice() for name, kind in family.items()} == {"circle": "circle", "square": "square"}
    with pytest.raises(TypeError):
        family["triangle"] = family["circle"]
    adapter = TypeAdapter(one_of(family))
    square = adapter.validate_python({"name": "square", "side": 3})
    assert (type(square).__name__, square.area()) == ("Square", 9)
    with pytest.raises(ValidationError, match="'circle', 'square'"):
        adapter.validate_python({"name": "triangle"})


def test_options_of_another_alternative_are_refused(shapes):
    adapter = TypeAdapter(one_of(alternatives(shapes, Alternative)))
    with pytest.raises(ValidationError, match=r"square\.side\s+Field required"):
        adapter.validate_python({"name": "square"})
    with pytest.raises(ValidationError, match=r"circle\.side\s+Extra inputs are not permitted"):
        adapter.validate_python({"name": "circle", "radius": 1, "side": 3})


def test_a_family_of_one_is_that_one(shapes):
    circle = alternatives(shapes, Alternative)["circle"]
    assert one_of({"circle": circle}) is circle


CHOICES = sorted(file.with_suffix("").relative_to(conf.CONF).parts for file in conf.CONF.glob("*/*.yaml"))
# May be left out: a name that is that of the cohort's folder; what takes no part, or is not searched, where it is not named.
FREE = {("cohort", "name"), *(("reduction", step) for step in STEPS), *(("transforms", name) for name in TRANSFORMS)}
FREE |= {("search", name) for name in (*STEPS, *(name for model in MODELS.values() for name in model.searchable))}


@pytest.mark.parametrize(
    ("group", "choice"),
    [pytest.param(*one, id="=".join(one)) for one in CHOICES if one[0] in Config.model_fields],
)
def test_every_file_of_conf_is_a_section_without_an_option_too_few_or_too_many(group, choice):
    section = conf.section(group, choice)
    assert isinstance(section, Section)
    given = section.model_dump()
    for option in given:
        if (group, option) not in FREE:
            without = {name: value for name, value in given.items() if name != option}
            with pytest.raises(ValidationError):
                type(section).model_validate(without)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        conf.section(group, choice, misspelt=1)


def test_sections_are_immutable():
    with pytest.raises(ValidationError, match="frozen"):
        conf.patch().margin = 0.5


class Keyed(Section):
    """Two mappings."""

    named: NamedMapping[Any]
    optional: OptionalMapping[Any]


def test_keys_that_yaml_reads_as_numbers_are_text():
    found = Keyed(named={1: {True: "yes"}}, optional={2: "two"})
    assert found.named == {"1": {"True": "yes"}}
    assert found.optional == {"2": "two"}


def test_null_is_no_entries_or_means_something_of_its_own():
    found = Keyed(named=None, optional=None)
    assert found.named == {}
    assert found.optional is None
    with pytest.raises(ValidationError, match="at least 1 item"):
        Keyed(named={}, optional={})
    with pytest.raises(ValidationError, match="valid dictionary"):
        Keyed(named=[1], optional=None)
