"""The files that people write: read with the line of every place, so that an error can point at it."""

from shortlist.documents.document import Document, Findings, Where
from shortlist.documents.validate import validate
from shortlist.documents.yaml_text import read_yaml

__all__ = ["Document", "Findings", "Where", "read_yaml", "validate"]
