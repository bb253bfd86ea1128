"""Shortlist decides whether a language model may be promoted."""
