"""Names of the SDK, for code that catches or annotates."""
