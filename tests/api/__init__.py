"""What callers of the API may rely on."""
