"""The SDK's client: importable, not usable."""

from ._absent import PFClient, load_run
from .core._flow import load_flow

__all__ = ["PFClient", "load_flow", "load_run"]
