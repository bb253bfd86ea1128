"""Held-out pairs of résumé and job description: the bundled sets, and the loader for anybody's own.

from shortlist_datasets import load_dataset
dataset = load_dataset("resume_jd@1", base=Path.cwd())
for pair in dataset.select("heldout"): ...
"""

from shortlist_datasets.dataset import Dataset
from shortlist_datasets.errors import DatasetError
from shortlist_datasets.load import bundled_names, bundled_root, load_dataset
from shortlist_datasets.pair import Injection, Pair

__all__ = ["Dataset", "DatasetError", "Injection", "Pair", "bundled_names", "bundled_root", "load_dataset"]
