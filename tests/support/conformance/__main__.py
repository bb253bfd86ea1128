"""`python -m support.conformance` prints who is put to what, for the documentation."""

from support.conformance.table import markdown

print("\n".join(markdown()))
