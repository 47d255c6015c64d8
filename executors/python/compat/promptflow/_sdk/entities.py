"""``promptflow.entities`` by the name that older tools import it by."""

from ..entities import *  # noqa: F401,F403
from ..entities import __all__ as __all__
