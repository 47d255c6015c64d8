"""The Azure client: importable, not usable."""

from ._absent import absent

PFClient = absent("PFClient", "promptflow-azure")

__all__ = ["PFClient"]
