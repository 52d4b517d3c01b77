"""One room at a time, without engines."""
