"""What the clock does: thin ticks that call one service each."""
