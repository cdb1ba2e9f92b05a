"""Plays one organization's billing life on a simulated clock, through the product's own code."""
