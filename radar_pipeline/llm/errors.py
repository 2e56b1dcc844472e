"""How a model call ends without an answer. No message holds a tenant's text or a key."""

from decimal import Decimal

from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.llm.call import ErrorClass, Usage


class ModelCallError(RadarError):
    """A call that got no usable answer; ``error_class`` says how, from a closed set.

    The caller turns it into ``not_assessed(reason)``: it is never a verdict. ``usage`` and ``cost_usd`` are
    of all attempts of the call, as those of a reply are; nothing where whoever raises it knows of none.
    """

    def __init__(self, message: str, *, remedy: str, error_class: ErrorClass) -> None:
        super().__init__(message, remedy=remedy)
        self.error_class = error_class
        self.usage = Usage()
        self.cost_usd = Decimal(0)


class ModelsUnavailableError(ModelCallError):
    """Every deployment of the route failed for a reason that passes; asking later may help."""


class ModelSetupError(ModelCallError, ConfigurationError):
    """A key, a model name, an address or a price is wrong: nothing will work until a person mends it."""

    exit_code = 2
