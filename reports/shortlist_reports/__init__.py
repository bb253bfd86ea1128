"""Renders a finished run as one self-contained page."""
