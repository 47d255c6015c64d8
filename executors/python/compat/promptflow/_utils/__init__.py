"""Helpers that tools have been seen to import."""
