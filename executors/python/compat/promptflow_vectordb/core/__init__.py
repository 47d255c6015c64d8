"""Contracts of the look-up tools."""
