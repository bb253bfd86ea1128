"""Made-up pairs in any number, with gold by construction: for tests of scale, for trying out, and for training.

They are kept apart from the held-out sets: their texts come from tables, so that a model learns the tables. Nothing
that is judged on them says how it would do on real documents.
"""

from shortlist_datasets.generator.pairs import generate_pairs

__all__ = ["generate_pairs"]
