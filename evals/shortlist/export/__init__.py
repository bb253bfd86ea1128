"""`shortlist export`: a run's good generations as training data, and its scores as a table."""

from shortlist.export.tables import write_csv, write_parquet
from shortlist.export.training import Selection, TrainingExample, select, write_chat, write_mlx, write_product

__all__ = [
    "Selection",
    "TrainingExample",
    "select",
    "write_chat",
    "write_csv",
    "write_mlx",
    "write_parquet",
    "write_product",
]
