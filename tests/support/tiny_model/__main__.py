"""`python -m support.tiny_model FOLDER` builds the model there."""

import sys
from pathlib import Path

from support.tiny_model.build import build

if len(sys.argv) != 2:
    sys.exit("usage: python -m support.tiny_model FOLDER")
model = build(Path(sys.argv[1]))
print(model.hf, model.gguf, model.lora, model.lora_gguf, sep="\n")
