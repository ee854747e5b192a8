"""The options of a sync of orders."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from magflow_pipeline.settings import MOST_ORDER_DAYS, ConfigurationError, Settings
from magflow_pipeline.wrong_values import LONGEST_OF_OPTION, explain


class OrderOptions(BaseModel):
    """The options of one sync of orders. `days`: how far back the history reaches; None: EMAG_ORDER_HISTORY_DAYS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int | None = Field(default=None, ge=1, le=MOST_ORDER_DAYS)
    items_per_page: int = Field(default=100, ge=1, le=100)


def make_order_options(settings: Settings, **wishes: object) -> OrderOptions:
    """Options from what was given; None means the default.

    Raises:
        ConfigurationError: an unknown name or value; the message names the allowed ones.
    """
    given = {name: value for name, value in wishes.items() if value is not None}
    try:
        return OrderOptions.model_validate({"items_per_page": settings.items_per_page, **given})
    except ValidationError as error:
        raise ConfigurationError(explain(error, OrderOptions, longest=LONGEST_OF_OPTION)) from None
