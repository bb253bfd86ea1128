"""Metrics: pure functions of a case and its references. No network, no clock, no providers."""
