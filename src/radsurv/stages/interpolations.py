"""What ``${…}`` in a configuration may refer to: other options, never the environment.

What is resolved lies open in config.yaml, model, report and dashboard. Refused where it is resolved, in this process; the text of
an override tells too little, since an interpolation can be put together from others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from radsurv.errors import ConfigError
from radsurv.formats import one_line

REFUSED = {
    "oc.env": (
        "an environment variable, whose value would be stored in config.yaml, model, report and dashboard: let the shell put in"
        ' what is no secret (cohort.table="$DATA/clinical.csv"); a dashboard reads its own at use, and they are stored nowhere'
        " (WANDB_API_KEY, WANDB_BASE_URL, WANDB_ENTITY)"
    ),
    "hydra": "Hydra's own settings, which change with the way a run is started: write the value out",
}


def refuse() -> None:
    """Have every configuration that is resolved in this process from now on end with an error at these."""
    for name, what in REFUSED.items():
        OmegaConf.register_new_resolver(name, _refusal(name, what), replace=True)


def in_words(error: OmegaConfBaseException) -> str:
    """Which option cannot be resolved, and why, in one line."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ConfigError):
        cause = cause.__cause__ or cause.__context__
    return one_line(error) if cause is None else f"{error.full_key or 'a choice'}: {cause}"


def _refusal(name: str, what: str) -> Callable[..., Any]:
    def resolver(*arguments: Any) -> Any:
        given = ",".join(str(argument) for argument in arguments)
        raise ConfigError(f"${{{name}:{given}}} asks for {what}")

    return resolver
