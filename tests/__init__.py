"""Facts about SINS, one a test."""
