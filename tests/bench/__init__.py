"""Figures: what SINS costs beside the calls it is made of, side by side in one run."""
