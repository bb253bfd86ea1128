"""Pairs of a résumé and a job description, with what is known to be true of them."""
