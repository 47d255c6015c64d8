"""Indexes: importable, not usable."""

from .._absent import explaining

__getattr__ = explaining("promptflow-rag")
