"""Pure values and decisions: nothing in here reads a clock, a table or a network."""
