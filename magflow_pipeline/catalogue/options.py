"""The options of a sync, and which combinations are allowed."""

from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from magflow_pipeline.catalogue.choices import ConflictStrategy, Mode
from magflow_pipeline.emag.values import MAX_BIGINT, MAX_MONEY
from magflow_pipeline.settings import ConfigurationError, Settings
from magflow_pipeline.text import storable
from magflow_pipeline.wrong_values import LONGEST_OF_OPTION, explain


class SyncOptions(BaseModel):
    """The options of one sync (rules.md: Modes).

    Without a mode, the stored offers decide: full up to 6,000, incremental above, selective where offers are chosen.
    `skus`, `brand`, `category` (eMAG's id) and prices (without VAT, in the offer's currency) choose among stored
    offers. A cap on pages, or excluding inactive offers, makes a scan incomplete: it proves no removal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode | None = None
    max_pages: int | None = Field(default=None, ge=1)
    items_per_page: int = Field(default=100, ge=1, le=100)
    include_inactive: bool = True
    conflict_strategy: ConflictStrategy = ConflictStrategy.EMAG_PRIORITY
    skus: tuple[str, ...] = ()
    brand: str | None = None
    category: int | None = Field(default=None, ge=-MAX_BIGINT, le=MAX_BIGINT)
    min_price: Decimal | None = Field(default=None, ge=0, le=MAX_MONEY)
    max_price: Decimal | None = Field(default=None, ge=0, le=MAX_MONEY)

    @property
    def filters(self) -> dict[str, int | str]:
        """The filters to send to the marketplace."""
        return {} if self.include_inactive else {"status": 1}

    @property
    def chooses(self) -> bool:
        """Whether some offers are chosen among the stored ones."""
        others = (self.brand, self.category, self.min_price, self.max_price)
        return bool(self.skus) or any(value is not None for value in others)

    @field_validator("skus", "brand")
    @classmethod
    def _is_storable(cls, value: tuple[str, ...] | str | None) -> tuple[str, ...] | str | None:
        texts = value if isinstance(value, tuple) else (value or "",)
        if any(text != storable(text) for text in texts):
            raise ValueError("a text holds a NUL or half of a character: no offer has that")
        return value

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.mode is Mode.SELECTIVE and not self.chooses:
            raise ValueError("selective reads chosen offers: name SKUs, a brand, a category or a price range")
        if self.chooses and self.mode not in (None, Mode.SELECTIVE):
            raise ValueError(f"SKUs, brand, category and prices are for mode selective, not {self.mode}")
        mode = Mode.SELECTIVE if self.chooses else self.mode
        if mode in (Mode.INCREMENTAL, Mode.SELECTIVE) and (self.max_pages or not self.include_inactive):
            raise ValueError(f"max_pages and include_inactive are for mode full, not {mode}")
        return self


def make_options(settings: Settings, **chosen: object) -> SyncOptions:
    """Options from what was given; None means the default.

    Raises:
        ConfigurationError: an unknown name or value; the message names the allowed ones.
    """
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        return SyncOptions.model_validate({"items_per_page": settings.items_per_page, **given})
    except ValidationError as error:
        raise ConfigurationError(explain(error, SyncOptions, longest=LONGEST_OF_OPTION)) from None
