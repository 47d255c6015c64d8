"""Tools and metrics."""
