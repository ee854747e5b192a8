"""What a sync is asked to do, and which of these wishes exist."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from magflow_pipeline.settings import ConfigurationError, Settings, explain


class Mode(StrEnum):
    """How much of the catalogue is read."""

    FULL = "full"


class ConflictStrategy(StrEnum):
    """Who wins when eMAG and people say different things."""

    EMAG_PRIORITY = "emag_priority"


class SyncOptions(BaseModel):
    """The options of one sync (domain.md 5).

    A cap on pages, or leaving inactive offers out, makes a scan incomplete: it proves no removal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode = Mode.FULL
    max_pages: int | None = Field(default=None, ge=1)
    items_per_page: int = Field(default=100, ge=1, le=100)
    include_inactive: bool = True
    conflict_strategy: ConflictStrategy = ConflictStrategy.EMAG_PRIORITY

    @property
    def filters(self) -> dict[str, int | str]:
        """What the marketplace is asked to leave out."""
        return {} if self.include_inactive else {"status": 1}


def make_options(settings: Settings, **wishes: object) -> SyncOptions:
    """Options from what was given; None means the default.

    Raises:
        ConfigurationError: an unknown name or value; the message names the allowed ones.
    """
    given = {name: value for name, value in wishes.items() if value is not None}
    try:
        return SyncOptions.model_validate({"items_per_page": settings.items_per_page, **given})
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None
