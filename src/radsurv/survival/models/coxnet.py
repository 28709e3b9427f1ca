"""Elastic-Net Cox, number by number as R's glmnet."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from radsurv.survival.penalized_cox import PenalizedCox


class Coxnet(PenalizedCox):
    """Elastic-net Cox; `alpha` is glmnet's: 1 is the lasso, towards 0 ridge."""

    name: Literal["coxnet"]
    alpha: Annotated[float, Field(gt=0, le=1)]

    searchable: ClassVar[tuple[str, ...]] = ("alpha", "lambda_rule")
    nests: ClassVar[bool] = True

    @property
    def l1_ratio(self) -> float:
        """α."""
        return self.alpha

    def describe(self) -> str:
        return f"elastic-net Cox, α {self.alpha:g}, λ {self.lambda_rule}{self.describe_strata()}"
