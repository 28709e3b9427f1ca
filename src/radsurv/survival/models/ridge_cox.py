"""Cox regression with a ridge penalty: every kept feature stays in, shrunk."""

from __future__ import annotations

from typing import Literal

from radsurv.survival.penalized_cox import PenalizedCox


class RidgeCox(PenalizedCox):
    """Ridge Cox."""

    name: Literal["ridge_cox"]

    @property
    def l1_ratio(self) -> float:
        """No lasso."""
        return 0.0

    def describe(self) -> str:
        return f"ridge Cox, λ {self.lambda_rule}{self.describe_strata()}"
