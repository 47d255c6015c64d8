"""What flows import from ``promptflow-tools`` in their own code. Nodes of its tools run without it."""
