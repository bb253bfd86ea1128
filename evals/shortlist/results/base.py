"""What all result types share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

RESULT_SCHEMA_VERSION = 1

Finite = Annotated[float, Field(allow_inf_nan=False)]
ExactDecimal = Annotated[
    Decimal, Field(allow_inf_nan=False), PlainSerializer(lambda d: format(d, "f"), return_type=str, when_used="json")
]
Number = Finite | ExactDecimal
"""A finite float; money is a Decimal, written as text."""


class ResultModel(BaseModel):
    """Frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
