"""Where a published figure comes from: the rows behind it, deliveries, checks, models, columns and code."""
