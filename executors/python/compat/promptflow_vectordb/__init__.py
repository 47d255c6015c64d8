"""Stands in for ``promptflow_vectordb`` where promptflow is not installed: what flows' own code imports from it."""
