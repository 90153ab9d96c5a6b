"""Realistic extracts of councils, calibrated to what the Department for Education published."""
