"""Options as ``conf/`` has them, for tests that need a section of the configuration with a value or two changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pydantic import TypeAdapter

from radsurv.config import Config

CONF = Path(__file__).parents[1] / "conf"


@cache
def _composed(group: str, choice: str | None) -> dict[str, Any]:
    with initialize_config_dir(config_dir=str(CONF), version_base=None):
        config = compose("config", [] if choice is None else [f"{group}={choice}"])
    return OmegaConf.to_container(config[group], resolve=True)


@cache
def _adapter(group: str) -> TypeAdapter:
    field = Config.model_fields[group]
    return TypeAdapter(field.annotation if field.discriminator is None else _annotated(field))


def _annotated(field: Any) -> Any:
    from typing import Annotated

    from pydantic import Field

    return Annotated[field.annotation, Field(discriminator=field.discriminator)]


def section(group: str, choice: str | None = None, **changes: Any) -> Any:
    """A section of the configuration: the file `choice` of a group (the default one if left out), with some values changed."""
    return _adapter(group).validate_python({**_composed(group, choice), **changes})


def cohort(**changes: Any) -> Any:
    """A cohort of one's own; its name and table are among the changes."""
    return section("cohort", "table", **changes)


def roi(**changes: Any) -> Any:
    return section("roi", None, **changes)


def patch(**changes: Any) -> Any:
    return section("patch", None, **changes)


def backbone(name: str, **changes: Any) -> Any:
    """A network with its default layers."""
    return section("backbone", "vgg19", **{"name": name, "layers": [], **changes})


def radiomics(definition: str = "vallieres", **changes: Any) -> Any:
    return section("radiomics", None, definition=definition, **changes)


def quantization(**changes: Any) -> Any:
    return section("quantization", None, **changes)


def compute(**changes: Any) -> Any:
    return section("compute", None, **changes)


def reduction(choice: str | None = None, **changes: Any) -> Any:
    return section("reduction", choice, **changes)


def model(choice: str | None = None, **changes: Any) -> Any:
    return section("model", choice, **changes)


def scheme(choice: str | None = None, **changes: Any) -> Any:
    return section("validation", choice, **changes)


def search(choice: str = "optuna", **changes: Any) -> Any:
    return section("search", choice, **changes)


def transforms(choice: str = "none", **changes: Any) -> Any:
    return section("transforms", choice, **changes)


def protocol(seed: int = 0, **parts: Any) -> Any:
    """The default protocol; `parts` replace transforms, reduction, model, scheme, search, inner_folds."""
    from radsurv.validation.protocol import Protocol

    whole = {
        "transforms": transforms(),
        "reduction": reduction(),
        "model": model(),
        "scheme": scheme(),
        "search": section("search", "none"),
        **parts,
    }
    return Protocol(seed=seed, **whole)
