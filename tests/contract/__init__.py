"""Every behaviour that a store promises, on each store there is."""
