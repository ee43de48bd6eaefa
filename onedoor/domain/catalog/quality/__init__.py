"""What the catalogue is worth: ratios with their definitions, and what is amiss in items."""
