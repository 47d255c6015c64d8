"""The SDK's client: importable, not usable."""

from ._absent import PFClient, load_flow, load_run

__all__ = ["PFClient", "load_flow", "load_run"]
