"""Suites: read from a file, checked, frozen."""
